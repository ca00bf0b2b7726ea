import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import type { Chat } from '../chat.ts'
import { conversationParams } from '../conversations/schema.ts'

export function transferRoutes({ exports }: Chat): Routes {
  return (app) => {
    app.get(
      '/conversations/:id/export',
      {
        schema: {
          tags: ['conversations'],
          summary: 'Download a conversation: JSON with every branch, or Markdown of the one that is shown',
          params: conversationParams,
          querystring: z.object({ format: z.enum(['json', 'markdown']).default('json') }),
        },
      },
      async (request, reply) => {
        const { userId } = principalOf(request)
        const { id } = request.params
        if (request.query.format === 'markdown') {
          const { title, text } = await exports.markdown(userId, id)
          return sendFile(reply, { name: `${title}.md`, type: 'text/markdown; charset=utf-8', text })
        }
        const whole = await exports.whole(userId, id)
        const text = JSON.stringify(whole, null, 2)
        return sendFile(reply, {
          name: `${whole.conversation.title}.json`,
          type: 'application/json; charset=utf-8',
          text,
        })
      },
    )
  }
}

function sendFile(reply: FastifyReply, file: { name: string; type: string; text: string }): FastifyReply {
  const name = encodeURIComponent(file.name.replace(/[/\\]/g, '-'))
  return reply.header('content-disposition', `attachment; filename*=UTF-8''${name}`).type(file.type).send(file.text)
}
