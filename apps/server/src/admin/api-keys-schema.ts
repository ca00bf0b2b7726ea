import { z } from 'zod'
import { listQuery, pageFields } from '../http/page-query.ts'
import { createKeySchema } from '../keys/schema.ts'

export const createKeysSchema = createKeySchema.extend({ count: z.int().min(1).max(500) })

const filter = {
  q: z.string().trim().max(200).optional(),
  user_id: z.string().max(64).optional(),
  tag: z.string().max(50).optional(),
  state: z.enum(['enabled', 'disabled', 'expired', 'deleted']).optional(),
}
export const listKeysQuery = listQuery({ ...pageFields(), ...filter })
export const exportKeysQuery = listQuery(filter)
