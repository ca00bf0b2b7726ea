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
  #held: Buffer = Buffer.alloc(0)
  /** Where to go on searching in what is held, so that a long event is not searched from its start with each chunk. */
  #searched = 0
  #last: Buffer = Buffer.alloc(0)

  constructor(meter: Meter) {
    this.reading = meter
  }

  read(chunk: Buffer): void {
    this.reading.push(chunk)
    this.#last = chunk
  }

  write(): readonly Output[] {
    const bytes = this.#held.length === 0 ? this.#last : Buffer.concat([this.#held, this.#last])
    const end = findLastEventEnd(bytes, this.#searched)
    this.#held = bytes.subarray(end)
    this.#searched = Math.max(0, this.#held.length - 3)
    return end === 0 ? [] : this.shown(bytes.subarray(0, end))
  }

  end(): readonly Output[] {
    this.reading.end()
    return this.#held.length === 0 ? [] : [this.#held]
  }

  /** What of these events is for the caller. */
  protected shown(events: Buffer): readonly Output[] {
    return [events]
  }
}

const { carriageReturn, lineFeed } = characters

/** Just after the last blank line that begins at `from` or later; 0 when there is none. */
function findLastEventEnd(bytes: Buffer, from: number): number {
  let at = bytes.lastIndexOf(lineFeed)
  while (at > from) {
    if (bytes[at - 1] === lineFeed) return at + 1
    if (bytes[at - 1] === carriageReturn && bytes[at - 2] === lineFeed && at - 2 >= from) return at + 1
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
