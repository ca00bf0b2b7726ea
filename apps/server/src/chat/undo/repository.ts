import type { Connection } from '../../store/store.ts'
import type { DeletionTable } from '../../store/tables.ts'
import { type RawBuilder, type Selectable, sql } from 'kysely'
import { timeIn } from '../conversations/repository.ts'

export type DeletionRow = Selectable<DeletionTable>

/** By the database's clock, as changes are: devices hear of both in one order. */
export async function insertDeletion(row: Omit<DeletionRow, 'deleted_at'>, connection: Connection): Promise<void> {
  await connection
    .insertInto('deletion')
    .values({ ...row, deleted_at: timeIn(connection) })
    .execute()
}

/** A value of its own: PostgreSQL would look at its clock for every row, and at every row. */
function ago(milliseconds: number, connection: Connection): RawBuilder<number> {
  return sql<number>`(select ${timeIn(connection)} - ${milliseconds})`
}

/** The newest deletion of a conversation, or of a message in it, whose content is still there. */
export async function tryDeletion(
  what: { conversationId: string; messageId: string | null; withinMs: number },
  connection: Connection,
): Promise<DeletionRow | undefined> {
  const { conversationId, messageId, withinMs } = what
  return await connection
    .selectFrom('deletion')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .where('message_id', messageId === null ? 'is' : '=', messageId)
    .where('content_json', 'is not', null)
    .where('deleted_at', '>', ago(withinMs, connection))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** True when it was there: of several who bring the same thing back at once, one does. */
export async function removeDeletion(id: string, connection: Connection): Promise<boolean> {
  const { numDeletedRows } = await connection.deleteFrom('deletion').where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}

/** Forgets what was in things that were deleted so long ago; that they were deleted stays known. */
export async function forgetContents(afterMs: number, connection: Connection): Promise<void> {
  await connection
    .updateTable('deletion')
    .set({ content_json: null })
    .where('deleted_at', '<=', ago(afterMs, connection))
    .where('content_json', 'is not', null)
    .execute()
}

export async function deleteDeletions(afterMs: number, connection: Connection): Promise<void> {
  await connection.deleteFrom('deletion').where('deleted_at', '<=', ago(afterMs, connection)).execute()
}
