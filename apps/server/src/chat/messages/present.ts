import { dollars } from '@parley/contract'
import { presentAttachment, readAttachments } from '../attachments/attachment.ts'
import type { ConversationRow } from '../conversations/repository.ts'
import type { MessageRow } from './repository.ts'
import type { Message } from './schema.ts'

const ratingNames: ReadonlyMap<number | null, Message['rating']> = new Map([
  [1, 'good'],
  [-1, 'bad'],
])

/** A message as people get it: the union of the names that the documents give its fields. */
export function presentMessage(
  row: MessageRow,
  { kind }: Pick<ConversationRow, 'kind'>,
  siblingIds: readonly string[] = [row.id],
): Message {
  return {
    id: row.id,
    sibling_ids: [...siblingIds],
    conversation_id: row.conversation_id,
    group_conversation_id: kind === 'group' ? row.conversation_id : null,
    parent_id: row.parent_id,
    role: row.sender_type === 'user' ? 'user' : 'assistant',
    sender_type: row.sender_type,
    sender_id: row.sender_id,
    sender_name: row.sender_name,
    content: row.content,
    blocks: row.blocks_json === null ? null : JSON.parse(row.blocks_json),
    attachments: readAttachments(row).map(presentAttachment),
    model: row.model_id,
    model_id: row.model_id,
    status: row.status as Message['status'],
    ai_error: row.ai_error,
    error_message: row.error_message,
    end_reason: row.end_reason,
    run_id: row.run_id,
    client_message_id: row.client_message_id,
    token_count: row.output_tokens,
    input_tokens: row.input_tokens,
    output_tokens: row.output_tokens,
    cost_usd: dollars(row.cost_nanos),
    rating: ratingNames.get(row.rating) ?? null,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  }
}
