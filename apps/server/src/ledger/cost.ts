import { type Price, tokenKinds } from '@parley/contract'
import type { Usage } from '@parley/wires'

const counters = [...tokenKinds, 'webSearches', 'fileSearches'] as const satisfies readonly (keyof Usage &
  keyof Price)[]

/** The price in force for a call: of which model at which upstream, and by its whole input and its tier of service. */
export type PriceOf = (call: PricedCall) => Price | undefined

export interface PricedCall {
  readonly model: string
  readonly upstreamModel: string
  /** Null: not known yet. */
  readonly accountId: string | null
  /** Cached tokens included; undefined: not known yet. */
  readonly inputTokens?: number
  /** Null or absent: the everyday one. */
  readonly serviceTier?: string | null
}

const perMillion = 1_000_000n

/**
 * What a usage costs, in whole nano-dollars: the sum of counter × price, rounded once, half up. BigInt because a long
 * context at a high price passes 2^53 before the division.
 */
export function costOf(usage: Usage, price: Price): number {
  let total = 0n
  for (const counter of counters) {
    if (usage[counter] !== 0) total += BigInt(usage[counter]) * BigInt(price[counter])
  }
  return Number((total + perMillion / 2n) / perMillion)
}
