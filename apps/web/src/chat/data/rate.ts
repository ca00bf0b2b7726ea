import { call } from '../../api/client.ts'
import type { Message, Rating } from '../../api/types.ts'
import { showError } from '../../ui/toast.tsx'
import { changeLoaded } from './queries.ts'

/** Notes what the person thinks of a reply, shown at once; the same again takes it back. */
export async function rate(message: Message, rating: Rating): Promise<void> {
  const { id, conversation_id: conversationId, rating: before } = message
  const next = rating === before ? null : rating
  show(message, next)
  try {
    await call<Message>('PUT', `/api/conversations/${conversationId}/messages/${id}/rating`, { body: { rating: next } })
  } catch (error) {
    show(message, before)
    showError(error)
  }
}

function show({ id, conversation_id: conversationId }: Message, rating: Rating | null): void {
  changeLoaded(conversationId, (loaded) => ({
    ...loaded,
    messages: loaded.messages.map((message) => (message.id === id ? { ...message, rating } : message)),
  }))
}
