import type { Connection } from '../../store/store.ts'
import { updateConversation } from '../conversations/repository.ts'

export async function conversationIdsOf(
  { userId, isTemporary, limit }: { userId: string; isTemporary?: boolean; limit: number },
  connection: Connection,
): Promise<string[]> {
  const rows = await connection
    .selectFrom('conversation')
    .select('id')
    .where('user_id', '=', userId)
    .$if(isTemporary !== undefined, (query) => query.where('is_temporary', '=', isTemporary === true ? 1 : 0))
    .limit(limit)
    .execute()
  return rows.map((row) => row.id)
}

export async function messageIdsIn(conversationId: string, connection: Connection): Promise<string[]> {
  const rows = await connection
    .selectFrom('message')
    .select('id')
    .where('conversation_id', '=', conversationId)
    .execute()
  return rows.map((row) => row.id)
}

/** With the runs that wrote it; out of the folder that only its owner before knew. */
export async function giveConversation(id: string, userId: string, connection: Connection): Promise<void> {
  await connection.updateTable('conversation').set(ownedBy(userId)).where('id', '=', id).execute()
  await connection.updateTable('run').set(ownedBy(userId)).where('conversation_id', '=', id).execute()
  await updateConversation(id, { folder: null, pin_rank: 0 }, connection)
}

/** Files, bots and templates. */
export async function giveRest(userId: string, heirId: string, connection: Connection): Promise<void> {
  for (const table of ['attachment', 'bot', 'template'] as const) {
    await connection.updateTable(table).set(ownedBy(heirId)).where('user_id', '=', userId).execute()
  }
}

/** Nothing else ever changes an owner: the columns are fixed for everybody but this. */
function ownedBy(userId: string): object {
  return { user_id: userId }
}
