import type { Routes } from '../../http/api.ts'
import { openEventStream } from '../../http/event-stream.ts'
import { principalOf } from '../../http/guard.ts'
import { eventStream } from '../../http/media.ts'
import type { Chat } from '../chat.ts'
import { formatEvent } from '../dialects/dialect.ts'

export function feedRoutes({ feed }: Chat, { heartbeatMs }: { heartbeatMs: number }): Routes {
  return (app) => {
    app.get(
      '/events',
      {
        config: { produces: eventStream },
        schema: {
          tags: ['conversations'],
          summary: 'Hear of every change to your conversations and runs (server-sent events)',
          description:
            'First `ready`: from here on nothing is missed, so load your lists now. Then `change` for each conversation that was created, updated or deleted, and each run that began or ended.',
        },
      },
      async (request, reply) => {
        const stream = openEventStream(request, reply, { heartbeatMs, isEndless: true })
        try {
          const leave = await feed.listen(principalOf(request).userId, (change) => {
            // A reader that does not keep up is cut by the stream, comes back and loads its lists.
            void stream.send(formatEvent({ event: 'change', data: change }))
          })
          await stream.send(formatEvent({ event: 'ready', data: {} }))
          stream.signal.addEventListener('abort', () => {
            leave().catch((error: unknown) => request.log.warn({ err: error }, 'a feed could not be left'))
          })
          if (stream.signal.aborted) await leave()
        } catch (error) {
          request.log.error({ err: error }, 'a feed could not be opened')
          stream.close()
        }
        return reply
      },
    )
  }
}
