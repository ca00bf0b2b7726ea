import type { Selectable } from 'kysely'
import type { Connection } from '../../store/store.ts'
import type { ShareTable } from '../../store/tables.ts'

export type ShareRow = Selectable<ShareTable>

export async function tryShare(token: string, connection: Connection): Promise<ShareRow | undefined> {
  return await connection.selectFrom('share').selectAll().where('token', '=', token).executeTakeFirst()
}

export async function tryShareOf(conversationId: string, connection: Connection): Promise<ShareRow | undefined> {
  const shares = connection.selectFrom('share').selectAll().where('conversation_id', '=', conversationId)
  return await shares.executeTakeFirst()
}

export async function insertShare(share: ShareRow, connection: Connection): Promise<void> {
  await connection.insertInto('share').values(share).execute()
}

/** True when there was one. */
export async function deleteShareOf(conversationId: string, connection: Connection): Promise<boolean> {
  const { numDeletedRows } = await connection
    .deleteFrom('share')
    .where('conversation_id', '=', conversationId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}
