import type { Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import type { Chat } from '../chat.ts'
import { conversationParams, conversationSchema } from '../conversations/schema.ts'
import { tryVersion, versionHeaders } from '../conversations/version.ts'
import { messageParams } from '../messages/schema.ts'

export function undoRoutes({ undo, conversations }: Chat): Routes {
  return (app) => {
    app.post(
      '/conversations/:id/restore',
      {
        schema: {
          tags: ['conversations'],
          summary: 'Bring back a conversation that was deleted in the last 30 seconds',
          params: conversationParams,
          response: { 200: conversationSchema },
        },
      },
      async (request) => {
        const { userId } = principalOf(request)
        const { language } = request
        await undo.restoreConversation({ userId, conversationId: request.params.id, language })
        return await conversations.get(userId, request.params.id)
      },
    )
    app.post(
      '/conversations/:id/messages/:messageId/restore',
      {
        schema: {
          tags: ['messages'],
          summary: 'Bring back a message that was deleted in the last 30 seconds, with all that followed it',
          params: messageParams,
          headers: versionHeaders,
          response: { 200: conversationSchema },
        },
      },
      async (request) => {
        const { userId } = principalOf(request)
        const { id: conversationId, messageId } = request.params
        const { language } = request
        await undo.restoreMessage({ userId, conversationId, version: tryVersion(request.headers), messageId, language })
        return await conversations.get(userId, conversationId)
      },
    )
  }
}
