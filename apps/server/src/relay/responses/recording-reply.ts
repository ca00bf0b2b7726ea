import { isObject, type JsonObject, type RelayError, SseDecoder, type SseEvent } from '@parley/wires'
import type { Output, RawErrorReply, Reply } from '../reply.ts'
import { WrappedReply } from '../wrapped-reply.ts'

export interface RecordingOptions {
  readonly isStream: boolean
  /** Takes the finished response. Never rejects. */
  readonly keep: (response: JsonObject) => Promise<void>
}

/**
 * A reply on the Responses wire that is kept when it is whole. Its last piece waits until it is: a client that has seen the
 * end can go on from there at once.
 */
export class RecordingReply extends WrappedReply {
  readonly #options: RecordingOptions
  readonly #events = new SseDecoder()
  /** What the client has not got yet. */
  readonly #held: Output[] = []
  #keeping: Promise<void> | undefined

  constructor(inner: Reply, options: RecordingOptions) {
    super(inner)
    this.#options = options
  }

  override write(output: Output): boolean {
    if (this.#keeping !== undefined || !this.#options.isStream) {
      this.#held.push(output)
      return true
    }
    this.#keepFrom(this.#events.push(bytesOf(output)))
    if (this.#keeping === undefined) return this.inner.write(output)
    this.#held.push(output)
    return true
  }

  #keepFrom(events: readonly SseEvent[]): void {
    const last = events.find(({ data }) => finalEvent.test(data))
    const response = last && tryObject(last.data)?.response
    if (isObject(response)) this.#keeping = this.#options.keep(response)
  }

  override heartbeat(): void {
    if (this.#keeping === undefined) this.inner.heartbeat()
  }

  override end(): void {
    // Some servers end without the blank line of the last event.
    if (this.#options.isStream && this.#keeping === undefined) this.#keepFrom(this.#events.end())
    this.#whenKept(() => this.inner.end())
  }

  override fail(error: RelayError, raw?: RawErrorReply): void {
    this.#whenKept(() => this.inner.fail(error, raw))
  }

  #whenKept(then: () => void): void {
    if (!this.#options.isStream && this.#held.length > 0) {
      const response = tryObject(Buffer.concat(this.#held.map(bytesOf)).toString('utf8'))
      if (response !== undefined) this.#keeping = this.#options.keep(response)
    }
    if (this.#keeping === undefined) return this.#release(then)
    void this.#keeping.then(() => this.#release(then))
  }

  #release(then: () => void): void {
    for (const output of this.#held.splice(0)) this.inner.write(output)
    then()
  }
}

const finalEvent = /"type"\s*:\s*"response\.(?:completed|incomplete)"/

function bytesOf(output: Output): Uint8Array {
  return typeof output === 'string' ? Buffer.from(output) : (output as Uint8Array)
}

function tryObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch (error) {
    // The upstream's own bytes: what cannot be read is passed on as it is, and not kept.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
