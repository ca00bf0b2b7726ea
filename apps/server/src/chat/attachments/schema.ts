import { z } from 'zod'
import { idSchema, plainText } from '../plain-text.ts'
import { attachmentSchema } from './attachment.ts'

export const uploadedSchema = attachmentSchema
  .omit({ is_deleted: true })
  .extend({ created_at: z.string() })
  .meta({ id: 'Attachment' })

export const listedSchema = uploadedSchema
  .extend({ message_count: z.int().describe('How many messages have it.') })
  .meta({ id: 'ListedAttachment' })

export const attachmentParams = z.object({ attachmentId: idSchema })

export const uploadQuery = z.object({
  name: plainText().max(1_000).optional().describe('Of a body that is the file itself; a form has its own.'),
})

const mostOfMessage = 10

/** In a message that is sent. */
export const attachmentIdsSchema = z
  .array(idSchema)
  .max(mostOfMessage)
  .optional()
  .describe('Ids of your files (POST /api/attachments), in the order in which the model sees them.')
