/**
 * The neutral form: what every wire is read into and written from.
 *
 * Guarantees: it is plain JSON data (a request can be stored and compared), it has one way to say each thing, and it
 * carries all that any of the four wires can say, or names in `extra` what only one of them can.
 */
import type { FaultParameters, WireFault } from './faults.ts'

export const wireNames = ['anthropic', 'openai-chat', 'openai-responses', 'gemini'] as const
export type WireName = (typeof wireNames)[number]

export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject
export type JsonObject = { [key: string]: JsonValue }

// ── Request ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ChatRequest {
  model: string
  stream: boolean
  /** Instructions that stand before the conversation, in order. */
  system: TextBlock[]
  messages: ChatMessage[]
  tools: ToolDefinition[]
  toolChoice?: ToolChoice
  /** False: at most one tool call in a reply. Absent: the upstream's default. */
  parallelToolCalls?: boolean
  /** The most tokens the reply may have, thinking included. */
  maxTokens?: number
  temperature?: number
  topP?: number
  topK?: number
  stop?: string[]
  seed?: number
  presencePenalty?: number
  frequencyPenalty?: number
  output?: OutputFormat
  reasoning?: Reasoning
  /** Who the end user is, as the client calls them. */
  userId?: string
  metadata?: { [key: string]: string }
  serviceTier?: string
  /** The client's own key for prompt caching, where its wire has one. */
  cacheKey?: string
  /** Fields that only one wire has, kept under its name, so that the same wire out says them again. */
  extra?: Partial<Record<WireName, JsonObject>>
}

/**
 * `system` inside `messages` is an instruction given in the middle of a conversation (OpenAI's `developer` too). `name` tells
 * those apart who speak in the same role.
 */
export type ChatMessage =
  | { role: 'user'; content: UserBlock[]; name?: string }
  | { role: 'assistant'; content: AssistantBlock[]; name?: string }
  | { role: 'system'; content: TextBlock[] }

export type UserBlock = TextBlock | ImageBlock | DocumentBlock | AudioBlock | ToolResultBlock
export type AssistantBlock = TextBlock | ThinkingBlock | ToolCallBlock | ImageBlock | RefusalBlock

/** Marks the end of a prefix that the upstream should cache, and for how long. */
export interface CacheMark {
  ttl?: '5m' | '1h'
}

export interface TextBlock {
  type: 'text'
  text: string
  cache?: CacheMark
  annotations?: Annotation[]
}

/** Where bytes come from: inline (standard base64, no data: prefix), a URL, or an id of the upstream's own file store. */
export type MediaSource =
  | { kind: 'base64'; mediaType: string; data: string }
  | { kind: 'url'; url: string; mediaType?: string }
  | { kind: 'file'; fileId: string; mediaType?: string }

export interface ImageBlock {
  type: 'image'
  source: MediaSource
  detail?: 'low' | 'high' | 'auto'
  cache?: CacheMark
}

export interface DocumentBlock {
  type: 'document'
  source: MediaSource | { kind: 'text'; text: string }
  title?: string
  context?: string
  /** The client asked for citations from this document. */
  citations?: boolean
  cache?: CacheMark
}

export interface AudioBlock {
  type: 'audio'
  source: MediaSource
  format?: string
}

export interface ToolCallBlock {
  type: 'tool-call'
  id: string
  name: string
  /** The arguments as JSON text, exactly as the model wrote them. */
  arguments: string
  cache?: CacheMark
  /** Opaque continuation data bound to this call (Gemini's thoughtSignature). */
  signature?: string
}

export interface ToolResultBlock {
  type: 'tool-result'
  toolCallId: string
  /** The tool's name where the wire says it (Gemini needs it). */
  toolName?: string
  content: (TextBlock | ImageBlock | DocumentBlock)[]
  isError?: boolean
  cache?: CacheMark
}

/**
 * What the model thought before it spoke. `text` may be a summary; `signature` proves to the upstream that the text is
 * its own; `encrypted` is opaque content to hand back unchanged (Anthropic's redacted block, OpenAI's encrypted_content).
 */
export interface ThinkingBlock {
  type: 'thinking'
  text: string
  signature?: string
  encrypted?: string
  /** The upstream's id of this item, where it has one. */
  id?: string
  /** Whose `signature`, `encrypted` and `detail` these are: no other wire can do anything with them. Absent: not known. */
  wire?: WireName
  /** What OpenRouter says of this piece of thinking besides (`type`, `format`, `index`): it wants its pieces back unchanged. */
  detail?: { [name: string]: string | number | boolean }
}

export interface RefusalBlock {
  type: 'refusal'
  text: string
}

/** A source that a piece of text rests on. Offsets count UTF-16 units in the block's text. */
export interface Annotation {
  kind: 'url' | 'document' | 'file'
  url?: string
  title?: string
  fileId?: string
  quote?: string
  start?: number
  end?: number
  /** The wire's own object, for the same wire out. */
  raw?: JsonObject
}

