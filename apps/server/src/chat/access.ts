import { notFound, ParleyError } from '@parley/contract'
import type { Connection } from '../store/store.ts'
import { type ConversationRow, tryConversation, tryLockConversation } from './conversations/repository.ts'
import { assertVersion } from './conversations/version.ts'
import { type MessageRow, tryMessage } from './messages/repository.ts'

/** An id that nobody has: 404. Somebody else's: 403. */
export async function ownConversation(id: string, userId: string, connection: Connection): Promise<ConversationRow> {
  return assertOwn(await tryConversation(id, connection), userId)
}

export function assertOwn(conversation: ConversationRow | undefined, userId: string): ConversationRow {
  if (conversation === undefined) throw notFound('conversation')
  if (conversation.user_id !== userId) throw new ParleyError('forbidden')
  return conversation
}

/** The caller's own, held until the transaction ends, if it is still at `version`; else ParleyError says what it is now. */
export async function lockOwnConversation(
  wanted: { readonly id: string; readonly userId: string; readonly version: number | undefined },
  kind: 'sqlite' | 'postgres',
  connection: Connection,
): Promise<ConversationRow> {
  const row = assertOwn(await tryLockConversation(wanted.id, kind, connection), wanted.userId)
  await assertVersion(row, wanted.version, connection)
  return row
}

/** A message of a conversation that is known to be the caller's own. */
export async function messageIn(conversationId: string, id: string, connection: Connection): Promise<MessageRow> {
  const message = await tryMessage(id, connection)
  if (message === undefined || message.conversation_id !== conversationId) throw notFound('message')
  return message
}
