import { StringDecoder } from 'node:string_decoder'
import { colon, lineFeed, space } from './shared/characters.ts'
import { assertHoldable } from './shared/held.ts'

/**
 * Server-sent events, after the WHATWG HTML standard, section 9.2 (event stream interpretation).
 *
 * Guarantees: any chunking of the same bytes gives the same events, also when a chunk ends inside a UTF-8 character or
 * between CR and LF; time is linear in the bytes; at most one unfinished event is held, and
 * TooLongError is thrown when it does not end. A line that is cut at the end is never dispatched. An event whose lines are
 * whole but whose blank line never came is dispatched at the end, which the standard would not do: some servers end so, and
 * what it says (the usage, mostly) counts.
 *
 * Whoever reads every event decodes each chunk once (SseDecoder). Meters look at few, so they scan bytes kept as latin1
 * strings, one character per byte: then no cut can hurt a character, and text is decoded only where somebody reads it.
 */
export interface SseEvent {
  /** The `event:` field; '' when there was none. */
  event: string
  /** The `data:` lines, joined by LF. */
  data: string
  /** The `id:` field of this event, when it had one. */
  id?: string
}

/** Gets each event as the text that was pushed: of bytes, raw latin1, which `decodeRaw` makes readable. */
export type EventHandler = (event: string, data: string, id: string | undefined) => void

const lastAscii = 0x7f
const byteOrderMark = '\ufeff'
const rawByteOrderMark = '\u00ef\u00bb\u00bf'
const nonAscii = /[\u0080-\u00ff]/
const lineBreak = /\r\n?/g

/** The text that a latin1 string of UTF-8 bytes stands for. */
export function decodeRaw(raw: string): string {
  return nonAscii.test(raw) ? Buffer.from(raw, 'latin1').toString('utf8') : raw
}

/** /!\ Hot path: runs on every chunk of every stream that passes through. */
export class SseScanner {
  readonly #handle: EventHandler
  readonly #byteOrderMark: string
  /** The lines of the event that is not over yet, line endings made LF. */
  #held = ''
  #isLineEmpty = true
  #endedInCr = false
  #isFirstBlock = true

  constructor(handle: EventHandler, mark = rawByteOrderMark) {
    this.#handle = handle
    this.#byteOrderMark = mark
  }

  /** No part of an event is held: a comment may be written here. */
  get isAtBoundary(): boolean {
    return this.#held === ''
  }

  push(chunk: Uint8Array): void {
    this.pushText(toRaw(chunk))
  }

  pushText(chunk: string): void {
    if (chunk === '') return
    let text = chunk
    if (this.#endedInCr && text.charCodeAt(0) === lineFeed) text = text.slice(1)
    this.#endedInCr = text.endsWith('\r')
    if (text.includes('\r')) text = text.replace(lineBreak, '\n')
    this.#pushLines(text)
  }

  end(): void {
    if (this.#held !== '' && this.#isLineEmpty) this.#dispatch(this.#held, 0, this.#held.length)
    this.#held = ''
    this.#isLineEmpty = true
  }

  #pushLines(text: string): void {
    let from = 0
    if (this.#isLineEmpty && text.charCodeAt(0) === lineFeed) from = this.#closeBlock(text, 0, 0)
    for (;;) {
      const blank = text.indexOf('\n\n', from)
      if (blank === -1) break
      from = this.#closeBlock(text, from, blank)
    }
    if (from === text.length) return
    assertHoldable(this.#held.length + text.length - from)
    this.#held += text.slice(from)
    this.#isLineEmpty = text.endsWith('\n')
  }

  /** Dispatches what is held and `from` to `to`; returns where the next event begins, after all blank lines. */
  #closeBlock(text: string, from: number, to: number): number {
    const held = this.#held
    this.#held = ''
    this.#isLineEmpty = true
    if (held !== '') this.#dispatch(held + text.slice(from, to), 0, held.length + to - from)
    else if (to > from) this.#dispatch(text, from, to)
    let next = to + 1
    while (text.charCodeAt(next) === lineFeed) next += 1
    return next
  }

  /** Nearly all events are a name and one line of data, or that line alone. */
  #dispatch(text: string, from: number, to: number): void {
    const nameEnd = text.startsWith('event: ', from) ? text.indexOf('\n', from) : from - 1
    const dataAt = nameEnd + 1
    const lineEnd = text.startsWith('data: ', dataAt) ? text.indexOf('\n', dataAt) : 0
    if (lineEnd !== to && (lineEnd !== -1 || to !== text.length)) return this.#dispatchLines(text.slice(from, to))
    this.#isFirstBlock = false
    const event = dataAt === from ? '' : text.slice(from + 'event: '.length, nameEnd)
    this.#handle(event, text.slice(dataAt + 'data: '.length, to), undefined)
  }

  #dispatchLines(block: string): void {
    let from = this.#isFirstBlock && block.startsWith(this.#byteOrderMark) ? this.#byteOrderMark.length : 0
    this.#isFirstBlock = false
    let event = ''
    let id: string | undefined
    let data: string | undefined
    while (from < block.length) {
      let end = block.indexOf('\n', from)
      if (end === -1) end = block.length
      const line = tryField(block, 'data', from, end)
      if (line !== undefined) data = data === undefined ? line : `${data}\n${line}`
      else {
        event = tryField(block, 'event', from, end) ?? event
        id = tryId(block, from, end) ?? id
      }
      from = end + 1
    }
    if (data !== undefined) this.#handle(event, data, id)
  }
}

