import { open } from '../../api/client.ts'
import type { Message } from '../../api/types.ts'
import { showError } from '../../ui/toast.tsx'
import { follow } from './runs.ts'

/** Has a reply made anew, beside the one that is there. */
export async function regenerate({ id, conversation_id: conversationId }: Message, modelId?: string): Promise<void> {
  try {
    const response = await open('POST', `/api/conversations/${conversationId}/messages/${id}/regenerate`, {
      body: modelId === undefined ? {} : { modelId },
    })
    await follow(conversationId, { response })
  } catch (error) {
    showError(error)
  }
}
