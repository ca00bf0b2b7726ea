/** What a limit is: how much of what, over which time. */
import { invalidField } from './errors.ts'
import { fieldFaults } from './field-faults.ts'
import { dollars, tryDollars } from './money.ts'

export const limitWhats = ['requests', 'tokens', 'cost', 'concurrency'] as const
export type LimitWhat = (typeof limitWhats)[number]

/** Without meaning for concurrency. */
export const limitPers = ['minute', '5h', 'day', 'week', 'month', 'total'] as const
export type LimitPer = (typeof limitPers)[number]

export interface Limit {
  readonly what: LimitWhat
  readonly per: LimitPer
  /** Counts; nano-dollars, charged, for `cost`. */
  readonly max: number
}

/** It counts anew after a while. */
export function isRenewed({ what, per }: Pick<Limit, 'what' | 'per'>): boolean {
  return what !== 'concurrency' && per !== 'total'
}

/** An amount of what a limit counts, as people and JSON have it: US dollars of cost. */
export function shownAmount(what: string, amount: number): number {
  return what === 'cost' ? dollars(amount) : amount
}

/** The `max` that somebody wrote, as it is counted. `field` is where it stands. Throws ParleyError. */
export function readLimitMax(what: LimitWhat, written: number | string, field: string): number {
  const amount = what === 'cost' ? tryDollars(written) : Number(written)
  if (amount !== undefined && Number.isSafeInteger(amount)) return amount
  throw invalidField(field, what === 'cost' ? fieldFaults.notDollars : fieldFaults.notWhole)
}
