/**
 * What the older Claude models may write at most, in tokens; they refuse a request that asks for more. Those since Claude 4
 * may write 32,000 and more. Models overview, https://docs.anthropic.com/en/docs/about-claude/models, 2026-11.
 */
const olderLimits: readonly (readonly [RegExp, number])[] = [
  [/claude-(?:v?[12](?:[.-]|$)|instant)/, 4_096],
  [/claude-3[.-]5-/, 8_192],
  [/claude-3-(?:opus|sonnet|haiku)/, 4_096],
]

/** How long a model's reply may become, by the upstream's name for it; undefined: not known to be short. */
export function tryOutputLimit(upstreamModel: string): number | undefined {
  return olderLimits.find(([pattern]) => pattern.test(upstreamModel))?.[1]
}
