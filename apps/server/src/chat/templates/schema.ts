import { z } from 'zod'
import { idSchema, plainText } from '../plain-text.ts'

export const templateSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    content: z.string(),
    variables: z.array(z.string()).describe('The names in {{…}}, in the order in which they first stand.'),
    is_shared: z.boolean().describe('Everybody here may use it.'),
    is_own: z.boolean(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'Template' })
export type Template = z.output<typeof templateSchema>

const name = plainText().trim().min(1).max(100)
const content = plainText().min(1).max(100_000)

export const createTemplateSchema = z.object({ name, content, is_shared: z.boolean().default(false) })
export const updateTemplateSchema = z.object({
  name: name.optional(),
  content: content.optional(),
  is_shared: z.boolean().optional(),
})
export const templateParams = z.object({ templateId: idSchema })
