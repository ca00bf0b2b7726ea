import type { ConversationRow } from './repository.ts'
import type { Conversation } from './schema.ts'

/** A conversation as people get it: the union of the names that the documents give its fields. */
export function presentConversation(row: ConversationRow, tags: readonly string[]): Conversation {
  return {
    id: row.id,
    user_id: row.user_id,
    title: row.title,
    model: row.model_id,
    model_id: row.model_id,
    kind: row.kind,
    is_pinned: row.pin_rank > 0,
    pin_rank: row.pin_rank,
    is_archived: row.is_archived === 1,
    is_temporary: row.is_temporary === 1,
    folder: row.folder,
    tags: [...tags],
    system_prompt: row.system_prompt,
    parameters: row.parameters_json === '{}' ? {} : JSON.parse(row.parameters_json),
    active_leaf_id: row.active_leaf_id,
    version: row.version,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  }
}
