import { fieldFaults, invalidField } from '@parley/contract'
import { z } from 'zod'
import type { ApiInstance, Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import { pageOf } from '../../http/presenter.ts'
import type { Chat } from '../chat.ts'
import { chosenModel } from '../models.ts'
import * as schema from './schema.ts'
import { tryVersion, versionHeaders } from './version.ts'

export function conversationRoutes(chat: Chat): Routes {
  return (app) => {
    addCollection(app, chat)
    addItem(app, chat)
    addModelAndTags(app, chat)
    addPins(app, chat)
    addRemoveAll(app, chat)
  }
}

function addCollection(app: ApiInstance, { conversations }: Chat): void {
  app.get(
    '/conversations',
    {
      schema: {
        tags: ['conversations'],
        summary: 'List conversations: pinned ones, then the others, each newest first',
        querystring: schema.listConversationsQuery,
        response: { 200: pageOf(schema.conversationSchema) },
      },
    },
    async (request) => await conversations.list(principalOf(request).userId, request.query),
  )
  app.post(
    '/conversations',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Start a conversation',
        body: schema.createConversationSchema,
        response: { 201: schema.conversationSchema },
      },
    },
    async (request, reply) => {
      void reply.code(201)
      const { title, parameters, folder, system_prompt: systemPrompt, is_temporary: isTemporary } = request.body
      const values = { title, parameters, folder, systemPrompt, isTemporary, ...chosenModel(request.body) }
      return await conversations.create(principalOf(request).userId, values, request.language)
    },
  )
  app.get(
    '/tags',
    {
      schema: {
        tags: ['conversations'],
        summary: 'List the tags in use',
        response: { 200: z.array(z.string()) },
      },
    },
    async (request) => await conversations.listTags(principalOf(request).userId),
  )
  app.get(
    '/folders',
    {
      schema: {
        tags: ['conversations'],
        summary: 'List the folders in use',
        response: { 200: z.array(z.object({ name: z.string(), conversations: z.int() })) },
      },
    },
    async (request) => await conversations.listFolders(principalOf(request).userId),
  )
}

function addItem(app: ApiInstance, { conversations, messages }: Chat): void {
  const params = schema.conversationParams
  app.get(
    '/conversations/:id',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Get a conversation with the messages of the branch that is shown',
        params,
        response: { 200: schema.conversationWithMessagesSchema },
      },
    },
    async (request) => {
      const { userId } = principalOf(request)
      const conversation = await conversations.get(userId, request.params.id)
      return { ...conversation, messages: await messages.all(userId, conversation.id) }
    },
  )
  app.patch(
    '/conversations/:id',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Change title, model, system prompt, parameters or folder; pin it, or put it away',
        params,
        headers: versionHeaders,
        body: schema.updateConversationSchema,
        response: { 200: schema.conversationSchema },
      },
    },
    async (request) => {
      const { title, parameters, folder, system_prompt: systemPrompt } = request.body
      const { is_pinned: isPinned, is_archived: isArchived } = request.body
      const model = chosenModel(request.body)
      const changes = { title, parameters, folder, systemPrompt, isPinned, isArchived, ...model }
      const version = tryVersion(request.headers)
      return await conversations.update(principalOf(request).userId, request.params.id, changes, version)
    },
  )
  app.delete(
    '/conversations/:id',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Delete a conversation with all that is in it; it can be restored for 30 seconds',
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

function addModelAndTags(app: ApiInstance, { conversations }: Chat): void {
  const params = schema.conversationParams
  app.patch(
    '/conversations/:id/tags',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Replace the tags',
        params,
        headers: versionHeaders,
        body: schema.tagsSchema,
        response: { 200: schema.conversationSchema },
      },
    },
    async (request) => {
      const { params: place, body, headers } = request
      return await conversations.setTags(principalOf(request).userId, place.id, body.tags, tryVersion(headers))
    },
  )
  app.get(
    '/conversations/:id/model',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Get the model that answers',
        params,
        response: { 200: schema.chosenModelSchema },
      },
    },
    async (request) => {
      const { model_id: modelId } = await conversations.get(principalOf(request).userId, request.params.id)
      return { modelId }
    },
  )
  app.put(
    '/conversations/:id/model',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Choose the model that answers from now on',
        params,
        headers: versionHeaders,
        body: schema.modelChoiceSchema,
        response: { 200: schema.chosenModelSchema },
      },
    },
    async (request) => {
      const model = chosenModel(request.body)
      const { modelId } = model
      if (modelId === undefined) throw invalidField('modelId', fieldFaults.notModel)
      const version = tryVersion(request.headers)
      await conversations.update(principalOf(request).userId, request.params.id, model, version)
      return { modelId }
    },
  )
}

function addRemoveAll(app: ApiInstance, { conversations }: Chat): void {
  app.delete(
    '/conversations',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Delete all conversations and groups, archived and temporary ones too',
        response: { 200: z.object({ deleted: z.int() }) },
      },
    },
    async (request) => ({ deleted: await conversations.removeAll(principalOf(request).userId) }),
  )
}

function addPins(app: ApiInstance, { pins }: Chat): void {
  app.put(
    '/pins',
    {
      schema: {
        tags: ['conversations'],
        summary: 'Pin conversations and groups in an order',
        description: 'What is pinned besides stays so, below them.',
        body: schema.pinsSchema,
        response: { 200: z.null() },
      },
    },
    async (request) => {
      await pins.order(principalOf(request).userId, request.body.conversation_ids)
      return null
    },
  )
}
