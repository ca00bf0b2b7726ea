/**
 * What others write into their export files, as one form. Nothing in a file is trusted: what is not as expected is left
 * out, and what follows a message that was left out follows what came before it.
 */
import { asArray, asObject, asText, asTime, isObject, type Json } from './json-values.ts'
import { readClaudeBlocks } from './claude-blocks.ts'
import type { ImportedConversation, ImportedMessage } from './imported.ts'
import { readOwn } from './own-format.ts'

/** The conversations in one piece of a file; none: nobody knows what it is. */
export function readConversations(piece: unknown): ImportedConversation[] {
  const json = asObject(piece)
  if (json['format'] === 'parley-conversation') return [readOwn(json)]
  if (isObject(json['mapping'])) return [readChatGpt(json)]
  if (Array.isArray(json['chat_messages'])) return [readClaude(json)]
  if (isObject(asObject(json['chat'])['history'])) return [readOpenWebUi(json)]
  const store = asObject(json['chat-next-web-store'])
  return asArray(store['sessions']).map((session) => readNextChat(asObject(session)))
}

/** `conversations.json` of OpenAI's data export. */
function readChatGpt(json: Json): ImportedConversation {
  const nodes = Object.entries(asObject(json['mapping'])).map(([id, node]) => ({ id, ...asObject(node) }) as Json)
  return {
    ...plain,
    source: 'chatgpt',
    sourceId: asText(json['conversation_id']) || asText(json['id']),
    title: asText(json['title']),
    createdAt: asTime(json['create_time']),
    updatedAt: asTime(json['update_time']),
    activeId: asText(json['current_node']) || undefined,
    messages: nodes.map((node) => {
      const message = asObject(node['message'])
      const metadata = asObject(message['metadata'])
      const content = asObject(message['content'])
      const isHidden = metadata['is_visually_hidden_from_conversation'] === true
      const isText = ['text', 'multimodal_text'].includes(asText(content['content_type']))
      return {
        id: asText(node['id']),
        parentId: asText(node['parent']) || null,
        role: isHidden || !isText ? 'other' : asRole(asObject(message['author'])['role']),
        content: asArray(content['parts']).map(partText).join('\n').trim(),
        modelId: asText(metadata['model_slug']) || null,
        createdAt: asTime(message['create_time']),
      }
    }),
  }
}

/** `conversations.json` of Anthropic's data export: in order, newer ones with the message that each follows. */
function readClaude(json: Json): ImportedConversation {
  const messages = asArray(json['chat_messages']).map(asObject)
  const known = new Set(messages.map((message) => asText(message['uuid'])))
  return {
    ...plain,
    source: 'claude',
    sourceId: asText(json['uuid']),
    title: asText(json['name']),
    createdAt: asTime(json['created_at']),
    updatedAt: asTime(json['updated_at']),
    activeId: asText(asObject(messages.at(-1))['uuid']) || undefined,
    messages: messages.map((message, index) => {
      const parent = asText(message['parent_message_uuid'])
      const before = asText(asObject(messages[index - 1])['uuid']) || null
      const texts = asArray(message['content'])
        .map(partText)
        .filter((text) => text !== '')
      return {
        id: asText(message['uuid']),
        parentId: parent === '' ? before : known.has(parent) ? parent : null,
        role: asRole(message['sender']),
        content: texts.join('\n\n') || asText(message['text']),
        blocks: readClaudeBlocks(message['content']),
        modelId: null,
        createdAt: asTime(message['created_at']),
      }
    }),
  }
}

function readOpenWebUi(json: Json): ImportedConversation {
  const chat = asObject(json['chat'])
  const history = asObject(chat['history'])
  return {
    ...plain,
    source: 'open-webui',
    sourceId: asText(json['id']),
    title: asText(json['title']) || asText(chat['title']),
    modelId: asText(asArray(chat['models'])[0]) || null,
    tags: asArray(asObject(json['meta'])['tags']).map(asText),
    pinRank: json['pinned'] === true ? 1 : 0,
    isArchived: json['archived'] === true,
    createdAt: asTime(json['created_at']),
    updatedAt: asTime(json['updated_at']),
    activeId: asText(history['currentId']) || undefined,
    messages: Object.values(asObject(history['messages']))
      .map(asObject)
      .map((message) => ({
        id: asText(message['id']),
        parentId: asText(message['parentId']) || null,
        role: asRole(message['role']),
        content: asText(message['content']),
        modelId: asText(message['model']) || null,
        createdAt: asTime(message['timestamp']),
      })),
  }
}

/** A backup of NextChat: times of messages are in the words of somebody's locale, and may not be readable. */
function readNextChat(session: Json): ImportedConversation {
  const messages = asArray(session['messages']).map(asObject)
  const config = asObject(asObject(session['mask'])['modelConfig'])
  return {
    ...plain,
    source: 'nextchat',
    sourceId: asText(session['id']),
    title: asText(session['topic']),
    modelId: asText(config['model']) || null,
    updatedAt: asTime(session['lastUpdate']),
    createdAt: undefined,
    activeId: asText(asObject(messages.at(-1))['id']) || undefined,
    messages: messages.map((message, index) => ({
      id: asText(message['id']),
      parentId: asText(asObject(messages[index - 1])['id']) || null,
      role: asRole(message['role']),
      content: Array.isArray(message['content'])
        ? message['content'].map(partText).join('\n')
        : asText(message['content']),
      modelId: asText(message['model']) || null,
      createdAt: asTime(message['date']),
    })),
  }
}

const plain = { modelId: null, systemPrompt: null, tags: [], pinRank: 0, isArchived: false } as const

/** A part of a message: text as it is, whatever else there is by its kind. */
function partText(part: unknown): string {
  if (typeof part === 'string') return asText(part)
  const json = asObject(part)
  const kind = asText(json['type']) || asText(json['content_type'])
  if (typeof json['text'] === 'string') return kind === 'thinking' ? '' : asText(json['text'])
  return /image/.test(kind) ? '[image]' : ''
}

function asRole(value: unknown): ImportedMessage['role'] {
  if (value === 'user' || value === 'human') return 'user'
  return value === 'assistant' ? 'assistant' : 'other'
}
