import { z } from 'zod'
import type { ApiInstance, Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import { pageQuery } from '../../http/page-query.ts'
import { pageOf } from '../../http/presenter.ts'
import { Page } from '../../http/route.ts'
import type { Chat } from '../chat.ts'
import { type Conversation, conversationParams } from '../conversations/schema.ts'
import { tryVersion, versionHeaders } from '../conversations/version.ts'
import type { Message } from '../messages/schema.ts'
import * as schema from './schema.ts'

/** `/api/sessions`: the same conversations under the names that one of the documents gives them. */
export function sessionRoutes(chat: Chat): Routes {
  return (app) => {
    addCollection(app, chat)
    addItem(app, chat)
  }
}

function addCollection(app: ApiInstance, { conversations }: Chat): void {
  app.get(
    '/sessions',
    {
      schema: {
        tags: ['conversations'],
        summary: 'List sessions, newest first',
        querystring: pageQuery(200, 1_000),
        response: { 200: pageOf(schema.sessionSchema) },
      },
    },
    async (request) => {
      const { items, pagination } = await conversations.list(principalOf(request).userId, request.query)
      return new Page(items.map(presentSession), pagination)
    },
  )
  app.post(
    '/sessions',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Start a session',
        body: schema.createSessionSchema,
        response: { 201: schema.sessionSchema },
      },
    },
    async (request, reply) => {
      void reply.code(201)
      return presentSession(await conversations.create(principalOf(request).userId, request.body, request.language))
    },
  )
}

function addItem(app: ApiInstance, { conversations, messages }: Chat): void {
  const params = conversationParams
  app.get(
    '/sessions/:id',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Get a session with its messages',
        params,
        response: { 200: schema.sessionWithMessagesSchema },
      },
    },
    async (request) => {
      const { userId } = principalOf(request)
      const conversation = await conversations.get(userId, request.params.id)
      const said = await messages.all(userId, conversation.id)
      return { ...presentSession(conversation), messages: said.map(presentSessionMessage) }
    },
  )
  app.put(
    '/sessions/:id',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Change the title or the model of a session',
        params,
        headers: versionHeaders,
        body: schema.updateSessionSchema,
        response: { 200: schema.sessionSchema },
      },
    },
    async (request) => {
      const { params: place, body, headers } = request
      const { userId } = principalOf(request)
      return presentSession(await conversations.update(userId, place.id, body, tryVersion(headers)))
    },
  )
  app.delete(
    '/sessions/:id',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Delete a session with all that is in it',
        params,
        headers: versionHeaders,
        response: { 200: z.null() },
      },
    },
    async (request) => {
      await conversations.remove(principalOf(request).userId, request.params.id, tryVersion(request.headers))
      return null
    },
  )
}

function presentSession(conversation: Conversation): z.output<typeof schema.sessionSchema> {
  return {
    id: conversation.id,
    userId: conversation.user_id,
    title: conversation.title,
    modelId: conversation.model_id,
    version: conversation.version,
    createdAt: conversation.created_at,
    updatedAt: conversation.updated_at,
  }
}

function presentSessionMessage(message: Message): z.output<typeof schema.sessionMessageSchema> {
  return {
    id: message.id,
    sessionId: message.conversation_id,
    role: message.role,
    content: message.content,
    clientMessageId: message.client_message_id,
    modelId: message.model_id,
    status: message.status,
    error: message.error_message,
    createdAt: message.created_at,
  }
}