function toRaw(chunk: Uint8Array): string {
  return asBuffer(chunk).toString('latin1')
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

function tryField(block: string, name: string, from: number, end: number): string | undefined {
  if (!block.startsWith(name, from)) return undefined
  const after = from + name.length
  if (after === end) return ''
  if (block.charCodeAt(after) !== colon) return undefined
  return block.slice(block.charCodeAt(after + 1) === space ? after + 2 : after + 1, end)
}

function tryId(block: string, from: number, end: number): string | undefined {
  const id = tryField(block, 'id', from, end)
  return id?.includes('\0') ? undefined : id
}

/** Bytes in, decoded events out. A character of which a chunk has only a part waits for the rest of it. */
export class SseDecoder {
  #events: SseEvent[] = []
  /** Made when a chunk first ends in a character that may not be whole, which is seldom. */
  #cut: StringDecoder | undefined
  readonly #scanner = new SseScanner((event, data, id) => {
    this.#events.push(id === undefined ? { event, data } : { event, data, id })
  }, byteOrderMark)

  push(chunk: Uint8Array): SseEvent[] {
    const bytes = asBuffer(chunk)
    if ((bytes.at(-1) ?? 0) > lastAscii) this.#cut ??= new StringDecoder('utf8')
    this.#scanner.pushText(this.#cut === undefined ? bytes.toString('utf8') : this.#cut.write(bytes))
    return this.#take()
  }

  /** The bytes have ended. A part of a character stands in a line that is cut, which is dropped. */
  end(): SseEvent[] {
    if (this.#cut !== undefined) this.#scanner.pushText(this.#cut.end())
    this.#scanner.end()
    return this.#take()
  }

  #take(): SseEvent[] {
    const events = this.#events
    if (events.length > 0) this.#events = []
    return events
  }
}

const anyLineBreak = /\r\n?|\n/
const anyLineBreaks = /[\r\n]+/g

/** One event as text. Line breaks in `data` become several data lines; in `event` and `id` they cannot be said and go. */
export function encodeSse(event: SseEvent): string {
  const name = event.event === '' ? '' : `event: ${event.event.replace(anyLineBreaks, ' ')}\n`
  const id = event.id === undefined ? '' : `id: ${event.id.replace(anyLineBreaks, ' ')}\n`
  return `${id}${name}data: ${event.data.split(anyLineBreak).join('\ndata: ')}\n\n`
}

/** The same for data that is JSON on one line already, which no line break can be in. `event` must be a constant. */
export function encodeSseJson(event: string, json: string): string {
  return event === '' ? `data: ${json}\n\n` : `event: ${event}\ndata: ${json}\n\n`
}
