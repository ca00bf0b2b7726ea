import { notFound, ParleyError } from '@parley/contract'
import type { Connection } from '../store/store.ts'
import { type ConversationRow, tryConversation } from './conversations/repository.ts'
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

/** A message of a conversation that is known to be the caller's own. */
export async function messageIn(conversationId: string, id: string, connection: Connection): Promise<MessageRow> {
  const message = await tryMessage(id, connection)
  if (message === undefined || message.conversation_id !== conversationId) throw notFound('message')
  return message
}
