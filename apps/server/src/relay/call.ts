import { noUsage, type RelayError, type ResponseHeaders, type Usage, type Wire } from '@parley/wires'
import type { Allowance } from '../ledger/ticket.ts'
import { type CallTimes, Clocks } from './clocks.ts'
import { connectionError, cutError, type FailureKind, timeoutError } from './failures.ts'
import { forwardedResponseHeaders } from './headers.ts'
import type { Passage } from './passage.ts'
import type { EndReason } from './exchange.ts'
import type { Output, RawErrorReply, Reply } from './reply.ts'
import type { Source, SourceReceiver } from './source.ts'

export interface CallLimits extends CallTimes {
  /** How much to read on after the client left, to learn the usage. */
  readonly drainBytes: number
}

export interface CallResult {
  readonly endReason: EndReason
  /** What the upstream answered; undefined when it did not. */
  readonly upstreamStatus: number | undefined
  readonly upstreamHeaders: ResponseHeaders | undefined
  readonly error: RelayError | undefined
  /** The upstream's own error reply, when the caller speaks its wire. */
  readonly rawError: RawErrorReply | undefined
  /** Content has gone to the caller: this call is never repeated. */
  readonly isCommitted: boolean
  readonly failure: FailureKind | undefined
  /** The last that the upstream said. */
  readonly usage: Usage | undefined
  readonly contentLength: number
  /** Of the monotonic clock; undefined when no content came. */
  readonly firstByteAt: number | undefined
  /** The caller has been told of the error inside the stream, by the upstream's own event. */
  readonly isErrorSaid: boolean
}

export interface CallParts<Chunk> {
  readonly reply: Reply
  readonly source: Source<Chunk>
  readonly passage: Passage<Chunk>
  /** The upstream's wire, to read its errors; undefined for the simulator. */
  readonly wire: Wire | undefined
  /** Same wire on both sides: errors pass as they are. */
  readonly isSameWire: boolean
  readonly isStream: boolean
  readonly limits: CallLimits
  readonly allowance: Allowance
  /** What ends a stream that may not become longer: the wire's own end, for the reason of length. */
  readonly endOfAllowance: () => readonly Output[]
}

/** More than this before the first content is not an envelope any more. */
const maxHeldBytes = 1024 * 1024
const maxErrorBytes = 256 * 1024
const blankLine = Buffer.from('\n\n')

/**
 * /!\ Hot path. One attempt: send, stream back, end.
 *
 * Guarantees: nothing reaches the caller before the first content, so that a failure until then can be another attempt
 * or a real status; after it every chunk leaves in the turn it came; a slow caller slows the upstream; the result is
 * given exactly once, whatever ends first; nothing of the attempt lives on after that.
 */
export function call<Chunk>(parts: CallParts<Chunk>): Promise<CallResult> {
  return new Promise((resolve) => new Call(parts, resolve).start())
}

class Call<Chunk> implements SourceReceiver<Chunk> {
  readonly #parts: CallParts<Chunk>
  readonly #resolve: (result: CallResult) => void
  readonly #clocks: Clocks
  #status: number | undefined
  #headers: ResponseHeaders = {}
  /** Pieces of an error reply; undefined while a proper reply is read. */
  #errorBody: Buffer[] | undefined
  #errorBytes = 0
  #held: Output[] = []
  #heldBytes = 0
  #isCommitted = false
  #isOver = false
  /** The caller is slow. */
  #isPaused = false
  /** More is being reserved for the reply, or it has been refused and the stream ends with the event that is under way. */
  #growth: 'none' | 'asked' | 'refused' = 'none'
  #drainedBytes: number | undefined
  #firstByteAt: number | undefined

