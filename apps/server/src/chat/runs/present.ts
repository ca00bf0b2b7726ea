import type { RunRow } from './repository.ts'
import type { Run } from './schema.ts'

export function presentRun(row: RunRow): Run {
  return {
    id: row.id,
    conversation_id: row.conversation_id,
    user_message_id: row.user_message_id,
    message_id: row.message_id,
    model_id: row.model_id,
    status: row.status,
    error_message: row.error_message,
    created_at: new Date(row.created_at).toISOString(),
    ended_at: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
  }
}
