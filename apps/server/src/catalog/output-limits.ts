/**
 * What models may write at most, in tokens, thinking included, where that is less than what agents ask for; they refuse a
 * request that asks for more. Of those that are not here it is not known, or 100,000 and more.
 *
 * Compared on 2026-11-30 with the model data of the npm packages @mariozechner/pi-ai 0.73.1 (MIT; older models) and
 * @earendil-works/pi-ai 1.5.2 (MIT). Models before Claude 3 are in neither: no source has less than 4,096 for them.
 */
const limits: readonly (readonly [RegExp, number])[] = [
  [/claude-(?:v?[12](?:[.-]|$)|instant)/, 4_096],
  [/claude-3[.-]5-/, 8_192],
  [/claude-3-(?:opus|sonnet|haiku)/, 4_096],
  [/claude-opus-4(?![.-][5-9](?!\d))/, 32_000],
  [/claude-(?:3[.-]7|(?:opus|sonnet|haiku)-4(?![.-][6-9](?!\d)))/, 64_000],
  [/gpt-(?:3\.?5|4-turbo|4o-2024-05-13)/, 4_096],
  [/gpt-(?:4o|5(?:\.\d+)?-chat)/, 16_384],
  [/gpt-4\.1/, 32_768],
  [/gemini-(?:1\.5|2\.0)/, 8_192],
  [/gemini-(?:2\.5|3)/, 65_536],
  [/gemini-4-argon/, 32_768],
]

/** How long a model's reply may become, by the upstream's name for it; undefined: not known. */
export function tryOutputLimit(upstreamModel: string): number | undefined {
  return limits.find(([pattern]) => pattern.test(upstreamModel))?.[1]
}
