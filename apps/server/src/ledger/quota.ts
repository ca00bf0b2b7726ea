import type { Limit } from '@parley/contract'
import type { Store } from '../store/store.ts'

/** Token quotas of users: what they may use in all. Read from the database, and again when what is known is old. */
export interface Quotas {
  /** The same list until it is read again. Of somebody who is not there it is 0 tokens. */
  limitsOf(userId: string): readonly Limit[] | Promise<readonly Limit[]>
  usedTokens(userId: string): Promise<number>
}

/** By then a quota that an administrator has changed holds on every node. */
const maxAgeMs = 5_000
const maxKnown = 50_000

export function createQuotas(store: Store, now: () => number): Quotas {
  const known = new Map<string, { readonly limits: readonly Limit[]; readonly readAt: number }>()
  const read = (userId: string) =>
    store.database.selectFrom('user').select(['token_quota', 'token_used']).where('id', '=', userId).executeTakeFirst()

  async function load(userId: string): Promise<readonly Limit[]> {
    const max = (await read(userId))?.token_quota ?? 0
    const limits: readonly Limit[] = [{ what: 'tokens', per: 'total', max }]
    if (known.size >= maxKnown) known.clear()
    known.set(userId, { limits, readAt: now() })
    return limits
  }

  return {
    limitsOf(userId) {
      const quota = known.get(userId)
      return quota !== undefined && now() - quota.readAt < maxAgeMs ? quota.limits : load(userId)
    },
    usedTokens: async (userId) => (await read(userId))?.token_used ?? 0,
  }
}
