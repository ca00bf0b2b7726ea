import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ApiInstance, Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import { eventStream } from '../../http/media.ts'
import type { Chat } from '../chat.ts'
import type { Message } from '../messages/schema.ts'
import { idSchema } from '../plain-text.ts'
import { assertAdmitted, errorOfRun } from '../refusal.ts'
import type { Streaming } from '../streaming.ts'
import * as schema from './schema.ts'

/** The doors under `/api/chat/`: `sessionId` is a conversation, events are told apart by `type` in their data. */
export function chatStreamRoutes(chat: Chat, streaming: Streaming): Routes {
  return (app) => {
    addSending(app, chat, streaming)
    addRegenerate(app, chat, streaming)
    addStop(app, chat)
    app.get(
      '/chat/usage',
      {
        schema: {
          tags: ['messages'],
          summary: 'Count the tokens of a session',
          querystring: z.object({ sessionId: idSchema }),
          response: { 200: schema.sessionUsageSchema },
        },
      },
      async (request) => await chat.usages.get(principalOf(request).userId, request.query.sessionId),
    )
  }
}

function addSending(
  app: ApiInstance,
  { replies, runs, messages }: Chat,
  { streamRun, dialects, limit }: Streaming,
): void {
  app.post(
    '/chat/stream',
    {
      config: { limit, produces: eventStream },
      schema: {
        tags: ['messages'],
        summary: 'Send a message and read the reply as it is made (server-sent events)',
        body: schema.sendSchema,
      },
    },
    async (request, reply) => {
      const started = await replies.send(sentMessage(request, request.body))
      await assertAdmitted(started)
      const { runId } = started
      return await streamRun(request, reply, { runId, encoder: dialects.chat(), after: 0 })
    },
  )
  app.post(
    '/chat/completion',
    {
      config: { limit },
      schema: {
        tags: ['messages'],
        summary: 'Send a message and wait for the whole reply',
        body: schema.sendSchema,
        response: { 200: schema.completionSchema },
      },
    },
    async (request) => {
      const started = await replies.send({ ...sentMessage(request, request.body), isWhole: true })
      await assertAdmitted(started)
      const { runId, messageId } = started
      const ending = await runs.ended(runId, request.signal)
      if (ending?.error !== undefined) throw errorOfRun(ending.error)
      return completion(await messages.get(messageId))
    },
  )
}

function addRegenerate(app: ApiInstance, { replies }: Chat, { streamRun, dialects, limit }: Streaming): void {
  app.post(
    '/chat/regenerate',
    {
      config: { limit, produces: eventStream },
      schema: {
        tags: ['messages'],
        summary: 'Make a reply anew, beside the one that is there (server-sent events)',
        body: schema.regenerateSchema,
      },
    },
    async (request, reply) => {
      const { sessionId: conversationId, messageId, modelId } = request.body
      const { userId } = principalOf(request)
      const { language } = request
      const asked = { userId, conversationId, messageId, modelId, language, isCountExact: true }
      const started = await replies.regenerate(asked)
      await assertAdmitted(started)
      const { runId } = started
      return await streamRun(request, reply, { runId, encoder: dialects.chat(), after: 0 })
    },
  )
}

function addStop(app: ApiInstance, { runs, conversations, messages }: Chat): void {
  app.post(
    '/chat/stop',
    {
      schema: {
        tags: ['messages'],
        summary: 'Stop what is being written in a session, or one message, keeping its text',
        body: schema.stopSchema,
        response: { 200: z.object({ stopped: z.boolean() }) },
      },
    },
    async (request) => {
      const { sessionId, messageId } = request.body
      const { userId } = principalOf(request)
      if (messageId !== undefined) {
        // In a group its run may go on though the message itself is complete.
        const { run_id: runId } = await messages.getOwn(userId, messageId)
        if (runId === null || (await runs.get(userId, runId)).status !== 'running') return { stopped: false }
        await runs.stop(userId, runId)
        return { stopped: true }
      }
      const { id } = await conversations.get(userId, sessionId ?? '')
      return { stopped: (await runs.stopAllOf(id)) > 0 }
    },
  )
}

function sentMessage(request: FastifyRequest, body: z.output<typeof schema.sendSchema>) {
  const { sessionId: conversationId, content, clientMessageId, modelId, attachments } = body
  const { userId } = principalOf(request)
  const { language } = request
  return { userId, conversationId, content, attachments, clientMessageId, modelId, language, isCountExact: true }
}

function completion(message: Message): z.output<typeof schema.completionSchema> {
  const { id: messageId, conversation_id: sessionId, content, input_tokens: prompt, output_tokens: completed } = message
  return {
    messageId,
    sessionId,
    content,
    model: message.model_id ?? '',
    usage: { prompt_tokens: prompt, completion_tokens: completed, total_tokens: prompt + completed },
  }
}
