import { fieldFaults } from '@parley/contract'
import { z } from 'zod'
import { inBoth } from '../../http/schema-text.ts'
import { attachmentSchema } from '../attachments/attachment.ts'
import { attachmentIdsSchema } from '../attachments/schema.ts'
import { idSchema, plainText } from '../plain-text.ts'

const ratingSchema = z.enum(['good', 'bad']).nullable()

export const messageSchema = z
  .object({
    id: z.string(),
    conversation_id: z.string(),
    group_conversation_id: z.string().nullable().describe('The same as conversation_id in a group; else null.'),
    parent_id: z.string().nullable(),
    sibling_ids: z.array(z.string()).describe('The alternatives at this place, itself among them, oldest first.'),
    role: z.enum(['user', 'assistant']),
    sender_type: z.enum(['user', 'bot']),
    sender_id: z.string().nullable(),
    sender_name: z.string().nullable(),
    content: z.string(),
    blocks: z
      .array(z.record(z.string(), z.unknown()))
      .nullable()
      .describe('All of the message in order where it is more than text: thinking, tool calls, images.'),
    attachments: z
      .array(attachmentSchema)
      .describe('Files that came with it; GET /api/attachments/:id has their content.'),
    model: z.string().nullable().describe('The same as model_id.'),
    model_id: z.string().nullable(),
    status: z.enum(['running', 'done', 'stopped', 'interrupted', 'failed']),
    ai_error: z.int().min(0).max(1),
    error_message: z.string().nullable(),
    end_reason: z.string().nullable(),
    run_id: z.string().nullable(),
    client_message_id: z.string().nullable(),
    token_count: z.int(),
    input_tokens: z.int(),
    output_tokens: z.int(),
    cost_usd: z.number(),
    rating: ratingSchema.describe('What the person thinks of a reply.'),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'Message' })
export type Message = z.output<typeof messageSchema>

const longestContent = 1_000_000

export const contentSchema = plainText()
  .max(longestContent)
  .refine((content) => content.trim() !== '', inBoth(fieldFaults.empty))

/** A message says something, or has a file. */
export function withFiles<Field extends 'content' | 'message', Shape extends z.ZodRawShape>(
  field: Field,
  shape: Shape,
) {
  const words = { [field]: plainText().max(longestContent) } as { readonly [name in Field]: z.ZodString }
  return z.object({ ...words, ...shape, attachments: attachmentIdsSchema }).refine(
    (body: { readonly [name: string]: unknown }) => {
      const { [field]: text, attachments } = body
      return (typeof text === 'string' && text.trim() !== '') || (Array.isArray(attachments) && attachments.length > 0)
    },
    { path: [field], message: inBoth(fieldFaults.empty) },
  )
}

export const sendMessageSchema = withFiles('content', {
  model: z.string().optional().describe('Instead of the conversation’s own, for this reply.'),
  modelId: z.string().optional(),
  also_models: z
    .array(z.string())
    .max(3)
    .optional()
    .describe('Models that answer it, too, each beside the reply that is sent here: its alternatives.'),
  parent_id: idSchema
    .nullable()
    .optional()
    .describe('What it is said after; left out: the end of the branch that is shown; null: a new beginning.'),
  client_message_id: plainText()
    .min(1)
    .max(100)
    .optional()
    .describe('Made by the client. The same one again is the same send and gives the same run.'),
  clientMessageId: plainText().min(1).max(100).optional(),
})

export const repliedSchema = z
  .object({
    userMessage: messageSchema,
    aiMessage: messageSchema,
    run_id: z.string(),
    error: z.string().nullable(),
  })
  .meta({ id: 'Replied' })

export const messageParams = z.object({ id: idSchema, messageId: idSchema })

export const editMessageSchema = z.object({
  content: contentSchema,
  attachments: attachmentIdsSchema.describe('Left out: those that it has. None can be added to a reply.'),
  reply: z.boolean().default(true).describe('Have the model answer, when a person’s message is edited.'),
})

export const editedSchema = z
  .object({
    message: messageSchema,
    run_id: z.string().nullable().describe('The run that answers; read it at /api/runs/:id/events.'),
    reply_id: z.string().nullable(),
  })
  .meta({ id: 'Edited' })

export const regenerateSchema = z.object({
  model: z.string().optional().describe('Instead of the conversation’s own, for this reply.'),
  modelId: z.string().optional(),
})

export const rateSchema = z.object({ rating: ratingSchema.describe('Null takes it back.') })

export const activeLeafSchema = z.object({
  message_id: idSchema.describe('Shows the branch that this message is on, to its newest end.'),
})

export const forkSchema = z.object({
  message_id: idSchema.optional().describe('The last message that is taken along; left out: the whole branch.'),
})
