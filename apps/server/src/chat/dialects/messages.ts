import type { Usage } from '@parley/wires'
import { isContent, MessageFold } from '../runs/message-fold.ts'
import {
  type ContentEvent,
  type ContextCounted,
  isCutOff,
  type LoggedEvent,
  type MessageEnded,
  type MessageStarted,
  type RunError,
  type UsageSettled,
} from '../runs/run-event.ts'
import { type Encoder, formatEvent } from './dialect.ts'

/**
 * The events `userMessage`, `aiMessageStart`, `aiMessageChunk`, `aiMessageEnd`, then `done` or `error`: what our own page
 * reads too. Added to them are an `id:` on each, `run` (first), `aiThinkingChunk`, `aiToolCall`,
 * `usage`, and `context` when the model does not read all of the conversation and its files. The added ones have no `event:`
 * line, which names them `message` all the same, so that readers that look for these lines see what they know.
 */
export function createMessagesEncoder(): Encoder {
  let speaking: { messageId: string; sender: { sender_name?: string }; fold: MessageFold } | undefined

  function about(fields: object): object {
    return { messageId: speaking?.messageId, ...speaking?.sender, ...fields }
  }

  function content(event: ContentEvent | UsageSettled): { type: string; data: object } | undefined {
    speaking?.fold.add(event)
    switch (event.type) {
      case 'text':
      case 'refusal':
        return { type: 'aiMessageChunk', data: about({ content: event.text }) }
      case 'thinking':
        return event.text === '' ? undefined : { type: 'aiThinkingChunk', data: about({ content: event.text }) }
      case 'tool-call-start':
        return {
          type: 'aiToolCall',
          data: about({ index: event.index, id: event.id, name: event.name, arguments: '' }),
        }
      case 'tool-call-delta':
        return { type: 'aiToolCall', data: about({ index: event.index, arguments: event.json }) }
      case 'image':
        return { type: 'aiImage', data: about({ index: event.index, mediaType: event.mediaType, data: event.data }) }
      case 'usage':
        return { type: 'usage', data: about(tokenCounts(event.usage)) }
      default:
        return undefined
    }
  }

  function end({ error, status }: MessageEnded, seq: number): string {
    if (error !== undefined) return failed(seq, error, about({ status }))
    const content = speaking?.fold.result().content ?? ''
    return said(seq, { type: 'aiMessageEnd', data: about({ content, status }) })
  }

  return ({ seq, event }: LoggedEvent) => {
    switch (event.type) {
      case 'run':
        return said(seq, { type: 'run', data: { id: event.runId, conversation_id: event.conversationId } })
      case 'user-message': {
        const { messageId, senderName, parentId, senderId, createdAt, attachments } = event
        const data = {
          id: messageId,
          sender_type: 'user',
          ...(senderName === null ? {} : { sender_name: senderName }),
          content: event.content,
          created_at: new Date(createdAt).toISOString(),
          sender_id: senderId,
          parent_id: parentId,
          ...(attachments && { attachments }),
        }
        return said(seq, { type: 'userMessage', data })
      }
      case 'message-start':
        speaking = { messageId: event.messageId, sender: senderOf(event), fold: new MessageFold() }
        return said(seq, { type: 'aiMessageStart', data: startData(event) })
      case 'context':
        return isWhole(event) ? '' : said(seq, { type: 'context', data: about(contextData(event)) })
      case 'message-end':
        return end(event, seq)
      case 'end':
        if (event.error !== undefined) return failed(seq, event.error, { status: event.status })
        return isCutOff(event.status) ? '' : formatEvent({ seq, event: 'done', data: { success: true } })
      default: {
        const what = isContent(event) ? content(event) : undefined
        return what === undefined ? '' : said(seq, what)
      }
    }
  }
}

const plainTypes: ReadonlySet<string> = new Set(['userMessage', 'aiMessageStart', 'aiMessageChunk', 'aiMessageEnd'])

function said(seq: number, data: { type: string; data: object }): string {
  return formatEvent({ seq, ...(plainTypes.has(data.type) && { event: 'message' }), data })
}

function failed(seq: number, { message, code }: RunError, about: object): string {
  return formatEvent({ seq, event: 'error', data: { type: 'error', message, code, ...about } })
}

/** Names are only said where several may speak. */
function senderOf({ senderName }: MessageStarted): { sender_name?: string } {
  return senderName === null ? {} : { sender_name: senderName }
}

function startData(event: MessageStarted): object {
  return {
    id: event.messageId,
    sender_type: 'bot',
    ...senderOf(event),
    created_at: new Date(event.createdAt).toISOString(),
    sender_id: event.senderId,
    parent_id: event.parentId,
    model_id: event.modelId,
  }
}

/** The model reads all that was said and sent. */
function isWhole({ omittedMessages, unreadAttachments = [] }: ContextCounted): boolean {
  return omittedMessages === 0 && unreadAttachments.length === 0
}

function contextData({ promptTokens, contextLimit, omittedMessages, unreadAttachments = [] }: ContextCounted): object {
  return {
    prompt_tokens: promptTokens,
    context_limit: contextLimit,
    omitted_messages: omittedMessages,
    ...(unreadAttachments.length === 0 ? {} : { unread_attachments: unreadAttachments }),
  }
}

/** Tokens in the names that most clients know, cached ones included in what was read. */
export function tokenCounts(usage: Usage): { prompt_tokens: number; completion_tokens: number; total_tokens: number } {
  const prompt = usage.input + usage.audioInput + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h
  const completion = usage.output + usage.audioOutput + usage.thinking
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
}
