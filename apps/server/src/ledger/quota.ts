import type { Store } from '../store/store.ts'

/** Token quotas of users: what they may use in all. Read from the database, and again when what is known is old. */
export interface Quotas {
  /** 0 for somebody who is not there. */
  maxTokens(userId: string): number | Promise<number>
  usedTokens(userId: string): Promise<number>
}

/** By then a quota that an administrator has changed holds on every node. */
const maxAgeMs = 5_000
const maxKnown = 50_000

export function createQuotas(store: Store, now: () => number): Quotas {
  const known = new Map<string, { readonly tokens: number; readonly readAt: number }>()
  const read = (userId: string) =>
    store.database.selectFrom('user').select(['token_quota', 'token_used']).where('id', '=', userId).executeTakeFirst()

  async function load(userId: string): Promise<number> {
    const tokens = (await read(userId))?.token_quota ?? 0
    if (known.size >= maxKnown) known.clear()
    known.set(userId, { tokens, readAt: now() })
    return tokens
  }

  return {
    maxTokens(userId) {
      const quota = known.get(userId)
      return quota !== undefined && now() - quota.readAt < maxAgeMs ? quota.tokens : load(userId)
    },
    usedTokens: async (userId) => (await read(userId))?.token_used ?? 0,
  }
}
