import {
  assertHoldable,
  type ChatEvent,
  HeldBody,
  type Meter,
  noUsage,
  parseExactly,
  type RelayError,
  SseDecoder,
  type SseEvent,
  type Usage,
  type Wire,
  type WriteContext,
} from '@parley/wires'
import type { Output } from './reply.ts'

/**
 * What happens to a reply between the upstream and the caller. Same wire on both sides: the bytes are the output and a
 * meter reads beside them. Otherwise: chunk → neutral events → the caller's wire, each chunk in the turn it arrives.
 */
export interface Passage<Chunk> {
  /** Takes a chunk in: from here on `reading` knows it. Nothing of it goes to the caller before `write`. */
  read(chunk: Chunk): void
  /** What is to go to the caller because of the chunk that was read last. Once for each. */
  write(): readonly Output[]
  /** The upstream has ended: what is still owed. */
  end(): readonly Output[]
  readonly reading: Reading
  /** The caller has a part of an event. */
  readonly isInsideEvent: boolean
}

/** What the reply has said so far. */
export interface Reading {
  readonly usage: Usage | undefined
  /** Something of the reply itself has come: from here on the call is never repeated. */
  readonly hasContent: boolean
  /** The reply is whole. */
  readonly isFinished: boolean
  readonly error: RelayError | undefined
  /** Length of what was said, UTF-16 units. */
  readonly contentLength: number
}

/** /!\ Hot path: same wire in and out, bytes untouched. */
export class BytePassage implements Passage<Buffer> {
  readonly reading: Meter
  readonly #output: [Buffer]

  constructor(meter: Meter) {
    this.reading = meter
    this.#output = [Buffer.alloc(0)]
  }

  read(chunk: Buffer): void {
    this.reading.push(chunk)
    this.#output[0] = chunk
  }

  write(): readonly Output[] {
    return this.#output
  }

  get isInsideEvent(): boolean {
    return !this.reading.isAtBoundary
  }

  end(): readonly Output[] {
    this.reading.end()
    return []
  }
}

/** Chunk → neutral events. */
export interface Decoder<Chunk> {
  push(chunk: Chunk): readonly ChatEvent[]
  end(): readonly ChatEvent[]
}

/** Neutral events → what the caller gets. `end` is for a whole reply, which is written at once. */
export interface Encoder {
  write(events: readonly ChatEvent[]): readonly Output[]
  end(): readonly Output[]
}

const contentEvents: ReadonlySet<ChatEvent['type']> = new Set([
  'text',
  'thinking',
  'refusal',
  'tool-call-start',
  'tool-call-delta',
  'image',
  'annotation',
  'finish',
])

/** Different wires, or the chat, or the simulator. */
export class EventPassage<Chunk> implements Passage<Chunk> {
  readonly reading = new EventReading()
  readonly isInsideEvent = false
  readonly #decoder: Decoder<Chunk>
  readonly #encoder: Encoder
  #events: readonly ChatEvent[] = []

  constructor(decoder: Decoder<Chunk>, encoder: Encoder) {
    this.#decoder = decoder
    this.#encoder = encoder
  }

  read(chunk: Chunk): void {
    this.#take(this.#decoder.push(chunk))
  }

  /** An error is not encoded here: the engine decides whether another attempt follows or the caller is told. */
  write(): readonly Output[] {
    const events = this.#events
    if (events.length === 0) return []
    return this.#encoder.write(this.reading.error ? events.filter(({ type }) => type !== 'error') : events)
  }

  end(): readonly Output[] {
    this.#take(this.#decoder.end())
    const last = this.write()
    return this.reading.error ? last : [...last, ...this.#encoder.end()]
  }

  #take(events: readonly ChatEvent[]): void {
    this.#events = events
    for (const event of events) this.reading.read(event)
    // Writers put together what was said: the chat, a whole reply, the last event of a wire that repeats it all.
    assertHoldable(this.reading.contentLength + this.reading.pictureLength)
  }
}

class EventReading implements Reading {
  usage: Usage | undefined
  hasContent = false
  isFinished = false
  error: RelayError | undefined
  contentLength = 0
  pictureLength = 0

  read(event: ChatEvent): void {
    if (!this.hasContent) this.hasContent = contentEvents.has(event.type)
    if (event.type === 'usage') this.usage = { ...noUsage, ...event.usage }
    else if (event.type === 'finish') this.isFinished = true
    else if (event.type === 'error') this.error = event.error
    else if (event.type === 'text' || event.type === 'thinking' || event.type === 'refusal')
      this.contentLength += event.text.length
    else if (event.type === 'tool-call-delta') this.contentLength += event.json.length
    else if (event.type === 'image') this.pictureLength += event.data.length
  }
}

// ── Decoders ─────────────────────────────────────────────────────────────────────────────────────────────────────

export const neutralDecoder: Decoder<ChatEvent> = { push: (event) => [event], end: () => [] }

export function createStreamDecoder(wire: Wire): Decoder<Buffer> {
  const sse = new SseDecoder()
  const reader = wire.readStream()
  const read = (said: readonly SseEvent[]): ChatEvent[] => {
    const events: ChatEvent[] = []
    for (const event of said) for (const neutral of reader.read(event)) events.push(neutral)
    return events
  }
  return {
    push: (chunk) => read(sse.push(chunk)),
    end: () => [...read(sse.end()), ...reader.end()],
  }
}

/** A whole reply: nothing can be said before all of it is there. */
export function createBodyDecoder(wire: Wire): Decoder<Buffer> {
  const held = new HeldBody()
  return {
    push: (chunk) => {
      held.push(chunk)
      return []
    },
    end: () => wire.readResponse(parseExactly(held.take())),
  }
}

// ── Encoders ─────────────────────────────────────────────────────────────────────────────────────────────────────

export const neutralEncoder: Encoder = { write: (events) => events, end: () => [] }

export function createStreamEncoder(wire: Pick<Wire, 'writeStream'>, context: WriteContext): Encoder {
  const write = wire.writeStream(context)
  return {
    write: (events) => {
      let text = ''
      for (const event of events) text += write(event)
      // As bytes at once: each who handles the text would have to count or make them.
      return text === '' ? [] : [Buffer.from(text)]
    },
    end: () => [],
  }
}

export function createBodyEncoder(wire: Pick<Wire, 'writeResponse'>, context: WriteContext): Encoder {
  const all: ChatEvent[] = []
  return {
    write: (events) => {
      all.push(...events)
      return []
    },
    end: () => [JSON.stringify(wire.writeResponse(all, context))],
  }
}
