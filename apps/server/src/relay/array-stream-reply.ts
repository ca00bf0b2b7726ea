import { createGeminiArrayWriter, SseDecoder, type SseEvent } from '@parley/wires'
import type { Output, Reply, ReplyHead } from './reply.ts'
import { WrappedReply } from './wrapped-reply.ts'

/**
 * A Gemini stream for a client that did not say `alt=sse`: one JSON array, sent element by element as they come. Everything
 * behind it works with server-sent events; this is the last step before the socket.
 */
export class ArrayStreamReply extends WrappedReply {
  readonly #events = new SseDecoder()
  readonly #array = createGeminiArrayWriter()

  /** `inner` must be one for a whole body: no event-stream headers, no comments. */
  constructor(inner: Reply) {
    super(inner)
  }

  override begin(head: ReplyHead): void {
    this.inner.begin({
      status: head.status,
      headers: { ...head.headers, 'content-type': 'application/json; charset=utf-8' },
    })
  }

  override write(output: Output): boolean {
    const bytes = typeof output === 'string' ? Buffer.from(output) : (output as Uint8Array)
    const text = this.#elements(this.#events.push(bytes))
    return text === '' || this.inner.write(text)
  }

  /** JSON has no comments. */
  override heartbeat(): void {}

  override end(): void {
    // Some servers end without the blank line of the last event.
    this.inner.write(this.#elements(this.#events.end()) + this.#array.end())
    this.inner.end()
  }

  #elements(events: readonly SseEvent[]): string {
    return events.map((event) => this.#array.write(event)).join('')
  }
}