export interface ToolDefinition {
  name: string
  description?: string
  /** JSON Schema of the arguments. */
  parameters?: JsonObject
  strict?: boolean
  cache?: CacheMark
  /** It takes free text, which is `input` in the arguments. Wires that have no such tools are told `parameters`. */
  freeText?: { grammar?: { syntax: string; definition: string } }
  /** A tool that the upstream runs itself (web search …): the wire's own object; only that wire can carry it. */
  builtin?: { wire: WireName; definition: JsonObject }
}

export type ToolChoice = { type: 'auto' } | { type: 'none' } | { type: 'required' } | { type: 'tool'; name: string }

export type OutputFormat =
  | { type: 'text' }
  | { type: 'json' }
  | { type: 'json-schema'; name?: string; description?: string; schema: JsonObject; strict?: boolean }

export interface Reasoning {
  /** False: do not think. */
  enabled?: boolean
  effort?: 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'
  budgetTokens?: number
  /** The client wants to see (a summary of) the thinking. */
  summary?: 'auto' | 'concise' | 'detailed' | 'omitted'
  /** The client wants encrypted thinking that it can hand back. */
  encrypted?: boolean
}

// ── Reply ────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A reply is a sequence of events: `start`, then blocks one after another or interleaved, told apart by `index` (from 0,
 * rising in the order they open), each closed by `block-end`; `usage` any number of times (the last one stands);
 * then `finish` or `error`. A whole (not streamed) reply is the same sequence.
 */
export type ChatEvent =
  | { type: 'start'; id: string; model: string; createdAt?: number }
  | { type: 'text'; index: number; text: string }
  | { type: 'annotation'; index: number; annotation: Annotation }
  | { type: 'refusal'; index: number; text: string }
  | ThinkingEvent
  | { type: 'tool-call-start'; index: number; id: string; name: string; signature?: string }
  | { type: 'tool-call-delta'; index: number; json: string }
  | { type: 'image'; index: number; mediaType: string; data: string }
  | { type: 'block-end'; index: number }
  | { type: 'usage'; usage: Usage }
  | { type: 'finish'; reason: FinishReason; stopSequence?: string }
  | { type: 'error'; error: RelayError }

/** `text` is a fragment; `signature`, `encrypted`, `id` and `detail` come whole, with any of the block's events. */
export interface ThinkingEvent extends Omit<ThinkingBlock, 'type'> {
  type: 'thinking'
  index: number
}

export type FinishReason =
  | 'stop'
  | 'stop-sequence'
  | 'length'
  | 'context-window'
  | 'tool-calls'
  | 'refusal'
  | 'content-filter'
  | 'pause'
  | 'malformed-tool-call'

/**
 * Counts that never overlap: a token is in exactly one of them, so a bill is the sum of counter × price.
 * What a wire folds together (OpenAI's prompt_tokens hold the cached ones) is taken apart when it is read.
 */
export interface Usage {
  input: number
  output: number
  cacheRead: number
  cacheWrite5m: number
  cacheWrite1h: number
  thinking: number
  audioInput: number
  audioOutput: number
  /** Not tokens: searches by the provider's own tools, which it bills by the call. */
  webSearches: number
  fileSearches: number
  /** The tier of service that it was used at, in the provider's word; null: the everyday one, or not said. */
  serviceTier: string | null
}

export type UsageCounter = Exclude<keyof Usage, 'serviceTier'>

export const noUsage: Readonly<Usage> = Object.freeze({
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  thinking: 0,
  audioInput: 0,
  audioOutput: 0,
  webSearches: 0,
  fileSearches: 0,
  serviceTier: null,
})

// ── Errors ───────────────────────────────────────────────────────────────────────────────────────────────────────

export type RelayErrorKind =
  | 'invalid-request'
  | 'authentication'
  | 'payment'
  | 'permission'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'rate-limit'
  | 'server'
  | 'overloaded'
  | 'unavailable'
  | 'timeout'

/** An error as any wire can say it. `status` is the HTTP status that goes with it. */
export interface RelayError {
  kind: RelayErrorKind
  status: number
  message: string
  /** The provider's own code (OpenAI's `code`, `insufficient_quota` …), kept where the wire out has a place for it. */
  code?: string
  /** The request field that is wrong. */
  param?: string
  retryAfterMs?: number
}

/** Thrown by readers and writers: the request cannot be read, or cannot be said on the other wire without losing meaning. */
export class WireError extends Error {
  override readonly name = 'WireError'
  /** Path of the field that is at fault, e.g. `messages[2].content[0].source`. */
  readonly field: string
  readonly fault: WireFault
  readonly parameters: FaultParameters

  constructor(field: string, fault: WireFault, parameters: FaultParameters = {}, options?: ErrorOptions) {
    super(`${field}: ${fault}`, options)
    this.field = field
    this.fault = fault
    this.parameters = parameters
  }
}
