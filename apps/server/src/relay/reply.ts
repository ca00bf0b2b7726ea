import type { ServerResponse } from 'node:http'
import type { ChatEvent, RelayError, Wire } from '@parley/wires'

/** What goes to the caller: bytes or text of a wire, or neutral events for the chat. */
export type Output = Uint8Array | string | ChatEvent

export interface ReplyHead {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
}

/**
 * The caller's side of a call. `begin` commits the status; before it, `fail` is an ordinary error reply, after it the
 * stream's own error form, never a clean end. Nothing is written to a caller who is gone.
 */
export interface Reply {
  readonly hasBegun: boolean
  /** Why nobody listens any more: the client left, or a person stopped the run. */
  readonly goneReason: 'client_gone' | 'stopped' | undefined
  begin(head: ReplyHead): void
  /** False: hold the upstream back until `whenDrained` calls. */
  write(output: Output): boolean
  whenDrained(listener: () => void): void
  whenGone(listener: () => void): void
  /** A comment between two events, so that proxies see life. Begins the reply if need be. */
  heartbeat(): void
  end(): void
  /** Ends the reply with an error. `raw`: the upstream's own reply in this caller's wire, passed on as it is. */
  fail(error: RelayError, raw?: RawErrorReply): void
  /** The status that was sent, 0 when none was. */
  readonly status: number
}

export interface RawErrorReply extends ReplyHead {
  readonly body: Buffer
}

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
}

export interface HttpReplyOptions {
  readonly wire: Wire
  readonly isStream: boolean
  /** On every reply: the request id, CORS. A new object each time. */
  readonly headers: () => { [name: string]: string }
}

/** A reply straight on Node's response: no stream object in between, nothing buffered that the socket could take. */
export class HttpReply implements Reply {
  readonly #raw: ServerResponse
  readonly #options: HttpReplyOptions
  readonly #whenGone: (() => void)[] = []
  #isGone: boolean

  constructor(raw: ServerResponse, options: HttpReplyOptions) {
    this.#raw = raw
    this.#options = options
    // Who left while the caller's key was looked up is not reported again.
    this.#isGone = raw.destroyed
    raw.on('close', () => {
      this.#isGone = !raw.writableFinished
      if (this.#isGone) for (const listener of this.#whenGone) listener()
    })
    // A peer that resets the connection is reported by 'close' as well; without a listener the error would end the process.
    raw.on('error', () => raw.destroy())
  }

  get hasBegun(): boolean {
    return this.#raw.headersSent
  }

  get status(): number {
    return this.#raw.headersSent ? this.#raw.statusCode : 0
  }

  get goneReason(): 'client_gone' | undefined {
    return this.#isGone ? 'client_gone' : undefined
  }

  begin(head: ReplyHead): void {
    if (this.#isGone || this.#raw.headersSent) return
    const { headers, isStream } = this.#options
    this.#raw.writeHead(head.status, Object.assign(headers(), isStream ? streamHeaders : undefined, head.headers))
  }

  write(output: Output): boolean {
    if (this.#isGone) return true
    return this.#raw.write(output as Uint8Array | string)
  }

  whenDrained(listener: () => void): void {
    this.#raw.once('drain', listener)
  }

  whenGone(listener: () => void): void {
    this.#whenGone.push(listener)
  }

  heartbeat(): void {
    if (this.#isGone || !this.#options.isStream) return
    this.begin({ status: 200, headers: {} })
    this.#raw.write(': ping\n\n')
  }

  end(): void {
    if (!this.#isGone) this.#raw.end()
  }

  fail(error: RelayError, raw?: RawErrorReply): void {
    if (this.#isGone) return
    if (this.#raw.headersSent) {
      if (this.#options.isStream) this.#raw.end(this.#options.wire.writeStreamError(error))
      // A whole reply that breaks off has no error form: it is left without its end, so that it cannot pass for complete.
      else this.#raw.destroy()
      return
    }
    const { status, headers, body } = raw ?? renderError(this.#options.wire, error)
    const length = { 'content-length': String(body.length) }
    this.#raw.writeHead(status, Object.assign(this.#options.headers(), headers, length))
    this.#raw.end(body)
  }
}

/** The error as a whole reply of a wire. */
export function renderError(wire: Wire, error: RelayError): RawErrorReply {
  const reply = wire.writeError(error)
  const headers: { [name: string]: string } = { 'content-type': 'application/json; charset=utf-8', ...reply.headers }
  if (error.retryAfterMs !== undefined) headers['retry-after'] = String(Math.ceil(error.retryAfterMs / 1000))
  // Which of the gateway's own failures it was is not lost in a wire that has one kind for all of them.
  const status = error.status >= 500 && error.status <= 504 ? error.status : reply.status
  return { status, headers, body: Buffer.from(JSON.stringify(reply.body)) }
}

/** The chat's side: events are handed over one after another, and the upstream waits for a slow receiver. */
export class EventReply implements Reply {
  readonly #onEvent: (event: ChatEvent) => Promise<void> | void
  readonly #signal: AbortSignal
  #queue: Promise<void> = Promise.resolve()
  #waiting = 0
  #failure: unknown
  #drained: (() => void) | undefined
  hasBegun = false
  status = 0
  error: RelayError | undefined

  constructor(onEvent: (event: ChatEvent) => Promise<void> | void, signal: AbortSignal) {
    this.#onEvent = onEvent
    this.#signal = signal
  }

  get goneReason(): 'stopped' | undefined {
    return this.#signal.aborted ? 'stopped' : undefined
  }

  begin(head: ReplyHead): void {
    this.hasBegun = true
    this.status = head.status
  }

  write(output: Output): boolean {
    this.#waiting += 1
    this.#queue = this.#queue.then(() => this.#deliver(output as ChatEvent))
    return this.#waiting < 16
  }

  async #deliver(event: ChatEvent): Promise<void> {
    try {
      if (this.#failure === undefined && !this.#signal.aborted) await this.#onEvent(event)
    } catch (error) {
      this.#failure ??= error
    }
    this.#waiting -= 1
    if (this.#waiting > 0) return
    const drained = this.#drained
    this.#drained = undefined
    drained?.()
  }

  whenDrained(listener: () => void): void {
    this.#drained = listener
  }

  whenGone(listener: () => void): void {
    if (this.#signal.aborted) queueMicrotask(listener)
    else this.#signal.addEventListener('abort', listener, { once: true })
  }

  heartbeat(): void {}

  end(): void {}

  fail(error: RelayError): void {
    this.error = error
    if (this.status === 0) this.status = error.status
  }

  /** Resolves when every event has been handed over; rejects with what the receiver threw. */
  async finished(): Promise<void> {
    await this.#queue
    if (this.#failure !== undefined) throw this.#failure
  }
}
