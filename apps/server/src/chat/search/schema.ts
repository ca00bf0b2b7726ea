import { fieldFaults } from '@parley/contract'
import { z } from 'zod'
import { listQuery } from '../../http/page-query.ts'
import { inBoth } from '../../http/schema-text.ts'
import { conversationSchema } from '../conversations/schema.ts'
import { idSchema, plainText } from '../plain-text.ts'

const marks = z.array(z.tuple([z.int(), z.int()])).describe('Where the words stand: start and end, in UTF-16 units.')

export const searchHitSchema = z
  .object({
    conversation: conversationSchema,
    message_id: z.string(),
    leaf_id: z.string().describe('The end of the branch that the message is on: choose it to show the message.'),
    is_shown: z.boolean().describe('The branch is the one that is shown.'),
    role: z.enum(['user', 'assistant']),
    sender_name: z.string().nullable(),
    model_id: z.string().nullable(),
    created_at: z.string(),
    snippet: z.string(),
    marks,
  })
  .meta({ id: 'SearchHit' })

export const searchResultSchema = z
  .object({
    titles: z
      .array(z.object({ conversation: conversationSchema, marks }))
      .describe('Conversations whose titles are found, newest first; on the first page.'),
    messages: z.array(searchHitSchema).describe('Newest first.'),
    next_cursor: z.string().nullable().describe('For the messages that follow; null: these are the last.'),
  })
  .meta({ id: 'SearchResult' })
export type SearchResult = z.output<typeof searchResultSchema>

const moment = z.iso
  .datetime({ offset: true })
  .or(z.iso.date())
  .transform((text) => Date.parse(text))

export const searchQuery = listQuery(
  {
    q: plainText()
      .trim()
      .min(1)
      .max(200)
      .describe('Words that must all be there, each may go on; what stands in quotation marks must be there as it is.'),
    limit: z.coerce.number().int().min(1).max(100).default(20),
    cursor: z
      .string()
      .regex(/^\d{1,16}$/, inBoth(fieldFaults.notCursor))
      .transform(Number)
      .optional(),
    role: z.enum(['user', 'assistant']).optional(),
    model: z.string().min(1).max(200).optional().describe('Said by this model.'),
    tag: plainText().optional().describe('In conversations with this tag.'),
    conversation_id: idSchema.optional(),
    from: moment.optional().describe('Said at or after this time.'),
    to: moment.optional().describe('Said before this time.'),
  },
  'q',
)
