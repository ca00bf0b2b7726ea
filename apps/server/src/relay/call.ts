import { type EndReason, reasonText } from '@parley/contract'
import { noUsage, type RelayError, type ResponseHeaders, type Usage, type Wire, WireError } from '@parley/wires'
import type { Allowance } from '../ledger/ticket.ts'
import { type CallTimes, Clocks } from './clocks.ts'
import { connectionError, cutError, type FailureKind, timeoutError } from './failures.ts'
import { forwardedResponseHeaders } from './headers.ts'
import type { Passage } from './passage.ts'
import type { Output, RawErrorReply, Reply } from './reply.ts'
import type { Source, SourceReceiver } from './source.ts'
import { describeWireError } from './translating.ts'

export interface CallLimits extends CallTimes {
  /** How much to read on after the client left, to learn the usage. */
  readonly drainBytes: number
}

export interface CallResult {
  readonly endReason: EndReason
  /** The request has gone to the upstream. */
  readonly isSent: boolean
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
  readonly endOfAllowance: (hasBegun: boolean) => readonly Output[]
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
  /** More is being reserved for the reply. */
  #isAsking = false
  /** Chunks that wait for that; the first has been read. */
  readonly #waiting: Chunk[] = []
  /** Length of the reply without the chunk that has been read and waits. */
  #lengthBefore = 0
  #hasEnded = false
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
    if (this.#waiting.length > 0) this.#waiting.push(chunk)
    else this.#pass(chunk)
  }

  end(): void {
    if (this.#isOver) return
    if (this.#errorBody) return this.#finishWithErrorReply()
    this.#hasEnded = true
    if (this.#waiting.length > 0) return
    const output = this.#outputOf('end')
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

  /** Reads a chunk and lets it through, once the reply is within its limits with it. */
  #pass(chunk: Chunk): void {
    const { passage, allowance, isStream } = this.#parts
    const { contentLength } = passage.reading
    if (!this.#tryRead(chunk)) return
    const room = isStream ? allowance.roomFor(passage.reading) : 'enough'
    if (room === 'none' && passage.reading.error === undefined) {
      this.#lengthBefore = contentLength
      this.#waiting.push(chunk)
      return this.#askForRoom()
    }
    this.#passOn()
    if (room === 'scarce' && !this.#isOver && !passage.reading.isFinished) this.#askForRoom()
  }

  /** Lets through what has been read. */
  #passOn(): void {
    const { passage } = this.#parts
    const { reading } = passage
    const output = this.#outputOf('write')
    if (!output) return
    if (this.#isCommitted) return this.#write(output)
    if (reading.error) return this.#finish('upstream_error', reading.error)
    this.#hold(output)
    if (reading.hasContent || this.#heldBytes > maxHeldBytes) this.#commit({})
  }

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
    const all: { [name: string]: string } = isStream ? {} : { 'content-type': 'application/json; charset=utf-8' }
    if (isSameWire) Object.assign(all, forwardedResponseHeaders(this.#headers))
    reply.begin({ status: isSameWire ? (this.#status ?? 200) : 200, headers: Object.assign(all, headers) })
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
      if (!this.#isAsking) source.resume()
    })
  }

  /** Meanwhile the upstream is held back. */
  #askForRoom(): void {
    const { allowance, source } = this.#parts
    if (this.#isAsking) return
    const isForWaiting = this.#waiting.length > 0
    this.#isAsking = true
    source.pause()
    allowance
      .grow()
      .then((isGranted) => this.#goOn(isForWaiting, isGranted))
      .catch((cause: unknown) => this.#finishUnreadable(cause))
  }

  #goOn(isForWaiting: boolean, isGranted: boolean): void {
    this.#isAsking = false
    if (this.#isOver || this.#drainedBytes !== undefined) return
    if (this.#waiting.length > 0 && !isForWaiting) return this.#askForRoom()
    if (isForWaiting && !isGranted) return this.#endForLength()
    this.#passWaiting()
    if (!this.#isOver && !this.#isPaused && !this.#isAsking) this.#parts.source.resume()
  }

  #passWaiting(): void {
    const [read, ...later] = this.#waiting.splice(0)
    if (read === undefined) return
    this.#passOn()
    for (const chunk of later) if (!this.#isOver) this.chunk(chunk)
    if (this.#hasEnded) this.end()
  }

  /** The chunk that does not fit is left out. */
  #endForLength(): void {
    const { endOfAllowance, reply } = this.#parts
    const hasBegun = this.#isCommitted || this.#heldBytes > 0
    if (!this.#isCommitted) this.#commit({})
    for (const piece of endOfAllowance(hasBegun)) reply.write(piece)
    reply.end()
    this.#finish('limit_reached', undefined)
  }

  #heartbeat(): void {
    const { passage, reply } = this.#parts
    if (!this.#isOver && this.#drainedBytes === undefined && (!this.#isCommitted || !passage.isInsideEvent))
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
    const [, ...unread] = this.#waiting.splice(0)
    for (const chunk of unread) if (!this.#isOver) this.#drain(chunk)
    if (this.#hasEnded) return this.#finishGone()
    source.resume()
  }

  #drain(chunk: Chunk): void {
    const { passage, limits } = this.#parts
    if (!this.#tryRead(chunk)) return
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

  #tryRead(chunk: Chunk): boolean {
    try {
      this.#parts.passage.read(chunk)
      return true
    } catch (cause) {
      this.#finishUnreadable(cause)
      return false
    }
  }

  /** Undefined: the attempt is over. */
  #outputOf(work: 'write' | 'end'): readonly Output[] | undefined {
    try {
      return this.#parts.passage[work]()
    } catch (cause) {
      this.#finishUnreadable(cause)
      return undefined
    }
  }

  /** What a decoder throws at what the upstream sent is the upstream's failure. */
  #finishUnreadable(cause: unknown): void {
    this.#finish('upstream_error', {
      kind: 'server',
      status: 502,
      message: reasonText('unreadable', {}, describe(cause)),
    })
  }

  #finish(endReason: EndReason, error: RelayError | undefined, failure?: FailureKind, rawError?: RawErrorReply): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#clocks.stop()
    if (error !== undefined) this.#endEvent()
    if (endReason !== 'done') this.#parts.source.abort()
    const { passage, source } = this.#parts
    const { reading } = passage
    this.#resolve({
      endReason,
      isSent: source.isSent,
      upstreamStatus: this.#status,
      upstreamHeaders: this.#status === undefined ? undefined : this.#headers,
      error,
      rawError,
      isCommitted: this.#isCommitted,
      failure: error ? (failure ?? 'broken') : undefined,
      usage: reading.usage ? { ...noUsage, ...reading.usage } : undefined,
      contentLength: this.#waiting.length > 0 ? this.#lengthBefore : reading.contentLength,
      firstByteAt: this.#firstByteAt,
      isErrorSaid: this.#isCommitted && this.#parts.isSameWire && reading.error !== undefined,
    })
  }

  /** An event of which the caller has a part is ended, so that the error after it stands alone; and it counts. */
  #endEvent(): void {
    const { isStream, passage, reply } = this.#parts
    if (!isStream || !this.#isCommitted || !passage.isInsideEvent || this.#drainedBytes !== undefined) return
    if (!this.#tryRead(blankLine as Buffer & Chunk)) return
    for (const piece of this.#outputOf('write') ?? []) reply.write(piece)
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
  if (cause instanceof WireError) return describeWireError(cause).en
  return cause instanceof Error ? cause.message : String(cause)
}
