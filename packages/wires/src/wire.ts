import type { ChatEvent, ChatRequest, JsonObject, RelayError, Usage, WireName } from './neutral.ts'
import type { ChatDialect } from './openai-chat/dialect.ts'
import type { SseEvent } from './sse.ts'

/** One wire format: pure functions between its JSON or SSE and the neutral form. Nothing here does I/O. */
export interface Wire {
  readonly name: WireName

  /** Theirs → neutral. `route` gives what the wire says in the URL (Gemini: model and stream). Throws WireError. */
  readRequest(body: unknown, route?: RequestRoute): ChatRequest
  /** Neutral → theirs. Throws WireError naming the field that this wire cannot say. Only OpenAI Chat has dialects. */
  writeRequest(request: ChatRequest, dialect?: ChatDialect): JsonObject
  /** Where the request goes, after the account's base URL: `/v1/messages`. */
  requestPath(route: RequestRoute): string

  /** Theirs → neutral, event by event. `end` says what is still owed when the bytes end (nothing after a proper end). */
  readStream(): StreamReader
  /** Neutral → theirs: the SSE text of each event, '' when nothing is to be said yet. */
  writeStream(context: WriteContext): (event: ChatEvent) => string
  /** A whole reply is the same events. Throws WireError when the body is not a reply. */
  readResponse(body: unknown): ChatEvent[]
  writeResponse(events: readonly ChatEvent[], context: WriteContext): JsonObject

  /** Never throws, whatever the body (HTML pages, empty bodies). */
  readError(status: number, headers: ResponseHeaders, body: Uint8Array): RelayError
  writeError(error: RelayError): WireErrorReply
  /** The error in the stream's own form, for a stream that has already begun. */
  writeStreamError(error: RelayError): string

  /** Reads usage, content and end off bytes that pass through untouched. */
  meter(kind: 'stream' | 'json'): Meter
}

export interface RequestRoute {
  model: string
  stream: boolean
}

export interface StreamReader {
  read(event: SseEvent): ChatEvent[]
  end(): ChatEvent[]
}

/** What a writer must know of the request it answers. */
export interface WriteContext {
  /** Reply id to use when the upstream gave none of this wire's shape. Any unique string; the wire adds its prefix. */
  id: string
  /** The model name that the client asked for. */
  model: string
  /** Unix time in seconds. */
  createdAt: number
  /** OpenAI Chat: the client asked for `stream_options.include_usage`. */
  includeUsage?: boolean
  /** The request that is answered, for wires that echo parts of it (Responses). */
  request?: ChatRequest
}

export interface WireErrorReply {
  status: number
  headers: { [name: string]: string }
  body: JsonObject
}

export type ResponseHeaders = { readonly [name: string]: string | string[] | undefined }

/**
 * Watches the bytes of a reply. Any chunking gives the same readings, a chunk may end inside a UTF-8 character.
 * It holds at most one event or body, and throws TooLongError when there is no end to it; nothing else is ever thrown.
 */
export interface Meter {
  push(chunk: Uint8Array): void
  /** The bytes have ended: reads what is left. */
  end(): void
  /** What the upstream has said so far, undefined as long as it has said nothing. */
  readonly usage: Usage | undefined
  /** Something of the reply itself has passed (not only its envelope, pings or an error). */
  readonly hasContent: boolean
  /** The wire's own end of the reply has passed. */
  readonly isFinished: boolean
  /** The upstream said an error inside the stream or body. */
  readonly error: RelayError | undefined
  /** Between two events: a comment may be written here. */
  readonly isAtBoundary: boolean
  /** Length of the text (with thinking and tool arguments) that has passed, in UTF-16 units: for estimates. */
  readonly contentLength: number
}
