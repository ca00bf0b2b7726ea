import { z } from 'zod'
import type { ApiInstance, Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import { eventStream } from '../../http/media.ts'
import { pageQuery } from '../../http/page-query.ts'
import { pageOf } from '../../http/presenter.ts'
import type { Chat } from '../chat.ts'
import { conversationParams } from '../conversations/schema.ts'
import { tryVersion, versionHeaders } from '../conversations/version.ts'
import { sentMessage } from '../messages/routes.ts'
import { messageSchema, sendMessageSchema } from '../messages/schema.ts'
import { chosenModel } from '../models.ts'
import { assertAdmitted } from '../refusal.ts'
import { isCutOff } from '../runs/run-event.ts'
import type { Streaming } from '../streaming.ts'
import * as schema from './schema.ts'

export function groupRoutes(chat: Chat, streaming: Streaming): Routes {
  return (app) => {
    addCollection(app, chat)
    addItem(app, chat)
    addSending(app, chat, streaming)
  }
}

function addCollection(app: ApiInstance, { groups }: Chat): void {
  app.get(
    '/group-conversations',
    {
      schema: {
        tags: ['groups'],
        summary: 'List groups, newest first',
        querystring: pageQuery(200, 1_000),
        response: { 200: pageOf(schema.groupSchema) },
      },
    },
    async (request) => await groups.list(principalOf(request).userId, request.query),
  )
  app.post(
    '/group-conversations',
    {
      schema: {
        tags: ['groups'],
        summary: 'Make a group with 1 to 8 bots',
        body: schema.createGroupSchema,
        response: { 201: schema.groupSchema },
      },
    },
    async (request, reply) => {
      const { name, reply_mode: replyMode, moderator_id: moderatorId, bot_turns: botTurns } = request.body
      const { botIds, bot_ids: otherwise = [] } = request.body
      const bots = botIds === undefined ? { botIds: otherwise, botField: 'bot_ids' } : { botIds, botField: 'botIds' }
      const model = chosenModel(request.body)
      void reply.code(201)
      const values = { name, replyMode, moderatorId, botTurns, ...bots, ...model }
      return await groups.create(principalOf(request).userId, values)
    },
  )
}

function addItem(app: ApiInstance, { groups, conversations, messages }: Chat): void {
  const params = conversationParams
  app.get(
    '/group-conversations/:id',
    { schema: { tags: ['groups'], summary: 'Get a group', params, response: { 200: schema.groupSchema } } },
    async (request) => await groups.get(principalOf(request).userId, request.params.id),
  )
  app.delete(
    '/group-conversations/:id',
    {
      schema: {
        tags: ['groups'],
        summary: 'Delete a group with all that is in it',
        params,
        headers: versionHeaders,
        response: { 200: z.null() },
      },
    },
    async (request) => {
      const { userId } = principalOf(request)
      const { id } = await groups.get(userId, request.params.id)
      await conversations.remove(userId, id, tryVersion(request.headers))
      return null
    },
  )
  app.get(
    '/group-conversations/:id/messages',
    {
      schema: {
        tags: ['groups'],
        summary: 'List what was said in a group, oldest first',
        params,
        querystring: pageQuery(50, 1_000),
        response: { 200: pageOf(messageSchema) },
      },
    },
    async (request) => {
      const { userId } = principalOf(request)
      const { id } = await groups.get(userId, request.params.id)
      return await messages.list(userId, id, request.query)
    },
  )
}

function addSending(app: ApiInstance, chat: Chat, { streamRun, dialects, limit }: Streaming): void {
  const { groups, replies, runs, messages } = chat
  app.post(
    '/group-conversations/:id/messages',
    {
      config: { limit },
      schema: {
        tags: ['groups'],
        summary: 'Say something and wait until every bot has answered',
        description: '202 when no bot could answer: the message is kept, `error` says what happened.',
        params: conversationParams,
        headers: versionHeaders,
        body: sendMessageSchema,
        response: { 201: schema.groupRepliedSchema, 202: schema.groupRepliedSchema },
      },
    },
    async (request, reply) => {
      await groups.get(principalOf(request).userId, request.params.id)
      const started = await replies.send({ ...sentMessage(request), isWhole: true })
      await assertAdmitted(started)
      const { runId, userMessageId } = started
      const ending = await runs.ended(runId, request.signal)
      const botMessages = await messages.ofRun(request.params.id, runId)
      const failure = botMessages.find((message) => message.ai_error === 1)?.error_message
      void reply.code(ending !== undefined && isCutOff(ending.status) ? 202 : 201)
      return {
        userMessage: await messages.get(userMessageId),
        botMessages,
        run_id: runId,
        error: failure ?? ending?.error?.message ?? null,
      }
    },
  )
  app.post(
    '/group-conversations/:id/messages/stream',
    {
      config: { limit, produces: eventStream },
      schema: {
        tags: ['groups'],
        summary: 'Say something and read the answers as they are made (server-sent events)',
        params: conversationParams,
        headers: versionHeaders,
        body: sendMessageSchema,
      },
    },
    async (request, reply) => {
      await groups.get(principalOf(request).userId, request.params.id)
      const started = await replies.send(sentMessage(request))
      await assertAdmitted(started)
      const { runId } = started
      return await streamRun(request, reply, { runId, encoder: dialects.messages(), after: 0, isSpaced: true })
    },
  )
}
