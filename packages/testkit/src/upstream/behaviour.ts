import type { FinishReason, JsonObject, JsonValue, Usage } from '@parley/wires'

/** How often, and where, a reply says what it used. `default` is the wire's own habit. */
export type UsageSaying = 'default' | 'none' | 'every-chunk' | 'first' | 'last'

export interface FakeToolCall {
  name: string
  arguments: JsonObject
}

export interface FakeError {
  /** The status that the error names; also the HTTP status unless `Behaviour.status` says otherwise. */
  status: number
  message?: string
  type?: string
  code?: string
  /** `wire` (the wire's own error object) unless set. Any other text than these is the body as it is. */
  body?: 'wire' | 'html' | 'empty' | { raw: string }
}

/** Where a connection is cut. Bytes are counted in the body, from 0. `insideCharacter: 1` is inside the first multi-byte one. */
export type CutPoint = { afterEvents: number } | { atByte: number } | { insideCharacter: number }

/**
 * What a fake upstream does with one call. Every field may be combined with every other; the default is a good reply.
 * Events are the SSE events of a streamed reply (comments and garbage are not counted); a whole reply is two: its two halves.
 */
export interface Behaviour {
  // What the model says
  text?: string
  /** So many words of the default text. */
  words?: number
  /** A text of this many bytes, in pieces of 16 KB, made while it is written. */
  bytes?: number
  thinking?: boolean | string
  tools?: number | readonly FakeToolCall[]
  image?: boolean
  refusal?: boolean | string
  json?: JsonValue
  finish?: FinishReason
  stopSequence?: string

  // What it says it used
  usage?: Partial<Usage>
  sayUsage?: UsageSaying

  // Status and headers
  status?: number
  headers?: { readonly [name: string]: string }
  contentType?: string
  error?: number | FakeError

  // Time
  headersAfterMs?: number
  firstEventAfterMs?: number
  eventEveryMs?: number

  // Faults
  /** The connection is reset once the request has been read; nothing is answered. */
  reset?: boolean
  stall?: 'before-headers' | { afterEvents: number }
  /** Waits there until a promise settles: for tests that look around in the middle of a reply. Not sayable from outside. */
  hold?: { afterEvents: number; until: Promise<unknown> }
  /** The socket is destroyed there; with `resetOnCut` by RST rather than FIN. */
  cut?: CutPoint
  resetOnCut?: boolean
  /** A clean end of the body, too early; `before-final`: without the event that says the reply is whole, or what follows it. */
  end?: 'before-final' | { afterEvents: number }
  /** The wire's own error event in the middle of a stream; it ends the reply. */
  errorEvent?: { afterEvents: number; status?: number; message?: string }

  // How the bytes go out
  /** Each write to the socket carries so many bytes. */
  split?: number
  /** gzip, as real upstreams do for whoever says `accept-encoding: gzip`; each event is a member of its own. */
  compress?: boolean
  lineEnd?: 'lf' | 'crlf' | 'cr'
  /** Before every event: a `: ping` comment, or an `event: ping`. */
  pings?: 'comment' | 'event'
  /** `harmless`: lines that the standard tells a reader to ignore; `broken-json`: one event whose data is no JSON. */
  garbage?: 'harmless' | 'broken-json'
}
