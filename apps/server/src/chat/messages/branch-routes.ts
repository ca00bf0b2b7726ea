import { z } from 'zod'
import type { ApiInstance, Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import { eventStream } from '../../http/media.ts'
import type { Chat } from '../chat.ts'
import { conversationParams, conversationSchema } from '../conversations/schema.ts'
import { tryVersion, versionHeaders } from '../conversations/version.ts'
import { chosenModel } from '../models.ts'
import { assertAdmitted } from '../refusal.ts'
import type { Streaming } from '../streaming.ts'
import * as schema from './schema.ts'

/** Editing, making anew, choosing, rating and deleting branches. */
export function branchRoutes(chat: Chat, streaming: Streaming): Routes {
  return (app) => {
    addEdit(app, chat, streaming)
    addRegenerate(app, chat, streaming)
    addResume(app, chat, streaming)
    addBranches(app, chat)
    addRating(app, chat)
  }
}

function addEdit(app: ApiInstance, { attachments, branches, messages, replies }: Chat, { limit }: Streaming): void {
  app.patch(
    '/conversations/:id/messages/:messageId',
    {
      config: { limit },
      schema: {
        tags: ['messages'],
        summary: 'Edit a message: the new words stand beside the old ones',
        params: schema.messageParams,
        headers: versionHeaders,
        body: schema.editMessageSchema,
        response: { 201: schema.editedSchema },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request)
      const { id: conversationId, messageId } = request.params
      const { content, reply: isAnswered, attachments: chosen } = request.body
      const version = tryVersion(request.headers)
      const message = await messages.getIn({ userId, conversationId, messageId })
      const files = chosen ?? (await attachments.stillThere(message.attachments))
      void reply.code(201)
      if (message.sender_type === 'bot' || !isAnswered) {
        const { id } = await branches.rewrite(
          { userId, conversationId, messageId, version },
          { content, attachments: files },
        )
        return { message: await messages.get(id), run_id: null, reply_id: null }
      }
      const { language } = request
      const started = await replies.send({
        userId,
        conversationId,
        version,
        content,
        attachments: files,
        parentId: message.parent_id,
        language,
      })
      await assertAdmitted(started)
      const sent = await messages.get(started.userMessageId)
      return { message: sent, run_id: started.runId, reply_id: started.messageId }
    },
  )
}

function addRegenerate(app: ApiInstance, { replies }: Chat, { streamRun, dialects, limit }: Streaming): void {
  app.post(
    '/conversations/:id/messages/:messageId/regenerate',
    {
      config: { limit, produces: eventStream },
      schema: {
        tags: ['messages'],
        summary: 'Make a reply anew, beside the one that is there (server-sent events)',
        params: schema.messageParams,
        headers: versionHeaders,
        body: schema.regenerateSchema,
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request)
      const { id: conversationId, messageId } = request.params
      const model = chosenModel(request.body)
      const { language } = request
      const version = tryVersion(request.headers)
      const started = await replies.regenerate({ userId, conversationId, version, messageId, language, ...model })
      await assertAdmitted(started)
      const { runId } = started
      return await streamRun(request, reply, { runId, encoder: dialects.messages(), after: 0 })
    },
  )
}

function addResume(app: ApiInstance, { replies }: Chat, { streamRun, dialects, limit }: Streaming): void {
  app.post(
    '/conversations/:id/messages/:messageId/continue',
    {
      config: { limit, produces: eventStream },
      schema: {
        tags: ['messages'],
        summary: 'Go on with a reply that was stopped or cut off (server-sent events)',
        description: 'The new reply stands beside the old one and begins with its words.',
        params: schema.messageParams,
        headers: versionHeaders,
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request)
      const { id: conversationId, messageId } = request.params
      const { language } = request
      const version = tryVersion(request.headers)
      const started = await replies.resume({ userId, conversationId, version, messageId, language })
      await assertAdmitted(started)
      const { runId } = started
      return await streamRun(request, reply, { runId, encoder: dialects.messages(), after: 0 })
    },
  )
}

function addBranches(app: ApiInstance, { branches, conversations, messages }: Chat): void {
  app.get(
    '/conversations/:id/messages/:messageId/alternatives',
    {
      schema: {
        tags: ['messages'],
        summary: 'What stands at the same place of the conversation, oldest first',
        description: 'Replies of the same moment were asked for side by side.',
        params: schema.messageParams,
        response: { 200: z.array(schema.messageSchema) },
      },
    },
    async (request) => {
      const { id: conversationId, messageId } = request.params
      return await messages.alternatives({ userId: principalOf(request).userId, conversationId, messageId })
    },
  )
  app.put(
    '/conversations/:id/active-leaf',
    {
      schema: {
        tags: ['messages'],
        summary: 'Show another branch',
        params: conversationParams,
        headers: versionHeaders,
        body: schema.activeLeafSchema,
        response: { 200: conversationSchema },
      },
    },
    async (request) => {
      const { userId } = principalOf(request)
      const { id: conversationId } = request.params
      const version = tryVersion(request.headers)
      await branches.select({ userId, conversationId, version, messageId: request.body.message_id })
      return await conversations.get(userId, conversationId)
    },
  )
  app.delete(
    '/conversations/:id/messages/:messageId',
    {
      schema: {
        tags: ['messages'],
        summary: 'Delete a message with all that follows it; it can be restored for 30 seconds',
        params: schema.messageParams,
        headers: versionHeaders,
        response: { 200: z.null() },
      },
    },
    async (request) => {
      const { userId } = principalOf(request)
      const { id: conversationId, messageId } = request.params
      await branches.remove({ userId, conversationId, version: tryVersion(request.headers), messageId })
      return null
    },
  )
  app.post(
    '/conversations/:id/fork',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Copy a branch into a conversation of its own',
        params: conversationParams,
        body: schema.forkSchema,
        response: { 201: conversationSchema },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request)
      const id = await branches.fork(userId, request.params.id, request.body.message_id)
      void reply.code(201)
      return await conversations.get(userId, id)
    },
  )
}

function addRating(app: ApiInstance, { messages }: Chat): void {
  app.put(
    '/conversations/:id/messages/:messageId/rating',
    {
      schema: {
        tags: ['messages'],
        summary: 'Say whether a reply was good',
        params: schema.messageParams,
        body: schema.rateSchema,
        response: { 200: schema.messageSchema },
      },
    },
    async (request) => {
      const { id: conversationId, messageId } = request.params
      return await messages.rate(
        { userId: principalOf(request).userId, conversationId, messageId },
        request.body.rating,
      )
    },
  )
}
