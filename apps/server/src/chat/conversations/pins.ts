/** What a person has pinned stands in one order, conversations and groups together: the highest rank first, 0 for the others. */
import type { Connection, Store } from '../../store/store.ts'
import { assertOwn } from '../access.ts'
import type { Feed } from '../feed/feed.ts'
import * as repository from './repository.ts'

export interface Pins {
  /** Pins these, from the top, above what is pinned besides. */
  order(userId: string, ids: readonly string[]): Promise<void>
}

export function createPins({ store, feed }: { store: Store; feed: Feed }): Pins {
  return {
    async order(userId, ids) {
      const wanted = [...new Set(ids)]
      await store.transaction(async (transaction) => {
        const found = await repository.conversationsIn(wanted, transaction)
        for (const id of wanted)
          assertOwn(
            found.find((row) => row.id === id),
            userId,
          )
        const others = (await repository.pinnedIds(userId, transaction)).filter((id) => !wanted.includes(id))
        const ordered = [...wanted, ...others]
        for (const [index, id] of ordered.entries()) await repository.rankPin(id, ordered.length - index, transaction)
      })
      for (const id of wanted) feed.tell(userId, { type: 'conversation', id, change: 'updated' })
    },
  }
}

/** What is pinned anew stands above all; what is pinned already stays where it is. */
export async function pinColumns(
  isPinned: boolean | undefined,
  { pin_rank: rank, user_id: userId }: repository.ConversationRow,
  connection: Connection,
): Promise<{ readonly pin_rank?: number }> {
  if (isPinned === undefined || isPinned === rank > 0) return {}
  return { pin_rank: isPinned ? (await repository.highestPinRank(userId, connection)) + 1 : 0 }
}
