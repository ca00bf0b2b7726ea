import type { Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import type { Chat } from '../chat.ts'
import { searchQuery, searchResultSchema } from './schema.ts'

export function searchRoutes({ search }: Chat): Routes {
  return (app) => {
    app.get(
      '/search',
      {
        schema: {
          tags: ['conversations'],
          summary: 'Find words in titles and messages, on every branch',
          querystring: searchQuery,
          response: { 200: searchResultSchema },
        },
      },
      async (request) => {
        const { q: text, cursor: before, model: modelId, conversation_id: conversationId, ...rest } = request.query
        return await search.find(principalOf(request).userId, { ...rest, text, before, modelId, conversationId })
      },
    )
  }
}
