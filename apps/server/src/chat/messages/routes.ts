import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import { eventStream } from '../../http/media.ts'
import { pageQuery } from '../../http/page-query.ts'
import { pageOf } from '../../http/presenter.ts'
import type { RouteLimit } from '../../http/route.ts'
import type { Chat } from '../chat.ts'
import { conversationParams } from '../conversations/schema.ts'
import { tryVersion, versionHeaders } from '../conversations/version.ts'
import type { Dialects } from '../dialects/dialects.ts'
import { chosenModel } from '../models.ts'
import { assertAdmitted } from '../refusal.ts'
import type { StreamRun } from '../runs/stream-run.ts'
import type { SentMessage } from './replies.ts'
import { messageSchema, repliedSchema, sendMessageSchema } from './schema.ts'

export interface MessageRoutesOptions {
  readonly streamRun: StreamRun
  readonly dialects: Dialects
  readonly limit: RouteLimit
}

export function messageRoutes(
  { messages, replies, runs }: Chat,
  { streamRun, dialects, limit }: MessageRoutesOptions,
): Routes {
  return (app) => {
    app.get(
      '/conversations/:id/messages',
      {
        schema: {
          tags: ['messages'],
          summary: 'List the messages of the branch that is shown, oldest first',
          params: conversationParams,
          querystring: pageQuery(50, 1_000),
          response: { 200: pageOf(messageSchema) },
        },
      },
      async (request) => await messages.list(principalOf(request).userId, request.params.id, request.query),
    )
    app.post(
      '/conversations/:id/messages',
      {
        config: { limit },
        schema: {
          tags: ['messages'],
          summary: 'Send a message and wait for the whole reply',
          description:
            '202 when the model failed, or the server stopped: the message is kept, `error` says what happened.',
          params: conversationParams,
          headers: versionHeaders,
          body: sendMessageSchema,
          response: { 201: repliedSchema, 202: repliedSchema },
        },
      },
      async (request, reply) => {
        const started = await replies.send({ ...sentMessage(request), isWhole: true })
        await assertAdmitted(started)
        const { runId, userMessageId, messageId } = started
        const ending = await runs.ended(runId, request.signal)
        const [userMessage, aiMessage] = await Promise.all([messages.get(userMessageId), messages.get(messageId)])
        const error = aiMessage.error_message ?? ending?.error?.message ?? null
        void reply.code(error === null ? 201 : 202)
        return { userMessage, aiMessage, run_id: runId, error }
      },
    )
    app.post(
      '/conversations/:id/messages/stream',
      {
        config: { limit, produces: eventStream },
        schema: {
          tags: ['messages'],
          summary: 'Send a message and read the reply as it is made (server-sent events)',
          params: conversationParams,
          headers: versionHeaders,
          body: sendMessageSchema,
        },
      },
      async (request, reply) => {
        const started = await replies.send(sentMessage(request))
        await assertAdmitted(started)
        const { runId } = started
        return await streamRun(request, reply, { runId, encoder: dialects.messages(), after: 0, isSpaced: true })
      },
    )
  }
}

type SendRequest = FastifyRequest<{ Params: { id: string }; Body: z.output<typeof sendMessageSchema> }>

/** What a route that sends passes on. */
export function sentMessage(
  request: Pick<SendRequest, 'params' | 'headers' | 'body' | 'language' | 'principal'>,
): SentMessage {
  const { body } = request
  return {
    userId: principalOf(request as FastifyRequest).userId,
    conversationId: request.params.id,
    version: tryVersion(request.headers),
    language: request.language,
    content: body.content,
    attachments: body.attachments,
    ...chosenModel(body),
    alsoModelIds: body.also_models,
    parentId: body.parent_id,
    clientMessageId: body.client_message_id ?? body.clientMessageId,
  }
}
