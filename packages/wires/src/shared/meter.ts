import type { JsonObject, RelayError, Usage } from '../neutral.ts'
import { SseScanner } from '../sse.ts'
import type { Meter } from '../wire.ts'
import { HeldBody } from './held.ts'
import { isTooDeep, tryParseObject } from './json.ts'

/** What a wire's own reader fills in while bytes pass. */
export interface Readings {
  usage: Usage | undefined
  hasContent: boolean
  isFinished: boolean
  error: RelayError | undefined
  contentLength: number
}

/** Reads one raw event (latin1, see SseScanner) into the readings. Must not throw. Keeps its own state, if it has any. */
export type MeterReader = (event: string, data: string, readings: Readings) => void

/** A meter over a stream of server-sent events. `readEnd` runs when the bytes have ended. */
export function createStreamMeter(read: MeterReader, readEnd?: (readings: Readings) => void): Meter {
  return new StreamMeter(read, readEnd)
}

class StreamMeter implements Meter, Readings {
  usage: Usage | undefined
  hasContent = false
  isFinished = false
  error: RelayError | undefined
  contentLength = 0
  readonly #scanner: SseScanner
  readonly #readEnd: ((readings: Readings) => void) | undefined

  constructor(read: MeterReader, readEnd: ((readings: Readings) => void) | undefined) {
    this.#readEnd = readEnd
    this.#scanner = new SseScanner((event, data) => read(event, data, this))
  }

  get isAtBoundary(): boolean {
    return this.#scanner.isAtBoundary
  }

  push(chunk: Uint8Array): void {
    this.#scanner.push(chunk)
  }

  end(): void {
    this.#scanner.end()
    this.#readEnd?.(this)
  }
}

/**
 * A meter over one JSON body. It knows nothing before `end`: only a whole body says whether it is a reply or an error.
 * A body that is not a JSON object, or one nested without end, leaves all readings as they were.
 */
export function createJsonMeter(read: (body: JsonObject, readings: Readings) => void): Meter {
  return new JsonMeter(read)
}

class JsonMeter implements Meter, Readings {
  usage: Usage | undefined
  hasContent = false
  isFinished = false
  error: RelayError | undefined
  contentLength = 0
  readonly #read: (body: JsonObject, readings: Readings) => void
  readonly #held = new HeldBody()

  constructor(read: (body: JsonObject, readings: Readings) => void) {
    this.#read = read
  }

  /** Nothing may be written into a JSON body. */
  get isAtBoundary(): boolean {
    return false
  }

  push(chunk: Uint8Array): void {
    this.#held.push(chunk)
  }

  end(): void {
    const body = tryParseObject(this.#held.take())
    if (body !== undefined && !isTooDeep(body)) this.#read(body, this)
  }
}
