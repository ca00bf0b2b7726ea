import { ParleyError } from '@parley/contract'
import type { Store } from '../store/store.ts'

/**
 * A user's token quota: what they may use in all. What calls under way are expected to use counts as used, so that many
 * calls at once cannot pass it together; a call is let in as long as something is left.
 */
export interface QuotaBook {
  reserve(userId: string, tokens: number): Promise<void>
  /** Gives the reservation back and books what was really used. */
  release(userId: string, reserved: number, used: number): void
}

interface Entry {
  quota: number
  used: number
  reserved: number
  loadedAt: number
}

/** The database is asked again after this long: other nodes spend too, and an admin may have raised the quota. */
const maxAgeMs = 5000

export function createQuotaBook(store: Store, now: () => number): QuotaBook {
  const entries = new Map<string, Entry>()

  async function load(userId: string): Promise<Entry> {
    const user = await store.database
      .selectFrom('user')
      .select(['token_quota', 'token_used'])
      .where('id', '=', userId)
      .executeTakeFirst()
    const known = entries.get(userId)
    const entry = known ?? { quota: 0, used: 0, reserved: 0, loadedAt: 0 }
    entry.quota = user?.token_quota ?? 0
    entry.used = user?.token_used ?? 0
    entry.loadedAt = now()
    entries.set(userId, entry)
    return entry
  }

  return {
    async reserve(userId, tokens) {
      const known = entries.get(userId)
      const entry = known && now() - known.loadedAt < maxAgeMs ? known : await load(userId)
      if (entry.used + entry.reserved >= entry.quota) throw new ParleyError('quota_exhausted')
      entry.reserved += tokens
    },
    release(userId, reserved, used) {
      const entry = entries.get(userId)
      if (!entry) return
      entry.reserved -= reserved
      entry.used += used
      // Nothing under way and not looked at for long: the database knows it all.
      if (entry.reserved === 0 && now() - entry.loadedAt > maxAgeMs) entries.delete(userId)
    },
  }
}
