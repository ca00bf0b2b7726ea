import { z } from 'zod'
import type { Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import { listQuery } from '../../http/page-query.ts'
import type { Chat } from '../chat.ts'
import { conversationSchema } from '../conversations/schema.ts'

const changesSchema = z
  .object({
    conversations: z.array(conversationSchema).describe('Those that are new or changed; load their messages anew.'),
    deleted: z.array(z.object({ id: z.string(), deleted_at: z.string() })),
    next_cursor: z.string().describe('For `since`, the next time; at once when there is more.'),
    has_more: z.boolean(),
    is_reset: z
      .boolean()
      .describe(
        '`since` is too old, or from before a backup was restored: everything is listed, from this page on, and what is not listed by the end is gone.',
      ),
  })
  .meta({ id: 'Changes' })

export function syncRoutes({ sync }: Chat): Routes {
  return (app) => {
    app.get(
      '/sync',
      {
        schema: {
          tags: ['conversations'],
          summary: 'What has changed while a device was away',
          description:
            'Without `since` everything. Ask again with `next_cursor` until `has_more` is false: then you have what is there, also when it was changed meanwhile. A conversation may come more than once; the last time counts. A cursor is good for 30 days, and until a backup is restored.',
          querystring: listQuery({
            since: z.string().max(100).optional().describe('The last `next_cursor`.'),
            limit: z.coerce.number().int().min(1).max(1_000).default(200),
          }),
          response: { 200: changesSchema },
        },
      },
      async (request) => {
        const { since, limit } = request.query
        const changes = await sync.changesSince(principalOf(request).userId, since, limit)
        return { ...changes, conversations: [...changes.conversations], deleted: [...changes.deleted] }
      },
    )
  }
}
