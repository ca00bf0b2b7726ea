import { z } from 'zod'
import type { Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import { eventStream } from '../../http/media.ts'
import type { Chat } from '../chat.ts'
import { withFiles } from '../messages/schema.ts'
import { chosenModel } from '../models.ts'
import { idSchema } from '../plain-text.ts'
import { assertAdmitted } from '../refusal.ts'
import type { Streaming } from '../streaming.ts'

const bodySchema = withFiles('message', {
  conversation_id: idSchema,
  model: z.string().optional().describe('Instead of the conversation’s own, for this reply.'),
})

/** `POST /api/chat`: the reply as Anthropic streams it, for front ends that read `content_block_delta`. */
export function chatRoute({ replies }: Chat, { streamRun, dialects, limit }: Streaming): Routes {
  return (app) => {
    app.post(
      '/chat',
      {
        config: { limit, produces: eventStream },
        schema: {
          tags: ['messages'],
          summary: 'Send a message and read the reply as Anthropic events (server-sent events)',
          body: bodySchema,
        },
      },
      async (request, reply) => {
        const { conversation_id: conversationId, message: content, attachments } = request.body
        const { userId } = principalOf(request)
        const { language } = request
        const said = { content, attachments, ...chosenModel(request.body) }
        const started = await replies.send({ userId, conversationId, language, ...said })
        await assertAdmitted(started)
        const { runId } = started
        return await streamRun(request, reply, { runId, encoder: dialects.anthropic(), after: 0 })
      },
    )
  }
}
