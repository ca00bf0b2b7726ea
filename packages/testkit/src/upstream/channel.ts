import { once } from 'node:events'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Behaviour } from './behaviour.ts'
import { noteClosedByPeer, noteEvent, type Outcome, type ServedCall } from './served.ts'
import type { SaidUsage } from './wires/wire.ts'

/** Thrown out of whatever the upstream was doing when its caller has gone, or when the behaviour has cut the line. */
export class LineClosed extends Error {
  override readonly name = 'LineClosed'
}

/**
 * The way out to one caller: every byte of a reply goes through `write`, which cuts, splits and counts.
 *
 * Guarantees: a cut at byte n lets exactly n bytes of the body out (they have left this process before the socket is
 * destroyed); a write waits for a slow reader, so memory does not grow with the reply; after the line has closed every
 * operation throws LineClosed, so no timer or loop outlives its call.
 */
export class Channel {
  readonly #response: ServerResponse
  readonly #served: ServedCall
  readonly #behaviour: Behaviour
  readonly #onChange: () => void
  readonly #closed = new AbortController()
  #charactersToCut: number

  constructor(response: ServerResponse, served: ServedCall, behaviour: Behaviour, onChange: () => void) {
    this.#response = response
    this.#served = served
    this.#behaviour = behaviour
    this.#onChange = onChange
    const cut = behaviour.cut
    this.#charactersToCut = cut !== undefined && 'insideCharacter' in cut ? cut.insideCharacter : 0
    response.once('close', () => this.#close())
    response.on('error', () => this.#close())
    response.socket?.setNoDelay(true)
  }

  #close(): void {
    if (this.#closed.signal.aborted) return
    this.#closed.abort()
    if (this.#served.outcome === 'open' && !this.#response.writableFinished) noteClosedByPeer(this.#served)
    this.#served.endedAt ??= performance.now()
    this.#onChange()
  }

  #assertOpen(): void {
    if (this.#closed.signal.aborted) throw new LineClosed('the line is closed')
  }

  async pause(milliseconds: number | undefined): Promise<void> {
    if (!milliseconds) return
    await this.until(sleep(milliseconds, undefined, { signal: this.#closed.signal }))
  }

  /** Waits for something outside, but no longer than the line is open. */
  async until(happening: Promise<unknown>): Promise<void> {
    const signal = this.#closed.signal
    const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => onClosed(), { once: true })
    try {
      if (!signal.aborted) await Promise.race([happening, closed])
    } catch (error) {
      if (!signal.aborted) throw error
    }
    this.#assertOpen()
  }

  /** Says nothing more until the caller goes away. */
  async stall(): Promise<never> {
    if (this.#served.status !== 0) this.#response.flushHeaders()
    this.#served.isStalled = true
    this.#onChange()
    for (;;) await this.until(Promise.withResolvers<void>().promise)
  }

  open(status: number, headers: OutgoingHttpHeaders): void {
    this.#assertOpen()
    this.#served.status = status
    this.#served.headersAt = performance.now()
    this.#response.writeHead(status, headers)
    this.#response.flushHeaders()
    this.#onChange()
  }

  /** Resolves when the reader has room for more. */
  async write(bytes: Buffer): Promise<void> {
    this.#assertOpen()
    const allowed = this.#allowedOf(bytes)
    const size = this.#behaviour.split ?? 0
    if (size === 0) await this.#push(bytes.subarray(0, allowed), false)
    else
      for (let start = 0; start < allowed; start += size)
        await this.#push(bytes.subarray(start, Math.min(allowed, start + size)), true)
    if (allowed < bytes.length) await this.cut()
  }

  /** How many of these bytes may go out before the cut. */
  #allowedOf(bytes: Buffer): number {
    const cut = this.#behaviour.cut
    if (cut === undefined) return bytes.length
    if ('atByte' in cut) return Math.min(bytes.length, cut.atByte - this.#served.bodyBytes)
    if (this.#charactersToCut === 0) return bytes.length
    for (const [index, byte] of bytes.entries()) {
      if (byte >= 0xc2 && --this.#charactersToCut === 0) return index + 1
    }
    return bytes.length
  }

  async #push(bytes: Buffer, isFlushed: boolean): Promise<void> {
    if (bytes.length === 0) return
    this.#assertOpen()
    const { promise: taken, resolve: onTaken } = Promise.withResolvers<void>()
    this.#served.bodyBytes += bytes.length
    const hasRoom = this.#response.write(bytes, (error) => {
      if (!error) this.#served.takenBytes += bytes.length
      onTaken()
    })
    if (isFlushed) await this.until(taken)
    else if (!hasRoom) await this.until(once(this.#response, 'drain', { signal: this.#closed.signal }))
  }

  /** A whole event is out, and this is what it told. */
  note(content: string | undefined, said: SaidUsage | undefined): void {
    noteEvent(this.#served, content, said)
    this.#onChange()
  }

  /** Destroys the socket once all that was written has left. */
  async cut(): Promise<never> {
    this.#assertOpen()
    const socket = this.#response.socket
    this.#response.flushHeaders()
    if (socket !== null) await this.until(new Promise((resolve) => socket.write('', resolve)))
    this.#finishAs('cut')
    if (this.#behaviour.resetOnCut) socket?.resetAndDestroy()
    else socket?.destroy()
    throw new LineClosed('cut on command')
  }

  reset(): never {
    this.#finishAs('reset')
    this.#response.socket?.resetAndDestroy()
    throw new LineClosed('reset on command')
  }

  /** A clean end of the body; the outcome counts once the operating system has taken it all. */
  async end(outcome: Outcome): Promise<void> {
    this.#assertOpen()
    const { promise: over, resolve: onOver } = Promise.withResolvers<void>()
    this.#response.once('close', onOver)
    this.#response.end(() => {
      if (this.#response.writableFinished) this.#finishAs(outcome)
      onOver()
    })
    await over
  }

  async endEarly(): Promise<never> {
    await this.end('ended-early')
    throw new LineClosed('ended on command')
  }

  #finishAs(outcome: Outcome): void {
    this.#served.outcome = outcome
    this.#served.endedAt = performance.now()
    this.#onChange()
  }
}