  constructor(parts: CallParts<Chunk>, resolve: (result: CallResult) => void) {
    this.#parts = parts
    this.#resolve = resolve
    this.#clocks = new Clocks(parts.limits, {
      expired: (what) => this.#expire(what),
      heartbeat: () => this.#heartbeat(),
      drained: () => this.#finishGone(),
    })
  }

  start(): void {
    const { reply, source } = this.#parts
    if (reply.goneReason !== undefined) return this.#finishGone()
    reply.whenGone(() => this.#clientGone())
    this.#clocks.start(this.#parts.isStream)
    source.start(this)
  }

  // ── What the upstream does ─────────────────────────────────────────────────────────────────────────────────────

  head(status: number, headers: ResponseHeaders): void {
    this.#status = status
    this.#headers = headers
    if (!this.#isProperReply(status, headers)) this.#errorBody = []
  }

  chunk(chunk: Chunk): void {
    if (this.#isOver) return
    if (!this.#isPaused) this.#clocks.touch()
    if (this.#errorBody) return this.#collectError(chunk)
    if (this.#drainedBytes !== undefined) return this.#drain(chunk)
    const output = this.#guarded(() => this.#parts.passage.push(chunk))
    if (!output) return
    const { reading } = this.#parts.passage
    if (this.#isCommitted) this.#write(output)
    else if (reading.error) return this.#finish('upstream_error', reading.error)
    else {
      this.#hold(output)
      if (reading.hasContent || this.#heldBytes > maxHeldBytes) this.#commit({})
    }
    if (this.#parts.isStream && this.#isCommitted) this.#keepWithinAllowance()
  }

  end(): void {
    if (this.#isOver) return
    if (this.#errorBody) return this.#finishWithErrorReply()
    const output = this.#guarded(() => this.#parts.passage.end())
    if (!output) return
    if (this.#drainedBytes !== undefined) return this.#finishGone()
    const { reading } = this.#parts.passage
    if (reading.error) return this.#finish('upstream_error', reading.error)
    if (!reading.isFinished) return this.#finish('upstream_cut', cutError())
    if (this.#isCommitted) this.#write(output)
    else {
      this.#hold(output)
      this.#commit(this.#parts.isStream ? {} : { 'content-length': String(this.#heldBytes) })
    }
    if (this.#isOver) return
    this.#parts.reply.end()
    this.#finish('done', undefined)
  }

  error(error: Error): void {
    if (this.#isOver) return
    if (this.#drainedBytes !== undefined) return this.#finishGone()
    if (this.#status === undefined) {
      const failure = connectionError(error)
      return this.#finish(failure.endReason, failure.error, failure.kind)
    }
    this.#finish('upstream_cut', cutError())
  }

  // ── To the caller ──────────────────────────────────────────────────────────────────────────────────────────────

  #hold(output: readonly Output[]): void {
    for (const piece of output) {
      this.#held.push(piece)
      if (typeof piece === 'string') this.#heldBytes += Buffer.byteLength(piece)
      else if (piece instanceof Uint8Array) this.#heldBytes += piece.length
    }
  }

  #commit(headers: { readonly [name: string]: string }): void {
    const { reply, isSameWire, isStream } = this.#parts
    this.#isCommitted = true
    this.#firstByteAt = performance.now()
    const type: { [name: string]: string } = isStream ? {} : { 'content-type': 'application/json; charset=utf-8' }
    reply.begin({
      status: isSameWire ? (this.#status ?? 200) : 200,
      headers: { ...type, ...(isSameWire ? forwardedResponseHeaders(this.#headers) : {}), ...headers },
    })
    const held = this.#held
    this.#held = []
    this.#write(held)
  }

  #write(output: readonly Output[]): void {
    const { reply, source } = this.#parts
    let canTakeMore = true
    for (const piece of output) canTakeMore = reply.write(piece)
    if (canTakeMore || this.#isPaused || this.#isOver) return
    this.#isPaused = true
    source.pause()
    this.#clocks.waitForClient()
    reply.whenDrained(() => {
      this.#isPaused = false
      if (this.#isOver) return
      this.#clocks.touch()
      if (this.#growth !== 'asked') source.resume()
    })
  }

  /** While more is being reserved the upstream is held back. A reply that is whole is not cut any more. */
  #keepWithinAllowance(): void {
    const { allowance, passage, source } = this.#parts
    if (this.#growth === 'refused') return this.#endForLength()
    if (this.#isOver || this.#growth === 'asked' || passage.reading.isFinished) return
    if (allowance.hasRoom(passage.reading)) return
    this.#growth = 'asked'
    source.pause()
    void allowance.grow().then((isGranted) => {
      this.#growth = isGranted ? 'none' : 'refused'
      if (this.#isOver || this.#drainedBytes !== undefined) return
      if (!isGranted) this.#endForLength()
      if (!this.#isOver && !this.#isPaused) source.resume()
    })
  }

  #endForLength(): void {
    const { endOfAllowance, passage, reply } = this.#parts
    if (this.#isOver || passage.reading.isFinished || !passage.reading.isAtBoundary) return
    for (const piece of endOfAllowance()) reply.write(piece)
    reply.end()
    this.#finish('limit_reached', undefined)
  }

  #heartbeat(): void {
    const { passage, reply } = this.#parts
    if (!this.#isOver && this.#drainedBytes === undefined && (!this.#isCommitted || passage.reading.isAtBoundary))
      reply.heartbeat()
  }

  // ── Endings ────────────────────────────────────────────────────────────────────────────────────────────────────

  #clientGone(): void {
    const { reply, source, passage } = this.#parts
    if (this.#isOver) return
    const canLearnMore = this.#status !== undefined && !this.#errorBody && !passage.reading.isFinished
    if (reply.goneReason === 'stopped' || !canLearnMore) return this.#finishGone()
    this.#drainedBytes = 0
    this.#clocks.drain()
    source.resume()
  }

  #drain(chunk: Chunk): void {
    const { passage, limits } = this.#parts
    if (!this.#guarded(() => passage.push(chunk))) return
    if (chunk instanceof Uint8Array) this.#drainedBytes = (this.#drainedBytes ?? 0) + chunk.length
    if (passage.reading.isFinished || (this.#drainedBytes ?? 0) > limits.drainBytes) this.#finishGone()
  }

  #finishGone(): void {
    this.#finish(this.#parts.reply.goneReason ?? 'client_gone', undefined)
  }

  #expire(what: 'first_byte_timeout' | 'idle_timeout' | 'total_timeout' | 'client_gone'): void {
    if (what === 'client_gone') this.#finishGone()
    else this.#finish(what, timeoutError(what), 'timeout')
  }

  #collectError(chunk: Chunk): void {
    if (!(chunk instanceof Uint8Array) || this.#errorBytes > maxErrorBytes) return
    this.#errorBytes += chunk.length
    this.#errorBody?.push(Buffer.from(chunk))
  }

  #finishWithErrorReply(): void {
    const { wire, isSameWire } = this.#parts
    const body = Buffer.concat(this.#errorBody ?? [])
    const said = this.#status ?? 502
    // A page where a reply should be is the gateway's trouble, whatever status it came with.
    const status = said >= 400 ? said : 502
    const error = wire?.readError(status, this.#headers, body) ?? cutError()
    const isTheirs = isSameWire && said >= 400 && isJson(this.#headers) && this.#errorBytes <= maxErrorBytes
    this.#finish(
      'upstream_error',
      error,
      'refused',
      isTheirs ? { status, headers: forwardedResponseHeaders(this.#headers), body } : undefined,
    )
  }

  /** What a decoder throws at what the upstream sent is the upstream's failure. */
  #guarded(work: () => readonly Output[]): readonly Output[] | undefined {
    try {
      return work()
    } catch (cause) {
      this.#finish('upstream_error', {
        kind: 'server',
        status: 502,
        message: `The upstream sent what cannot be read: ${describe(cause)}`,
      })
      return undefined
    }
  }

  #finish(endReason: EndReason, error: RelayError | undefined, failure?: FailureKind, rawError?: RawErrorReply): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#clocks.stop()
    if (error !== undefined) this.#endEvent()
    if (endReason !== 'done') this.#parts.source.abort()
    const { reading } = this.#parts.passage
    this.#resolve({
      endReason,
      upstreamStatus: this.#status,
      upstreamHeaders: this.#status === undefined ? undefined : this.#headers,
      error,
      rawError,
      isCommitted: this.#isCommitted,
      failure: error ? (failure ?? 'broken') : undefined,
      usage: reading.usage ? { ...noUsage, ...reading.usage } : undefined,
      contentLength: reading.contentLength,
      firstByteAt: this.#firstByteAt,
      isErrorSaid: this.#isCommitted && this.#parts.isSameWire && reading.error !== undefined,
    })
  }

  /** An event of which the caller has a part is ended, so that the error after it stands alone; and it counts. */
  #endEvent(): void {
    const { isSameWire, isStream, passage, reply } = this.#parts
    const isInside = isSameWire && isStream && this.#isCommitted && !passage.reading.isAtBoundary
    if (!isInside || this.#drainedBytes !== undefined) return
    for (const piece of passage.push(blankLine as Buffer & Chunk)) reply.write(piece)
  }

  #isProperReply(status: number, headers: ResponseHeaders): boolean {
    if (status < 200 || status > 299) return false
    const type = headers['content-type']
    if (typeof type !== 'string') return true
    return this.#parts.isStream ? type.includes('event-stream') : type.includes('json')
  }
}

function isJson(headers: ResponseHeaders): boolean {
  const type = headers['content-type']
  return typeof type === 'string' && type.includes('json')
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
