import { call } from '../../api/client.ts'
import type { Conversation } from '../../api/types.ts'
import { showError } from '../../ui/toast.tsx'
import { reloadConversation } from './queries.ts'

/** From now on the branch that the message is on is the one that is shown. */
export async function showBranch(conversationId: string, messageId: string): Promise<void> {
  try {
    await call<Conversation>('PUT', `/api/conversations/${conversationId}/active-leaf`, {
      body: { message_id: messageId },
    })
    await reloadConversation(conversationId)
  } catch (error) {
    showError(error)
  }
}
