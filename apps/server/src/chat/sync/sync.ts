import { fieldFaults, invalidField } from '@parley/contract'
import type { Store } from '../../store/store.ts'
import { presentConversation } from '../conversations/present.ts'
import { conversationsChanged, databaseTime, tagsOf } from '../conversations/repository.ts'
import type { Conversation } from '../conversations/schema.ts'
import { conversationsDeleted } from '../undo/repository.ts'

/** What a device has missed while it was away. */
export interface Changes {
  readonly conversations: readonly Conversation[]
  readonly deleted: readonly { readonly id: string; readonly deleted_at: string }[]
  /** Where to go on, at once if there is more. */
  readonly next_cursor: string
  readonly has_more: boolean
  /** The cursor is too old to say what was deleted: what is not listed from the beginning is gone. */
  readonly is_reset: boolean
}

export interface Sync {
  changesSince(userId: string, cursor: string | undefined, limit: number): Promise<Changes>
}

/** How long it is known that something was deleted. */
export const deletionsKeptMs = 30 * 86_400_000
/** A change is seen when it is committed, which may be so long after its time: the end is read once more. */
const overlapMs = 5_000
const mostDeleted = 5_000

/** Times are the database's: one clock for all nodes. */
export function createSync({ store }: { store: Store }): Sync {
  return {
    async changesSince(userId, cursor, limit) {
      const now = await databaseTime(store.database)
      const asked = readCursor(cursor)
      const isReset = cursor !== undefined && asked.at < now - deletionsKeptMs
      const since = isReset ? { at: 0, id: '' } : asked
      const rows = await conversationsChanged({ userId, since, limit: limit + 1 }, store.database)
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      const hasMore = rows.length > limit
      const ids = page.map((row) => row.id)
      const [tags, deleted] = await Promise.all([
        tagsOf(ids, store.database),
        since.at === 0
          ? []
          : conversationsDeleted({ userId, since: since.at - overlapMs, limit: mostDeleted }, store.database),
      ])
      return {
        conversations: page.map((row) => presentConversation(row, tags.get(row.id) ?? [])),
        deleted: deleted.map(({ conversation_id: id, deleted_at: at }) => ({
          id,
          deleted_at: new Date(at).toISOString(),
        })),
        next_cursor: hasMore && last !== undefined ? `${last.changed_at}.${last.id}` : `${now - overlapMs}.`,
        has_more: hasMore,
        is_reset: isReset,
      }
    },
  }
}

function readCursor(cursor: string | undefined): { at: number; id: string } {
  if (cursor === undefined) return { at: 0, id: '' }
  const [, at, id = ''] = /^(\d{1,15})\.([\w-]{0,64})$/.exec(cursor) ?? []
  if (at === undefined) {
    throw invalidField('since', fieldFaults.notCursor)
  }
  return { at: Number(at), id }
}
