import type { ChatEvent, ChatRequest, ResponseHeaders } from '@parley/wires'
import { ParleyError } from '@parley/contract'
import type { Dispatcher } from 'undici'
import type { Slot } from '../upstreams/account.ts'
import { Gathered } from './gathered.ts'

/** Where a reply comes from: an upstream over HTTP, or the simulator. Started once, tells one receiver. */
export interface Source<Chunk> {
  /** The request has gone to an upstream, which may work on it. */
  readonly isSent: boolean
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
  /** Each piece is a chunk of its own: a limit is so near that the reply may have to end between two of them. */
  readonly isPiecewise: boolean
}

const mostHeldBytes = 64 * 1024

/**
 * /!\ Hot path. A POST through undici's `dispatch`, the cheapest way to get the bytes: no web streams, no Readable.
 * The engine keeps all time-outs but the connect one, so undici's own are off.
 *
 * What came in a turn is one chunk, however many pieces the upstream made of it: it leaves in the same turn as before, and
 * is read, looked at and written once instead of twenty times. Of much no more is held than one read of a socket brings, so
 * that a slow caller holds back the upstream at once.
 */
export class HttpSource implements Source<Buffer> {
  readonly #slot: Slot
  readonly #request: HttpRequest
  #controller: Controller | undefined
  #receiver: SourceReceiver<Buffer> | undefined
  /** Of this turn. */
  #pieces: Buffer[] = []
  #bytes = 0
  #isDue = false
  #hasEnded = false
  #isAborted = false

  constructor(slot: Slot, request: HttpRequest) {
    this.#slot = slot
    this.#request = request
  }

  /** Undici names its controller when there is a connection, and writes the request then. */
  get isSent(): boolean {
    return this.#controller !== undefined
  }

  start(receiver: SourceReceiver<Buffer>): void {
    this.#receiver = receiver
    const { dispatcher, origin } = this.#slot
    const { path, headers, body, isPiecewise } = this.#request
    dispatcher.dispatch(
      { origin, path, method: 'POST', headers, body, headersTimeout: 0, bodyTimeout: 0 },
      {
        onRequestStart: (controller) => {
          this.#controller = controller
          if (this.#isAborted) controller.abort(new ParleyError('client_gone'))
        },
        onResponseStart: (_controller, status, headers) => {
          // 102, 103 and the like come before the reply, and are none.
          if (!this.#isAborted && status >= 200) receiver.head(status, headers)
        },
        onResponseData: (_controller, piece) => {
          this.#pieces.push(piece)
          this.#bytes += piece.length
          if (isPiecewise || this.#bytes >= mostHeldBytes) this.#passOn()
          else this.#passOnSoon()
        },
        onResponseEnd: () => {
          this.#hasEnded = true
          this.#passOnSoon()
        },
        onResponseError: (_controller, error) => {
          this.#passOn()
          this.#fail(error)
        },
      },
    )
  }

  #passOnSoon(): void {
    if (this.#isDue) return
    this.#isDue = true
    toPassOn.add(this)
  }

  endTurn(): void {
    this.#isDue = false
    try {
      this.#passOn()
      if (this.#hasEnded && !this.#isAborted) this.#receiver?.end()
    } catch (cause) {
      // Whatever is wrong with this reply, others are on their way.
      this.#fail(new Error('a reply could not be passed on', { cause }))
    }
  }

  /** Hands over what has come. */
  #passOn(): void {
    const [first] = this.#pieces
    if (first === undefined) return
    const chunk = this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#bytes = 0
    if (!this.#isAborted) this.#receiver?.chunk(chunk)
  }

  #fail(error: Error): void {
    if (!this.#isAborted) this.#receiver?.error(error)
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

const toPassOn = new Gathered<HttpSource>((sources) => {
  for (const source of sources) source.endTurn()
})

export type Simulate = (request: ChatRequest, signal: AbortSignal) => AsyncIterable<ChatEvent>

/** The built-in model: neutral events from a generator, with the same steering as an HTTP upstream. */
export class SimulatorSource implements Source<ChatEvent> {
  isSent = false
  readonly #events: (signal: AbortSignal) => AsyncIterable<ChatEvent>
  readonly #abort = new AbortController()
  #resumed: Promise<void> = Promise.resolve()
  #resume: (() => void) | undefined

  constructor(simulate: Simulate, request: ChatRequest) {
    this.#events = (signal) => simulate(request, signal)
  }

  start(receiver: SourceReceiver<ChatEvent>): void {
    this.isSent = true
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
