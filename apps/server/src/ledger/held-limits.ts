import type { Limit } from '@parley/contract'
import type { UsageSubject } from './used-within.ts'
import type { Window } from './windows.ts'

/** What a call holds while it runs. */
export interface HeldLimits {
  readonly id: string
  readonly size: CallSize
  /** Answered in one piece: what the reply may become is held, as far as that leaves something for others. */
  isWhole: boolean
  parts: LimitPart[]
  /** What is held of the tightest limit; infinite without one. */
  tokens: number
  cost: number
  /** What has not been used of the tightest limit, held by others or not. */
  freeTokens: number
  freeCost: number
  /** The limits could not be asked for more while it ran: it went on, and what it used is booked all the same. */
  isUnasked: boolean
}

export interface LimitPart {
  readonly key: string
  readonly subject: UsageSubject | { readonly kind: 'quota'; readonly id: string }
  readonly limit: Limit
  readonly window: Window
  granted: number
  /** What had not been used when it was taken, held by others or not. */
  free: number
}

/** What the call is expected to come to. */
export interface CallSize {
  readonly inputTokens: number
  readonly inputTokensAtLeast: number
  readonly inputTokensAtMost: number
  readonly outputTokens: number
  /** What the caller allows. */
  readonly outputTokensAtMost: number
  /** Nano-dollars, charged; never too few. */
  readonly cost: (inputTokens: number, outputTokens: number) => number
}

/** Of a call without limits. */
export const unlimited = { tokens: Infinity, cost: Infinity, freeTokens: Infinity, freeCost: Infinity }

/** What is held comes to what the tightest limit of each kind holds. */
export function summarize(held: HeldLimits): void {
  held.tokens = held.cost = held.freeTokens = held.freeCost = Infinity
  for (const { limit, granted, free } of held.parts) {
    if (limit.what === 'tokens') {
      held.tokens = Math.min(held.tokens, granted)
      held.freeTokens = Math.min(held.freeTokens, free)
    } else if (limit.what === 'cost') {
      held.cost = Math.min(held.cost, granted)
      held.freeCost = Math.min(held.freeCost, free)
    }
  }
}
