import { characters, type Meter } from '@parley/wires'
import type { Passage } from './passage.ts'
import type { Output } from './reply.ts'

/**
 * Same wire on both sides, where an event may have to be kept from the caller: the bytes of an event are held until it is
 * complete, and no longer, so that the caller never has a part of one.
 */
export class WholeEventPassage implements Passage<Buffer> {
  readonly reading: Meter
  readonly isInsideEvent = false
  /** The beginning of an event, in the pieces in which it came: a long one is put together once, when it is complete. */
  #held: Buffer[] = []
  /** Its last bytes, where the blank line may have begun. */
  #tail: Buffer = nothing
  #last: Buffer = nothing

  constructor(meter: Meter) {
    this.reading = meter
  }

  read(chunk: Buffer): void {
    this.reading.push(chunk)
    this.#last = chunk
  }

  write(): readonly Output[] {
    const searched = this.#tail.length === 0 ? this.#last : Buffer.concat([this.#tail, this.#last])
    const end = findLastEventEnd(searched)
    if (end === 0) {
      this.#hold(this.#last, searched)
      return []
    }
    const ended = joined([...this.#held, this.#last.subarray(0, end - this.#tail.length)])
    const rest = searched.subarray(end)
    this.#held = []
    this.#hold(rest, rest)
    return this.shown(ended)
  }

  #hold(bytes: Buffer, end: Buffer): void {
    if (bytes.length > 0) this.#held.push(bytes)
    this.#tail = end.subarray(-3)
  }

  end(): readonly Output[] {
    this.reading.end()
    return this.#held.length === 0 ? [] : [joined(this.#held)]
  }

  /** What of these events is for the caller. */
  protected shown(events: Buffer): readonly Output[] {
    return [events]
  }
}

const nothing = Buffer.alloc(0)
const { carriageReturn, lineFeed } = characters

function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? (pieces[0] ?? nothing) : Buffer.concat(pieces)
}

/** Just after the last blank line; 0 when there is none. */
function findLastEventEnd(bytes: Buffer): number {
  let at = bytes.lastIndexOf(lineFeed)
  while (at > 0) {
    if (bytes[at - 1] === lineFeed) return at + 1
    if (bytes[at - 1] === carriageReturn && bytes[at - 2] === lineFeed) return at + 1
    at = bytes.lastIndexOf(lineFeed, at - 1)
  }
  return 0
}

/** Just after the blank line that ends an event. */
export function findEventEnd(bytes: Buffer, from: number): number | undefined {
  let at = bytes.indexOf(lineFeed, from)
  while (at !== -1) {
    if (bytes[at + 1] === lineFeed) return at + 2
    if (bytes[at + 1] === carriageReturn && bytes[at + 2] === lineFeed) return at + 3
    at = bytes.indexOf(lineFeed, at + 1)
  }
  return undefined
}
