/**
 * What the older Claude models may write at most, in tokens; they refuse a request that asks for more. Those since Claude 3.7
 * may write 32,000 and more: Opus 4 and 4.1 no more, thinking included.
 *
 * Models overview, https://docs.anthropic.com/en/docs/about-claude/models. Compared on 2026-11-29 with the model data of the
 * npm packages @mariozechner/pi-ai 0.73.1 (MIT; Claude 3, 3.5 and 3.7) and @earendil-works/pi-ai 1.5.2 (MIT; since Claude 4, where
 * the least is 32,000). Models before Claude 3 are in neither: no source has less than 4,096 for them.
 */
const olderLimits: readonly (readonly [RegExp, number])[] = [
  [/claude-(?:v?[12](?:[.-]|$)|instant)/, 4_096],
  [/claude-3[.-]5-/, 8_192],
  [/claude-3-(?:opus|sonnet|haiku)/, 4_096],
  [/claude-opus-4(?![.-][5-9](?!\d))/, 32_000],
]

/** How long a model's reply may become, by the upstream's name for it; undefined: not known to be short. */
export function tryOutputLimit(upstreamModel: string): number | undefined {
  return olderLimits.find(([pattern]) => pattern.test(upstreamModel))?.[1]
}
