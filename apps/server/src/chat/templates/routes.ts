import { z } from 'zod'
import type { ApiInstance, Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import type { Chat } from '../chat.ts'
import * as schema from './schema.ts'

export function templateRoutes(chat: Chat): Routes {
  return (app) => {
    addCollection(app, chat)
    addItem(app, chat)
  }
}

function addCollection(app: ApiInstance, { templates }: Chat): void {
  app.get(
    '/templates',
    {
      schema: {
        tags: ['templates'],
        summary: 'List your templates and those that others share, by name',
        response: { 200: z.array(schema.templateSchema) },
      },
    },
    async (request) => await templates.list(principalOf(request).userId),
  )
  app.post(
    '/templates',
    {
      schema: {
        tags: ['templates'],
        summary: 'Keep a prompt to use it again',
        body: schema.createTemplateSchema,
        response: { 201: schema.templateSchema },
      },
    },
    async (request, reply) => {
      void reply.code(201)
      const { name, content, is_shared: isShared } = request.body
      return await templates.create(principalOf(request).userId, { name, content, isShared })
    },
  )
}

function addItem(app: ApiInstance, { templates }: Chat): void {
  const params = schema.templateParams
  app.get(
    '/templates/:templateId',
    { schema: { tags: ['templates'], summary: 'Get a template', params, response: { 200: schema.templateSchema } } },
    async (request) => await templates.get(principalOf(request).userId, request.params.templateId),
  )
  app.put(
    '/templates/:templateId',
    {
      schema: {
        tags: ['templates'],
        summary: 'Change a template of your own',
        params,
        body: schema.updateTemplateSchema,
        response: { 200: schema.templateSchema },
      },
    },
    async (request) => {
      const { name, content, is_shared: isShared } = request.body
      const { userId } = principalOf(request)
      return await templates.update(userId, request.params.templateId, { name, content, isShared })
    },
  )
  app.delete(
    '/templates/:templateId',
    {
      schema: {
        tags: ['templates'],
        summary: 'Delete a template of your own',
        params,
        response: { 200: z.null() },
      },
    },
    async (request) => {
      await templates.remove(principalOf(request).userId, request.params.templateId)
      return null
    },
  )
}
