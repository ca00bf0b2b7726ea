import { errorTable, type Language, type MessageParameters, type ReachedLimit } from '@parley/contract'
import type { ChatEvent, Usage } from '@parley/wires'
import { type PresentedAttachment, presentAttachment, readAttachments } from '../attachments/attachment.ts'
import type { NewMessage } from '../messages/repository.ts'

/**
 * What a run's log holds: the model's own events in the neutral form, between events that say which message they fill.
 * The log is all there is: every dialect is an encoder over it, and a message's text is folded from it.
 */
export type RunEvent =
  | RunStarted
  | UserMessageSaved
  | MessageStarted
  | ContextCounted
  | ContentEvent
  | UsageSettled
  | MessageEnded
  | RunEnded

export interface RunStarted {
  readonly type: 'run'
  readonly runId: string
  readonly conversationId: string
  /** What its errors are said in, also by those who find it left; absent: of an older version. */
  readonly language?: Language
}

/** The message that the run answers. Absent when a reply is made anew. */
export interface UserMessageSaved {
  readonly type: 'user-message'
  readonly messageId: string
  readonly parentId: string | null
  readonly senderId: string
  readonly senderName: string | null
  readonly content: string
  /** Absent: none. */
  readonly attachments?: readonly PresentedAttachment[]
  readonly createdAt: number
}

/** From here on, content belongs to this message. */
export interface MessageStarted {
  readonly type: 'message-start'
  readonly messageId: string
  readonly parentId: string | null
  readonly modelId: string
  /** The bot that speaks, in a group. */
  readonly senderId: string | null
  readonly senderName: string | null
  readonly createdAt: number
}

/** What the model is about to be asked, as near as it can be counted here. */
export interface ContextCounted {
  readonly type: 'context'
  readonly promptTokens: number
  /** What the model can read; null: not known. */
  readonly contextLimit: number | null
  /** How many of the oldest messages did not fit. */
  readonly omittedMessages: number
  /** Names of files that it cannot read, or that are gone; absent: none. */
  readonly unreadAttachments?: readonly string[]
}

/** What the whole call was billed with, when it is over. */
export interface UsageSettled {
  readonly type: 'usage'
  readonly usage: Usage
  readonly source: 'upstream' | 'estimate'
}

export interface MessageEnded {
  readonly type: 'message-end'
  readonly messageId: string
  readonly status: EndedStatus
  /** Why it is not whole: there when it failed or was interrupted, and only then. */
  readonly error?: RunError
}

/** The last event of every log: nothing follows it. */
export interface RunEnded {
  readonly type: 'end'
  readonly status: EndedStatus
  /** There when no message can say it: the run was interrupted between two speakers. */
  readonly error?: RunError
}

export type ContentEvent = Exclude<ChatEvent, { type: 'start' | 'error' }>

/** `done`: said all; `stopped`: by a person; `interrupted`: the process that made it went away; `failed`: see the error. */
export type EndedStatus = 'done' | 'stopped' | 'interrupted' | 'failed'

export interface RunError {
  readonly code: string
  /** For the person who reads it, in their language. */
  readonly message: string
  readonly retryAfterMs?: number | undefined
  /** The limit that refused. */
  readonly limit?: ReachedLimit | undefined
  /** Of the code's text, where it has some. */
  readonly parameters?: MessageParameters | undefined
}

export const interruption: RunError = { code: 'reply_interrupted', message: errorTable.reply_interrupted.en }

/** Its reader has been told an error, and is not told that all was said. */
export function isCutOff(status: EndedStatus): boolean {
  return status === 'failed' || status === 'interrupted'
}

/** An event as it is in the log. Logs of older versions do not say of a message that it was interrupted why it is not whole. */
export function readRunEvent(json: string): RunEvent {
  const event = JSON.parse(json) as RunEvent
  const isUnsaid = event.type === 'message-end' && event.status === 'interrupted' && event.error === undefined
  return isUnsaid ? { ...event, error: interruption } : event
}

/** The event that announces a message which is about to be written. */
export function messageStarted(message: NewMessage & { readonly created_at: number }): MessageStarted {
  return {
    type: 'message-start',
    messageId: message.id,
    parentId: message.parent_id ?? null,
    modelId: message.model_id ?? '',
    senderId: message.sender_id ?? null,
    senderName: message.sender_name ?? null,
    createdAt: message.created_at,
  }
}

/** The event that tells of a person's message. */
export function userMessageSaved(message: NewMessage & { readonly created_at: number }): UserMessageSaved {
  const attachments = readAttachments(message).map(presentAttachment)
  return {
    type: 'user-message',
    messageId: message.id,
    parentId: message.parent_id ?? null,
    senderId: message.sender_id ?? '',
    senderName: message.sender_name ?? null,
    content: message.content,
    ...(attachments.length === 0 ? {} : { attachments }),
    createdAt: message.created_at,
  }
}

/** `said`: the error of its last message; `unsaid`: that of an interruption which no message tells. */
export function runEnded(
  status: EndedStatus,
  { said, unsaid }: { said: RunError | undefined; unsaid: RunError },
): RunEnded {
  return { type: 'end', status, ...(status === 'interrupted' && said === undefined && { error: unsaid }) }
}

/** An event with its number; a log's numbers are contiguous from 1. */
export interface LoggedEvent {
  readonly seq: number
  readonly event: RunEvent
}

/**
 * Puts two neighbouring events into one that says the same, or gives undefined where they must stay two. So a log under
 * load gets longer events, not more of them.
 */
export function tryJoin(first: RunEvent, second: RunEvent): ContentEvent | undefined {
  if (first.type === 'usage') return second.type === 'usage' && !('source' in second) ? second : undefined
  if (!('index' in first) || !('index' in second) || first.index !== second.index) return undefined
  if (first.type === 'text' && second.type === 'text') return { ...first, text: first.text + second.text }
  if (first.type === 'refusal' && second.type === 'refusal') return { ...first, text: first.text + second.text }
  if (first.type === 'tool-call-delta' && second.type === 'tool-call-delta')
    return { ...first, json: first.json + second.json }
  if (first.type === 'thinking' && second.type === 'thinking')
    return { ...first, ...second, text: first.text + second.text }
  return undefined
}
