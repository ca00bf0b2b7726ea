import { z } from 'zod'
import type { Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import type { Chat } from '../chat.ts'
import { chosenModel } from '../models.ts'
import type { BotValues } from './bots.ts'
import * as schema from './schema.ts'

export function botRoutes({ bots }: Chat): Routes {
  return (app) => {
    app.get(
      '/bots',
      {
        schema: {
          tags: ['groups'],
          summary: 'List the bots that can be in a group: everybody’s and your own',
          response: { 200: z.array(schema.botSchema) },
        },
      },
      async (request) => await bots.list(principalOf(request).userId),
    )
    app.post(
      '/bots',
      {
        schema: {
          tags: ['groups'],
          summary: 'Make a bot of your own',
          body: schema.createBotSchema,
          response: { 201: schema.botSchema },
        },
      },
      async (request, reply) => {
        void reply.code(201)
        return await bots.create(principalOf(request).userId, { ...valuesOf(request.body), name: request.body.name })
      },
    )
    app.patch(
      '/bots/:botId',
      {
        schema: {
          tags: ['groups'],
          summary: 'Change a bot of your own',
          params: schema.botParams,
          body: schema.updateBotSchema,
          response: { 200: schema.botSchema },
        },
      },
      async (request) => await bots.update(principalOf(request).userId, request.params.botId, valuesOf(request.body)),
    )
    app.delete(
      '/bots/:botId',
      {
        schema: {
          tags: ['groups'],
          summary: 'Delete a bot of your own; what it said stays',
          params: schema.botParams,
          response: { 200: z.null() },
        },
      },
      async (request) => {
        await bots.remove(principalOf(request).userId, request.params.botId)
        return null
      },
    )
  }
}

function valuesOf(body: z.output<typeof schema.updateBotSchema>): BotValues {
  const { name, personality, description, parameters, color, response_tendency: responseTendency } = body
  return { name, personality, description, parameters, color, responseTendency, ...chosenModel(body) }
}
