import type { ChatEvent, ChatRequest, ResponseHeaders } from '@parley/wires'
import { ParleyError } from '@parley/contract'
import type { Dispatcher } from 'undici'
import type { Slot } from '../upstreams/account.ts'

/** Where a reply comes from: an upstream over HTTP, or the simulator. Started once, tells one receiver. */
export interface Source<Chunk> {
  start(receiver: SourceReceiver<Chunk>): void
  pause(): void
  resume(): void
  /** No more calls to the receiver after this. */
  abort(): void
}

export interface SourceReceiver<Chunk> {
  head(status: number, headers: ResponseHeaders): void
  chunk(chunk: Chunk): void
  end(): void
  error(error: Error): void
}

/** The part of a dispatched request that steers it; undici's own type is wider. */
type Controller = Dispatcher.DispatchController

export interface HttpRequest {
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body: Buffer | string
}

/**
 * /!\ Hot path. A POST through undici's `dispatch`, the cheapest way to get the bytes: no web streams, no Readable.
 * The engine keeps all time-outs but the connect one, so undici's own are off.
 */
export class HttpSource implements Source<Buffer> {
  readonly #slot: Slot
  readonly #request: HttpRequest
  #controller: Controller | undefined
  #isAborted = false

  constructor(slot: Slot, request: HttpRequest) {
    this.#slot = slot
    this.#request = request
  }

  start(receiver: SourceReceiver<Buffer>): void {
    const guard = (action: () => void) => {
      if (!this.#isAborted) action()
    }
    this.#slot.dispatcher.dispatch(
      {
        origin: this.#slot.origin,
        path: this.#request.path,
        method: 'POST',
        headers: this.#request.headers,
        body: this.#request.body,
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      {
        onRequestStart: (controller) => {
          this.#controller = controller
          if (this.#isAborted) controller.abort(new ParleyError('client_gone'))
        },
        onResponseStart: (_controller, status, headers) => guard(() => receiver.head(status, headers)),
        onResponseData: (_controller, chunk) => guard(() => receiver.chunk(chunk)),
        onResponseEnd: () => guard(() => receiver.end()),
        onResponseError: (_controller, error) => guard(() => receiver.error(error)),
      },
    )
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  abort(): void {
    this.#isAborted = true
    this.#controller?.abort(new ParleyError('client_gone'))
  }
}

export type Simulate = (request: ChatRequest, signal: AbortSignal) => AsyncIterable<ChatEvent>

/** The built-in model: neutral events from a generator, with the same steering as an HTTP upstream. */
export class SimulatorSource implements Source<ChatEvent> {
  readonly #events: (signal: AbortSignal) => AsyncIterable<ChatEvent>
  readonly #abort = new AbortController()
  #resumed: Promise<void> = Promise.resolve()
  #resume: (() => void) | undefined

  constructor(simulate: Simulate, request: ChatRequest) {
    this.#events = (signal) => simulate(request, signal)
  }

  start(receiver: SourceReceiver<ChatEvent>): void {
    void this.#run(receiver)
  }

  async #run(receiver: SourceReceiver<ChatEvent>): Promise<void> {
    const { signal } = this.#abort
    try {
      receiver.head(200, {})
      for await (const event of this.#events(signal)) {
        await this.#resumed
        if (signal.aborted) return
        receiver.chunk(event)
      }
      if (!signal.aborted) receiver.end()
    } catch (cause) {
      if (!signal.aborted) receiver.error(new Error('the simulator failed', { cause }))
    }
  }

  pause(): void {
    if (this.#resume) return
    this.#resumed = new Promise((resolve) => {
      this.#resume = resolve
    })
  }

  resume(): void {
    this.#resume?.()
    this.#resume = undefined
  }

  abort(): void {
    this.#abort.abort()
    this.resume()
  }
}
