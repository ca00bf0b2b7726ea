import { isObject, type JsonObject, type Meter } from '@parley/wires'
import type { Passage } from './passage.ts'
import type { Output } from './reply.ts'

/**
 * OpenAI Chat says the usage of a stream only when asked. We ask always, because the bill needs it; a client that did not
 * ask must not see the extra event: some take an event without choices for an error. Everything else passes byte for byte.
 * To drop a whole event its bytes are held until it is complete, and no longer.
 */
export class UsageHidingPassage implements Passage<Buffer> {
  readonly reading: Meter
  #held: Buffer = Buffer.alloc(0)
  /** Where to go on searching in what is held, so that a long event is not searched from its start with each chunk. */
  #searched = 0

  constructor(meter: Meter) {
    this.reading = meter
  }

  push(chunk: Buffer): readonly Output[] {
    this.reading.push(chunk)
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const end = findLastEventEnd(bytes, this.#searched)
    this.#held = bytes.subarray(end)
    this.#searched = Math.max(0, this.#held.length - 3)
    if (end === 0) return []
    const events = bytes.subarray(0, end)
    // Servers that were asked write `"usage":null` into every event; only the one that has it is without choices.
    return emptyChoices.test(events.toString('latin1')) ? withoutUsageOnly(events) : [events]
  }

  end(): readonly Output[] {
    this.reading.end()
    const rest = this.#held
    return rest.length === 0 || isUsageOnly(rest) ? [] : [rest]
  }
}

const lineFeed = 0x0a
const carriageReturn = 0x0d

const emptyChoices = /"choices"\s*:\s*\[\s*\]/

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

/** What lies between two events that are dropped stays in one piece: each piece is a write of its own. */
function withoutUsageOnly(events: Buffer): Buffer[] {
  const output: Buffer[] = []
  let keptFrom = 0
  for (let start = 0; start < events.length; ) {
    const end = findEventEnd(events, start) ?? events.length
    if (isUsageOnly(events.subarray(start, end))) {
      if (start > keptFrom) output.push(events.subarray(keptFrom, start))
      keptFrom = end
    }
    start = end
  }
  if (keptFrom < events.length) output.push(events.subarray(keptFrom))
  return output
}

/** Just after the blank line that ends an event. */
function findEventEnd(bytes: Buffer, from: number): number | undefined {
  let at = bytes.indexOf(lineFeed, from)
  while (at !== -1) {
    if (bytes[at + 1] === lineFeed) return at + 2
    if (bytes[at + 1] === carriageReturn && bytes[at + 2] === lineFeed) return at + 3
    at = bytes.indexOf(lineFeed, at + 1)
  }
  return undefined
}

function isUsageOnly(event: Buffer): boolean {
  if (!emptyChoices.test(event.toString('latin1'))) return false
  const data = event.toString('utf8').replace(/^data:\s*/, '')
  const body = tryObject(data)
  return body !== undefined && Array.isArray(body.choices) && body.choices.length === 0 && isObject(body.usage)
}

function tryObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch (error) {
    // Whatever is not JSON is not a usage report, and passes.
    return error instanceof SyntaxError ? undefined : undefined
  }
}
