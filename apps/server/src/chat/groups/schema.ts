import { fieldFaults } from '@parley/contract'
import { z } from 'zod'
import { inBoth } from '../../http/schema-text.ts'
import { parametersSchema } from '../conversations/parameters.ts'
import { messageSchema } from '../messages/schema.ts'
import { idSchema, plainText } from '../plain-text.ts'

export const botSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    personality: z.string(),
    description: z.string(),
    response_tendency: z.string(),
    model_id: z.string().nullable().describe('Null: the model of the group.'),
    parameters: parametersSchema,
    color: z.string().nullable(),
    is_preset: z.boolean().describe('Everybody has it, and nobody can change it.'),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'Bot' })
export type Bot = z.output<typeof botSchema>

const name = plainText().trim().min(1).max(50)
const text = plainText().trim().max(4_000)
const color = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/, inBoth(fieldFaults.notColour))
  .nullable()
const modelId = z.string().min(1).max(200).nullable()

const optionalBotFields = {
  personality: text.optional(),
  description: text.optional(),
  response_tendency: text.optional(),
  model_id: modelId.optional(),
  modelId: modelId.optional(),
  parameters: parametersSchema.optional(),
  color: color.optional(),
}
export const createBotSchema = z.object({ name, ...optionalBotFields })
export const updateBotSchema = z.object({ name: name.optional(), ...optionalBotFields })
export const botParams = z.object({ botId: idSchema })

const replyModes = ['all', 'at_once', 'mentioned', 'moderated'] as const
/** Of bots among themselves, after one message of a person. */
export const mostBotTurns = 20

export const groupSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    owner_id: z.string(),
    bot_ids: z.array(z.string()),
    bots: z.array(botSchema),
    model_id: z.string(),
    reply_mode: z.enum(replyModes),
    moderator_id: z.string().nullable(),
    bot_turns: z.int().describe('How many turns bots may give each other, by @name, after a person’s message.'),
    is_pinned: z.boolean(),
    pin_rank: z.int().describe('As of conversations: both stand in one list.'),
    version: z.int().describe('As of conversations: for If-Match.'),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'Group' })
export type Group = z.output<typeof groupSchema>

const mostBots = 8
const botIds = z.array(z.string()).min(1).max(mostBots)

export const createGroupSchema = z
  .object({
    name: plainText().trim().min(1).max(200),
    botIds: botIds.optional(),
    bot_ids: botIds.optional(),
    modelId: z.string().min(1).max(200).optional(),
    model_id: z.string().min(1).max(200).optional(),
    reply_mode: z
      .enum(replyModes)
      .default('all')
      .describe(
        '`all`: each bot when the one before has said all. `at_once`: all are asked at the same moment and hear nothing of one another. `mentioned`: only the bots that a message calls by @name; all of them when it calls nobody. `moderated`: the moderator, and those that it calls.',
      ),
    moderator_id: z.string().optional().describe('Of a moderated group: one of its bots; left out: the first one.'),
    bot_turns: z
      .int()
      .min(0)
      .max(mostBotTurns)
      .optional()
      .describe(
        'How many turns bots may give each other, by @name, after a person’s message. Left out: none, and in a moderated group as many as there are other bots.',
      ),
  })
  .refine((body) => (body.botIds ?? body.bot_ids) !== undefined, {
    path: ['botIds'],
    message: inBoth(fieldFaults.botsMissing, { most: mostBots }),
  })

export const groupRepliedSchema = z
  .object({
    userMessage: messageSchema,
    botMessages: z.array(messageSchema),
    run_id: z.string(),
    error: z.string().nullable(),
  })
  .meta({ id: 'GroupReplied' })
