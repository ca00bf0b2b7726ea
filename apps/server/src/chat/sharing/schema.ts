import { z } from 'zod'
import { attachmentSchema } from '../attachments/attachment.ts'
import { idSchema } from '../plain-text.ts'

export const createShareSchema = z.object({
  expires_in_days: z.int().min(1).max(3_650).nullable().default(null).describe('Null: until it is taken back.'),
})

export const shareSchema = z
  .object({
    token: z.string(),
    path: z.string().describe('Where anybody can read it, on this server.'),
    created_at: z.string(),
    expires_at: z.string().nullable(),
  })
  .meta({ id: 'Share' })
export type Share = z.output<typeof shareSchema>

export const sharedParams = z.object({ token: idSchema })
export const sharedFileParams = sharedParams.extend({ attachmentId: idSchema })

/** What strangers see: words, and nothing that says whose they are. */
export const snapshotSchema = z
  .object({
    title: z.string(),
    created_at: z.string(),
    messages: z.array(
      z.object({
        role: z.enum(['user', 'assistant']),
        name: z.string().nullable().describe('Of a bot or a model; people have none here.'),
        content: z.string(),
        attachments: z
          .array(attachmentSchema)
          .default([])
          .describe('Their content: GET /api/shared/:token/attachments/:id'),
        created_at: z.string(),
      }),
    ),
  })
  .meta({ id: 'SharedConversation' })
export type Snapshot = z.output<typeof snapshotSchema>
