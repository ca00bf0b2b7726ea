import { open } from '../../api/client.ts'
import type { Message } from '../../api/types.ts'
import { showError } from '../../ui/toast.tsx'
import { follow } from './runs.ts'

/** Has the model go on with a reply that was stopped or cut off; the longer one stands beside it. */
export async function resume({ id, conversation_id: conversationId }: Message): Promise<void> {
  try {
    const response = await open('POST', `/api/conversations/${conversationId}/messages/${id}/continue`, { body: {} })
    await follow(conversationId, { response })
  } catch (error) {
    showError(error)
  }
}
