import { z } from 'zod'
import { idSchema } from '../plain-text.ts'

export const runSchema = z
  .object({
    id: z.string(),
    conversation_id: z.string(),
    user_message_id: z.string().nullable(),
    message_id: z.string(),
    model_id: z.string(),
    status: z.enum(['running', 'done', 'stopped', 'interrupted', 'failed']),
    error_message: z.string().nullable(),
    created_at: z.string(),
    ended_at: z.string().nullable(),
  })
  .meta({ id: 'Run' })
export type Run = z.output<typeof runSchema>

export const runParams = z.object({ id: idSchema })
