import type { ServerEvent } from '@parley/sdk/events.ts'
/** What the events of a run say, put into the loaded conversation and into live replies. */
import type { Attachment, Message, MessageStatus } from '../../api/types.ts'
import { liveReplyOf, touchLiveReplies } from './live-replies.ts'
import { dropSent } from './outbox-store.ts'
import { reloadConversation, tryPlace } from './queries.ts'

interface EventData {
  readonly id?: string
  readonly messageId?: string
  readonly parent_id?: string | null
  readonly sender_id?: string | null
  readonly sender_name?: string
  readonly model_id?: string
  readonly content?: string
  readonly attachments?: readonly Attachment[]
  readonly created_at?: string
  readonly status?: MessageStatus
  readonly index?: number
  readonly name?: string
  readonly arguments?: string
  readonly mediaType?: string
  readonly data?: string
}

interface ErrorData {
  readonly message: string
  readonly code?: string
  /** The reply that it ends. */
  readonly messageId?: string
  readonly status?: MessageStatus
}

/** The run that an event begins. */
export function tryRunId({ event, data }: ServerEvent): string | undefined {
  if (event !== 'message') return undefined
  const said = JSON.parse(data) as { type: string; data: EventData }
  return said.type === 'run' ? said.data.id : undefined
}

export class RunEvents {
  readonly conversationId: string
  runId: string | undefined
  /** The number of the last event that has been taken. */
  lastId = '0'
  isDone = false
  hasFailed = false
  readonly messageIds = new Set<string>()
  readonly #isBeside: boolean

  /** `isBeside`: what it says is not on the branch that is shown. */
  constructor(conversationId: string, { isBeside }: { isBeside: boolean }) {
    this.conversationId = conversationId
    this.#isBeside = isBeside
  }

  take({ event, data, id }: ServerEvent): void {
    this.lastId = id ?? this.lastId
    if (event === 'done') this.isDone = true
    else if (event === 'error') this.#fail(JSON.parse(data) as ErrorData)
    else {
      const said = JSON.parse(data) as { type: string; data: EventData }
      this.#say(said.type, said.data)
    }
    touchLiveReplies()
  }

  #say(type: string, data: EventData): void {
    switch (type) {
      case 'userMessage':
        this.#place(data, 'user')
        break
      case 'aiMessageStart':
        this.messageIds.add(data.id ?? '')
        liveReplyOf(data.id ?? '')
        if (!this.#isBeside) this.#place(data, 'assistant')
        break
      case 'aiMessageEnd':
        liveReplyOf(data.messageId ?? '').end(data.status ?? 'done')
        break
      default:
        this.#grow(type, data)
    }
  }

  #grow(type: string, data: EventData): void {
    if (data.messageId === undefined || !this.messageIds.has(data.messageId)) return
    const reply = liveReplyOf(data.messageId)
    const { index = 0, id, name } = data
    if (type === 'aiMessageChunk') reply.addText('text', data.content ?? '')
    else if (type === 'aiThinkingChunk') reply.addText('thinking', data.content ?? '')
    else if (type === 'aiImage') reply.addImage(data.mediaType ?? '', data.data ?? '')
    else if (type === 'aiToolCall') {
      const named = { ...(id === undefined ? {} : { id }), ...(name === undefined ? {} : { name }) }
      reply.addTool({ index, input: data.arguments ?? '', ...named })
    }
  }

  #fail({ message, code, messageId, status = 'failed' }: ErrorData): void {
    this.hasFailed = true
    if (messageId !== undefined) liveReplyOf(messageId).end(status, { message, code })
  }

  #place(data: EventData, role: Message['role']): void {
    const { conversationId } = this
    const forgetSent = () => role === 'user' && dropSent(conversationId)
    if (tryPlace(newMessage(this, data, role))) forgetSent()
    else void reloadConversation(conversationId).then(forgetSent)
  }
}

function newMessage({ conversationId, runId }: RunEvents, data: EventData, role: Message['role']): Message {
  const time = data.created_at ?? new Date().toISOString()
  return {
    id: data.id ?? '',
    conversation_id: conversationId,
    parent_id: data.parent_id ?? null,
    sibling_ids: [data.id ?? ''],
    role,
    sender_id: data.sender_id ?? null,
    sender_name: data.sender_name ?? null,
    content: data.content ?? '',
    attachments: data.attachments ?? [],
    blocks: null,
    model_id: data.model_id ?? null,
    status: role === 'user' ? 'done' : 'running',
    error_message: null,
    end_reason: null,
    run_id: runId ?? null,
    client_message_id: null,
    input_tokens: 0,
    output_tokens: 0,
    cost_usd: 0,
    rating: null,
    created_at: time,
    updated_at: time,
  }
}
