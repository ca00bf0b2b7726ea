/**
 * This server's own export, read back with all that is in it: what `export.ts` writes comes out the same, but for ids,
 * which are the reader's own. The file may have been changed by hand, so nothing in it is trusted.
 */
import { isTooDeep } from '@parley/wires'
import { mostBotTurns } from '../groups/schema.ts'
import { type Parameters, parametersSchema } from '../conversations/parameters.ts'
import type { ImportedConversation, ImportedMessage, OwnAttachment, OwnBot, OwnGroup, OwnMessage } from './imported.ts'
import {
  asArray,
  asCostNanos,
  asCount,
  asObject,
  asText,
  asTextOrNull,
  asTime,
  asTokens,
  isObject,
  type Json,
} from './json-values.ts'

export function readOwn(json: Json): ImportedConversation {
  const conversation = asObject(json['conversation'])
  return {
    source: 'parley',
    sourceId: asText(conversation['id']),
    title: asText(conversation['title']),
    modelId: asTextOrNull(conversation['model_id']),
    systemPrompt: asTextOrNull(conversation['system_prompt']),
    tags: asArray(conversation['tags']).map(asText),
    pinRank: Math.min(highestRank, asCount(conversation['pin_rank'])) || (conversation['is_pinned'] === true ? 1 : 0),
    isArchived: conversation['is_archived'] === true,
    createdAt: asTime(conversation['created_at']),
    updatedAt: asTime(conversation['updated_at']),
    activeId: asText(conversation['active_leaf_id']) || undefined,
    messages: asArray(json['messages']).map(asObject).map(readMessage),
    own: {
      folder: asText(conversation['folder']).trim().slice(0, 100) || null,
      parameters: asParameters(conversation['parameters']),
      group: conversation['kind'] === 'group' ? readGroup(asObject(json['group'])) : undefined,
    },
  }
}

function readMessage(message: Json): ImportedMessage {
  const role = message['role'] === 'user' ? 'user' : message['role'] === 'assistant' ? 'assistant' : 'other'
  return {
    id: asText(message['id']),
    parentId: asTextOrNull(message['parent_id']),
    role,
    content: asText(message['content']),
    modelId: asTextOrNull(message['model_id']),
    createdAt: asTime(message['created_at']),
    own: {
      senderId: asTextOrNull(message['sender_id']),
      senderName: asTextOrNull(message['sender_name']),
      blocks: readBlocks(message['blocks']),
      status: asStatus(message['status']),
      isError: message['ai_error'] === 1,
      errorMessage: asTextOrNull(message['error_message']),
      endReason: role === 'assistant' && !('end_reason' in message) ? 'stop' : asTextOrNull(message['end_reason']),
      inputTokens: asTokens(message['input_tokens']),
      outputTokens: asTokens(message['output_tokens']),
      costNanos: asCostNanos(message['cost_usd']),
      rating: message['rating'] === 'good' ? 1 : message['rating'] === 'bad' ? -1 : null,
      updatedAt: asTime(message['updated_at']),
      attachments: asArray(message['attachments']).map(asObject).map(readAttachment),
    },
  }
}

function readBlocks(value: unknown): readonly unknown[] | null {
  const blocks = asArray(value).filter((block) => isObject(block) && typeof block['type'] === 'string')
  return blocks.length === 0 || isTooDeep(blocks) ? null : blocks
}

/** What was being written when it was exported is not being written any more. */
function asStatus(value: unknown): OwnMessage['status'] {
  if (value === 'running') return 'interrupted'
  return value === 'stopped' || value === 'interrupted' || value === 'failed' ? value : 'done'
}

function readAttachment(json: Json): OwnAttachment {
  return {
    id: asText(json['id']),
    name: asText(json['name']).slice(0, 200) || 'file',
    media_type: asText(json['media_type']).slice(0, 100),
    size: asCount(json['size']),
  }
}

const mostBots = 8
const highestRank = 1_000_000

function readGroup(json: Json): OwnGroup {
  const mode = json['reply_mode']
  return {
    replyMode: mode === 'at_once' || mode === 'mentioned' || mode === 'moderated' ? mode : 'all',
    moderatorId: asTextOrNull(json['moderator_id']),
    botTurns: Math.min(asCount(json['bot_turns']), mostBotTurns),
    bots: asArray(json['bots']).slice(0, mostBots).map(asObject).map(readBot),
  }
}

function readBot(bot: Json): OwnBot {
  const color = asText(bot['color'])
  return {
    id: asText(bot['id']),
    name: asText(bot['name']).trim().slice(0, 50) || 'bot',
    personality: asText(bot['personality']).slice(0, 4_000),
    description: asText(bot['description']).slice(0, 4_000),
    responseTendency: asText(bot['response_tendency']).slice(0, 4_000),
    modelId: asTextOrNull(bot['model_id']),
    parameters: asParameters(bot['parameters']),
    color: /^#[0-9a-fA-F]{6}$/.test(color) ? color : null,
    createdAt: asTime(bot['created_at']) ?? 0,
  }
}

function asParameters(value: unknown): Parameters {
  const read = parametersSchema.safeParse(value)
  return read.success ? read.data : {}
}
