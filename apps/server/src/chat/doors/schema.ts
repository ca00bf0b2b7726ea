import { fieldFaults } from '@parley/contract'
import { z } from 'zod'
import { inBoth } from '../../http/schema-text.ts'
import { withFiles } from '../messages/schema.ts'
import { idSchema, plainText } from '../plain-text.ts'

const modelId = z.string().min(1).max(200)

export const sendSchema = withFiles('content', {
  sessionId: idSchema,
  clientMessageId: plainText()
    .min(1)
    .max(100)
    .optional()
    .describe('Made by the client. The same one again is the same send and gives the same reply.'),
  modelId: modelId.optional().describe('Instead of the session’s own, for this reply.'),
})

export const regenerateSchema = z.object({
  sessionId: idSchema,
  messageId: idSchema.optional().describe('Left out: the last reply.'),
  modelId: modelId.optional(),
})

export const stopSchema = z
  .object({ sessionId: idSchema.optional(), messageId: idSchema.optional() })
  .refine(
    (body) => body.sessionId !== undefined || body.messageId !== undefined,
    inBoth(fieldFaults.oneIsNeeded, { one: 'sessionId', other: 'messageId' }),
  )

const tokenCounts = {
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
}

export const completionSchema = z
  .object({
    messageId: z.string(),
    sessionId: z.string(),
    content: z.string(),
    model: z.string(),
    usage: z.object(tokenCounts),
  })
  .meta({ id: 'Completion' })

const contextLimit = z.int().nullable()

export const sessionUsageSchema = z
  .object({
    totals: z.object(tokenCounts),
    last_round: z
      .object({
        ...tokenCounts,
        context_limit: contextLimit,
        createdAt: z.string(),
        model: z.string(),
        provider: z.string().nullable(),
      })
      .nullable(),
    current: z.object({ prompt_tokens: z.int(), context_limit: contextLimit, context_remaining: contextLimit }),
  })
  .meta({ id: 'SessionUsage' })

export const sessionSchema = z
  .object({
    id: z.string(),
    userId: z.string(),
    title: z.string(),
    modelId: z.string(),
    version: z.int().describe('As of conversations: for If-Match.'),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Session' })

export const sessionMessageSchema = z
  .object({
    id: z.string(),
    sessionId: z.string(),
    role: z.enum(['user', 'assistant']),
    content: z.string(),
    clientMessageId: z.string().nullable(),
    modelId: z.string().nullable(),
    status: z.string(),
    error: z.string().nullable(),
    createdAt: z.string(),
  })
  .meta({ id: 'SessionMessage' })

export const sessionWithMessagesSchema = sessionSchema
  .extend({ messages: z.array(sessionMessageSchema) })
  .meta({ id: 'SessionWithMessages' })

export const createSessionSchema = z.object({
  title: plainText().trim().max(200).optional(),
  modelId: modelId.optional(),
})

export const updateSessionSchema = z.object({
  title: plainText().trim().min(1).max(200).optional(),
  modelId: modelId.optional(),
})
