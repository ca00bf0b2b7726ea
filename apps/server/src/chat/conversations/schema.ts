import { z } from 'zod'
import { listQuery, pageFields } from '../../http/page-query.ts'
import { messageSchema } from '../messages/schema.ts'
import { idSchema, plainText } from '../plain-text.ts'
import { parametersSchema } from './parameters.ts'

export const conversationSchema = z
  .object({
    id: z.string(),
    user_id: z.string(),
    title: z.string(),
    model: z.string().describe('The same as model_id.'),
    model_id: z.string(),
    kind: z.enum(['personal', 'group']),
    is_pinned: z.boolean(),
    pin_rank: z.int().describe('Of those that are pinned, the highest stands first; 0: not pinned.'),
    is_archived: z.boolean(),
    is_temporary: z.boolean().describe('Not listed, not found, and gone a day after its last message.'),
    folder: z.string().nullable(),
    tags: z.array(z.string()),
    system_prompt: z.string().nullable(),
    parameters: parametersSchema,
    active_leaf_id: z.string().nullable().describe('The last message of the branch that is shown.'),
    version: z.int().describe('Counts changes. Send it as If-Match to change only what you have seen.'),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'Conversation' })
export type Conversation = z.output<typeof conversationSchema>

export const conversationWithMessagesSchema = conversationSchema
  .extend({ messages: z.array(messageSchema) })
  .meta({ id: 'ConversationWithMessages' })

const title = plainText().trim().min(1).max(200)
const modelId = z.string().min(1).max(200)
const folder = plainText().trim().min(1).max(100).nullable()
const systemPrompt = plainText().max(100_000).nullable()
const modelNames = { model: modelId.optional(), model_id: modelId.optional(), modelId: modelId.optional() }

export const createConversationSchema = z.object({
  title: plainText().trim().max(200).optional(),
  ...modelNames,
  system_prompt: systemPrompt.optional(),
  parameters: parametersSchema.optional(),
  folder: folder.optional(),
  is_temporary: z.boolean().optional().describe('Not listed, not found, and gone a day after its last message.'),
})

export const updateConversationSchema = z.object({
  title: title.optional(),
  ...modelNames,
  system_prompt: systemPrompt.optional(),
  parameters: parametersSchema.optional(),
  folder: folder.optional().describe('Null: none.'),
  is_pinned: z.boolean().optional().describe('At the top of the list.'),
  is_archived: z.boolean().optional().describe('Out of the list, and still there.'),
})

export const pinsSchema = z.object({
  conversation_ids: z.array(idSchema).min(1).max(200).describe('From the top. They are pinned if they are not yet.'),
})

const tag = plainText().trim().min(1).max(50)
export const tagsSchema = z.object({ tags: z.array(tag).max(50) })

export const modelChoiceSchema = z.object(modelNames)
export const chosenModelSchema = z.object({ modelId: z.string() })

export const conversationParams = z.object({ id: idSchema })

/** Without `limit` a list is as long as a sidebar needs: one of the documents' front ends never asks for a second page. */
export const listConversationsQuery = listQuery({
  ...pageFields(200, 1_000),
  tag: plainText().optional(),
  folder: plainText().optional(),
  q: plainText().trim().max(200).optional().describe('Part of the title, or words of a message.'),
  archived: z
    .enum(['true', 'false'])
    .optional()
    .transform((value) => value === 'true')
    .describe('Those that were put away, instead of the others.'),
})
