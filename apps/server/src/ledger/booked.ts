import type { Store } from '../store/store.ts'
import type { LimitPart } from './held-limits.ts'
import type { Quotas } from './quota.ts'
import type { Settlements } from './settlements.ts'
import { usedWithin } from './used-within.ts'

/** What the ledger's rows say has been used of a limit in its window: the truth that budgets are seeded from. */
export type BookedOf = (part: CountedPart) => Promise<number>

export type CountedPart = Pick<LimitPart, 'subject' | 'limit' | 'window'>

export interface BookedOptions {
  readonly store: Store
  readonly settlements: Pick<Settlements, 'flush'>
  readonly quotas: Quotas
  readonly now: () => number
}

export function createBooked({ store, settlements, quotas, now }: BookedOptions): BookedOf {
  return async ({ subject, limit, window }) => {
    if (limit.what === 'concurrency') return 0
    // What has ended here but is not on disk yet must not be missing.
    await settlements.flush()
    if (subject.kind === 'quota') return quotas.usedTokens(subject.id)
    return (await usedWithin(store, subject, window, now()))[limit.what]
  }
}
