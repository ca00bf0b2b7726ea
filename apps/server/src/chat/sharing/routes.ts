import { z } from 'zod'
import type { Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import { anyFile } from '../../http/media.ts'
import { sendAttachment } from '../attachments/routes.ts'
import type { Chat } from '../chat.ts'
import { conversationParams } from '../conversations/schema.ts'
import * as schema from './schema.ts'

/** Guessing tokens is hopeless; this keeps it from being a load. */
const readingLimit = { name: 'shared', max: 120, windowMs: 60_000, by: 'ip' as const }

/** A page of it may have many pictures. */
const fileLimit = { ...readingLimit, name: 'shared-files', max: 600 }

export function sharingRoutes({ shares }: Chat): Routes {
  return (app) => {
    app.post(
      '/conversations/:id/share',
      {
        schema: {
          tags: ['conversations'],
          summary: 'Make a link under which anybody can read the branch that is shown, as it is now',
          params: conversationParams,
          body: schema.createShareSchema,
          response: { 201: schema.shareSchema },
        },
      },
      async (request, reply) => {
        void reply.code(201)
        const { expires_in_days: days } = request.body
        return await shares.create(principalOf(request).userId, request.params.id, days)
      },
    )
    app.get(
      '/conversations/:id/share',
      {
        schema: {
          tags: ['conversations'],
          summary: 'The link under which anybody can read the conversation; null: there is none',
          params: conversationParams,
          response: { 200: schema.shareSchema.nullable() },
        },
      },
      async (request) => await shares.find(principalOf(request).userId, request.params.id),
    )
    app.delete(
      '/conversations/:id/share',
      {
        schema: {
          tags: ['conversations'],
          summary: 'Take the link back',
          params: conversationParams,
          response: { 200: z.null() },
        },
      },
      async (request) => {
        await shares.remove(principalOf(request).userId, request.params.id)
        return null
      },
    )
    app.get(
      '/shared/:token',
      {
        config: { access: 'public', limit: readingLimit },
        schema: {
          tags: ['conversations'],
          summary: 'Read a shared conversation',
          params: schema.sharedParams,
          response: { 200: schema.snapshotSchema },
        },
      },
      async (request) => await shares.read(request.params.token),
    )
    app.get(
      '/shared/:token/attachments/:attachmentId',
      {
        config: { access: 'public', limit: fileLimit, produces: anyFile },
        schema: {
          tags: ['conversations'],
          summary: 'Download a file of a shared conversation',
          params: schema.sharedFileParams,
        },
      },
      async (request, reply) => {
        const { token, attachmentId } = request.params
        return sendAttachment(reply, await shares.readFile(token, attachmentId))
      },
    )
  }
}
