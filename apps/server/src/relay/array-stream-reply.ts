import { createGeminiArrayWriter, type RelayError, SseDecoder } from '@parley/wires'
import type { Output, RawErrorReply, Reply, ReplyHead } from './reply.ts'

/**
 * A Gemini stream for a client that did not say `alt=sse`: one JSON array, sent element by element as they come. Everything
 * behind it works with server-sent events; this is the last step before the socket.
 */
export class ArrayStreamReply implements Reply {
  readonly #reply: Reply
  readonly #events = new SseDecoder()
  readonly #array = createGeminiArrayWriter()

  /** `reply` must be one for a whole body: no event-stream headers, no comments. */
  constructor(reply: Reply) {
    this.#reply = reply
  }

  get hasBegun(): boolean {
    return this.#reply.hasBegun
  }

  get goneReason(): Reply['goneReason'] {
    return this.#reply.goneReason
  }

  get status(): number {
    return this.#reply.status
  }

  begin(head: ReplyHead): void {
    this.#reply.begin({
      status: head.status,
      headers: { ...head.headers, 'content-type': 'application/json; charset=utf-8' },
    })
  }

  write(output: Output): boolean {
    const bytes = typeof output === 'string' ? Buffer.from(output) : (output as Uint8Array)
    const text = this.#events
      .push(bytes)
      .map((event) => this.#array.write(event))
      .join('')
    return text === '' || this.#reply.write(text)
  }

  whenDrained(listener: () => void): void {
    this.#reply.whenDrained(listener)
  }

  whenGone(listener: () => void): void {
    this.#reply.whenGone(listener)
  }

  /** JSON has no comments. */
  heartbeat(): void {}

  end(): void {
    this.#reply.write(this.#array.end())
    this.#reply.end()
  }

  fail(error: RelayError, raw?: RawErrorReply): void {
    this.#reply.fail(error, raw)
  }
}
