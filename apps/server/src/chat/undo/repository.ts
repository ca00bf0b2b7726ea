import type { Connection } from '../../store/store.ts'
import type { DeletionTable } from '../../store/tables.ts'
import type { Selectable } from 'kysely'

export type DeletionRow = Selectable<DeletionTable>

export async function insertDeletion(row: DeletionRow, connection: Connection): Promise<void> {
  await connection.insertInto('deletion').values(row).execute()
}

/** The newest deletion of a conversation, or of a message in it, whose content is still there. */
export async function tryDeletion(
  what: { conversationId: string; messageId: string | null; after: number },
  connection: Connection,
): Promise<DeletionRow | undefined> {
  const { conversationId, messageId, after } = what
  return await connection
    .selectFrom('deletion')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .where('message_id', messageId === null ? 'is' : '=', messageId)
    .where('content_json', 'is not', null)
    .where('deleted_at', '>', after)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** True when it was there: of several who bring the same thing back at once, one does. */
export async function removeDeletion(id: string, connection: Connection): Promise<boolean> {
  const { numDeletedRows } = await connection.deleteFrom('deletion').where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}

/** Forgets what was in things that were deleted before then; that they were deleted stays known. */
export async function forgetContents(before: number, connection: Connection): Promise<void> {
  await connection
    .updateTable('deletion')
    .set({ content_json: null })
    .where('deleted_at', '<=', before)
    .where('content_json', 'is not', null)
    .execute()
}

export async function deleteDeletions(before: number, connection: Connection): Promise<void> {
  await connection.deleteFrom('deletion').where('deleted_at', '<=', before).execute()
}

/** The conversations that a person has deleted since then, oldest first. */
export async function conversationsDeleted(
  range: { userId: string; since: number; limit: number },
  connection: Connection,
): Promise<{ conversation_id: string; deleted_at: number }[]> {
  return await connection
    .selectFrom('deletion')
    .select(['conversation_id', 'deleted_at'])
    .where('user_id', '=', range.userId)
    .where('message_id', 'is', null)
    .where('deleted_at', '>=', range.since)
    .orderBy('deleted_at')
    .limit(range.limit)
    .execute()
}
