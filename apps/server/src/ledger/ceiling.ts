import type { CallSize, HeldLimits } from './held-limits.ts'

/**
 * How long a reply may become at the upstream, so that no limit is passed by what arrives in one piece.
 *
 * A whole reply may become what the call holds. A stream reserves more while it runs and is ended in time; its ceiling is a
 * second fence, at what has not been used at all, because what others hold may come back to it.
 */

/** What a reply may come to when its caller says nothing: more than models write unasked. */
const unsaidOutputTokens = 32_000
/** No limit may be smaller than this at OpenAI's Responses, and no reply is worth a call. */
const fewestTokens = 16

export function mostOutputTokens({ outputTokensAtMost }: CallSize): number {
  return Math.min(outputTokensAtMost, unsaidOutputTokens)
}

/** What must be left for the reply, that the call is let in. */
export function leastOutputTokens({ outputTokensAtMost }: CallSize): number {
  return Math.min(outputTokensAtMost, fewestTokens)
}

/** Undefined: no limit is near, or there is none. */
export function ceilingOf(held: HeldLimits, isStream: boolean): number | undefined {
  const { size, tokens, cost, freeTokens, freeCost } = held
  if (tokens === Infinity && cost === Infinity) return undefined
  const within = isStream ? { tokens: freeTokens, cost: freeCost } : { tokens, cost }
  const most = Math.min(within.tokens - size.inputTokensAtMost, tokensFor(within.cost, size))
  if (most >= mostOutputTokens(size)) return undefined
  return Math.max(leastOutputTokens(size), most)
}

/** Tokens of a reply that may be paid with so much, once the request has been paid. */
function tokensFor(nanos: number, { cost, inputTokensAtMost }: CallSize): number {
  if (nanos === Infinity) return Infinity
  const perMillion = cost(0, 1_000_000)
  if (perMillion === 0) return Infinity
  // One less: each cost is rounded.
  return Math.floor(((nanos - cost(inputTokensAtMost, 0)) * 1_000_000) / perMillion) - 1
}
