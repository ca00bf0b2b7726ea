import { z } from 'zod'
import type { ModelInput } from '../../catalog/model-inputs.ts'

/**
 * A file as a message names it. It is written into the message, so that it says what was sent when the file itself is gone.
 */
const storedSchema = z.object({
  id: z.string(),
  name: z.string(),
  media_type: z.string(),
  size: z.int(),
  token_count: z.int(),
})
export type MessageAttachment = Readonly<z.output<typeof storedSchema>>

export const attachmentSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    media_type: z
      .string()
      .describe('By its content: image/png, image/jpeg, image/gif, image/webp, application/pdf, text/plain.'),
    size: z.int().describe('Bytes.'),
    is_deleted: z.literal(true).optional().describe('The file itself was deleted; absent where it was not.'),
  })
  .meta({ id: 'MessageAttachment' })
export type PresentedAttachment = z.output<typeof attachmentSchema>

export function readAttachments(row: { readonly attachments_json?: string | null }): readonly MessageAttachment[] {
  return row.attachments_json ? z.array(storedSchema).parse(JSON.parse(row.attachments_json)) : []
}

export function writeAttachments(attachments: readonly MessageAttachment[]): string | null {
  return attachments.length === 0 ? null : JSON.stringify(attachments)
}

export function presentAttachment({ id, name, media_type, size }: MessageAttachment): PresentedAttachment {
  return { id, name, media_type, size }
}

/** What a model must be able to read to be shown it; text it always can. */
export function inputOf(mediaType: string): ModelInput | 'text' {
  if (mediaType.startsWith('image/')) return 'image'
  return mediaType === 'application/pdf' ? 'document' : 'text'
}
