import type { IncomingMessage } from 'node:http'

export interface ReceivedSseEvent {
  /** '' when there was none. */
  event: string
  data: string
  id?: string
  /** Comment lines that came since the last event (without their colon and first space). */
  comments?: string[]
}

export interface ReadSseOptions {
  /** Called with every chunk before it is read: for counting bytes, or for waiting, which holds the reader back. */
  onChunk?: (chunk: Buffer, bytesBefore: number) => void | Promise<void>
  /** Destroys the connection once so many bytes of the body have come; the events up to there are given. */
  abortAtByte?: number
}

/**
 * Server-sent events for tests, read by a parser of its own (the one under test must not judge itself): line by line
 * after the standard, over all bytes decoded at once per line, so that chunk ends do not matter.
 *
 * Ends when the body ends; throws what the connection throws (a cut stream: ECONNRESET "aborted"). A last event
 * without its blank line is not given. Leaving the loop destroys the connection. Not reading on is back-pressure.
 */
export async function* readSse(
  response: IncomingMessage,
  options: ReadSseOptions = {},
): AsyncGenerator<ReceivedSseEvent> {
  const lines = new LineSplitter()
  const parser = new EventParser()
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const allowed = Math.max(0, Math.min(chunk.length, (options.abortAtByte ?? Number.POSITIVE_INFINITY) - bytes))
    await options.onChunk?.(chunk, bytes)
    for (const line of lines.push(chunk.subarray(0, allowed))) {
      const event = parser.push(line)
      if (event !== undefined) yield event
    }
    bytes += allowed
    if (bytes >= (options.abortAtByte ?? Number.POSITIVE_INFINITY)) {
      response.destroy()
      return
    }
  }
}

/** The same over bytes that are there already. */
export function parseSse(bytes: Buffer | string): ReceivedSseEvent[] {
  const parser = new EventParser()
  return new LineSplitter()
    .push(Buffer.from(bytes))
    .map((line) => parser.push(line))
    .filter((event) => event !== undefined)
}

/** LF, CR LF and CR all end a line; bytes are kept until their line is whole. */
class LineSplitter {
  #rest = Buffer.alloc(0)
  #skipsLineFeed = false
  #isFirst = true

  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = Buffer.alloc(0)
    if (this.#skipsLineFeed && bytes.length > 0) {
      if (bytes[0] === 0x0a) bytes = bytes.subarray(1)
      this.#skipsLineFeed = false
    }
    let start = 0
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index]
      if (byte !== 0x0a && byte !== 0x0d) continue
      lines.push(this.#decode(bytes.subarray(start, index)))
      if (byte === 0x0d && index + 1 === bytes.length) this.#skipsLineFeed = true
      if (byte === 0x0d && bytes[index + 1] === 0x0a) index++
      start = index + 1
    }
    this.#rest = Buffer.from(bytes.subarray(start))
    return lines
  }

  /** Throws on bytes that are not UTF-8: a stream that arrives garbled must fail its test. */
  #decode(line: Buffer): string {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line)
    const isFirst = this.#isFirst
    this.#isFirst = false
    return isFirst && text.startsWith('\uFEFF') ? text.slice(1) : text
  }
}

class EventParser {
  #event = ''
  #data: string[] = []
  #id: string | undefined
  #comments: string[] = []

  push(line: string): ReceivedSseEvent | undefined {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) this.#comments.push(line.slice(1).replace(/^ /, ''))
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.#event = value
    else if (field === 'data') this.#data.push(value)
    else if (field === 'id') this.#id = value
    return undefined
  }

  #dispatch(): ReceivedSseEvent | undefined {
    const event: ReceivedSseEvent | undefined =
      this.#data.length === 0 ? undefined : { event: this.#event, data: this.#data.join('\n') }
    if (event !== undefined) {
      if (this.#id !== undefined) event.id = this.#id
      if (this.#comments.length > 0) event.comments = this.#comments
      this.#comments = []
    }
    this.#event = ''
    this.#data = []
    this.#id = undefined
    return event
  }
}
