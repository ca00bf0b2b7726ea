import type { RelayError } from '@parley/wires'
import type { Output, RawErrorReply, Reply, ReplyHead } from '../reply.ts'

/** How one caller's part in it ended. */
export type MemberEnd = { readonly kind: 'whole' | 'gone' } | { readonly kind: 'failed'; readonly error: RelayError }

/** A reply that is whole. */
export interface RecordedReply {
  readonly head: ReplyHead
  readonly body: Buffer
}

interface Member {
  readonly reply: Reply
  readonly mark: () => 'hit' | 'miss'
  readonly onEnd: (end: MemberEnd) => void
  /** Of the pieces, the next that it gets. */
  next: number
  hasHead: boolean
  isWaiting: boolean
}

interface Ending {
  readonly error: RelayError | undefined
  readonly raw: RawErrorReply | undefined
}

const markHeader = 'x-parley-cache'

/**
 * One upstream call's reply for several callers.
 *
 * Guarantees: each gets all of its bytes in order, however late they join and however slow they are; the upstream is left
 * only when all of them have left; memory is bounded: what is said is held up to `maxBytes`, beyond that nobody joins any
 * more, and the upstream waits for the slowest.
 */
export class SharedReply implements Reply {
  readonly #maxBytes: number
  readonly #members = new Set<Member>()
  #pieces: Buffer[] = []
  #bytes = 0
  /** All of it is held. */
  #isComplete = true
  #head: ReplyHead | undefined
  #ending: Ending | undefined
  #isLeft = false
  #goneListeners: (() => void)[] = []
  #drainListeners: (() => void)[] = []

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Resolves when the caller has all of it, or has left. `mark`: what the caller is told of where it comes from. */
  join(reply: Reply, mark: () => 'hit' | 'miss'): Promise<MemberEnd> {
    return new Promise((onEnd) => {
      const member: Member = { reply, mark, onEnd, next: 0, hasHead: false, isWaiting: false }
      this.#members.add(member)
      reply.whenGone(() => this.#leave(member))
      if (reply.goneReason === undefined) this.#serve(member)
      else this.#leave(member)
    })
  }

  /** A caller may still join. */
  get isOpen(): boolean {
    return this.#isComplete && !this.#isLeft && this.#ending?.error === undefined
  }

  /** What was said, if it is whole and held. */
  recorded(): RecordedReply | undefined {
    if (!this.#isComplete || this.#head === undefined || this.#ending === undefined || this.#ending.error)
      return undefined
    return { head: this.#head, body: Buffer.concat(this.#pieces) }
  }

  replay({ head, body }: RecordedReply): void {
    this.begin(head)
    this.write(body)
    this.end()
  }

  // ── As the engine sees it ──────────────────────────────────────────────────────────────────────────────────────

  get hasBegun(): boolean {
    return this.#head !== undefined || [...this.#members].some(({ reply }) => reply.hasBegun)
  }

  get status(): number {
    return this.#head?.status ?? this.#ending?.raw?.status ?? this.#ending?.error?.status ?? 0
  }

  get goneReason(): 'client_gone' | undefined {
    return this.#isLeft ? 'client_gone' : undefined
  }

  begin(head: ReplyHead): void {
    this.#head ??= head
    this.#serveAll()
  }

  write(output: Output): boolean {
    const piece = typeof output === 'string' ? Buffer.from(output) : Buffer.from(output as Uint8Array)
    this.#pieces.push(piece)
    this.#bytes += piece.length
    this.#serveAll()
    if (this.#bytes <= this.#maxBytes) return true
    this.#isComplete = false
    return this.#forgetPassed()
  }

  whenDrained(listener: () => void): void {
    this.#drainListeners.push(listener)
  }

  whenGone(listener: () => void): void {
    this.#goneListeners.push(listener)
  }

  heartbeat(): void {
    for (const { reply, isWaiting } of this.#members) if (!isWaiting) reply.heartbeat()
  }

  end(): void {
    this.#ending ??= { error: undefined, raw: undefined }
    this.#serveAll()
  }

  fail(error: RelayError, raw?: RawErrorReply): void {
    this.#ending ??= { error, raw }
    this.#serveAll()
  }

  // ── To the callers ─────────────────────────────────────────────────────────────────────────────────────────────

  #serveAll(): void {
    for (const member of this.#members) this.#serve(member)
  }

  #serve(member: Member): void {
    if (member.isWaiting || !this.#members.has(member)) return
    const { reply } = member
    if (this.#head !== undefined && !member.hasHead) {
      member.hasHead = true
      reply.begin({ ...this.#head, headers: { ...this.#head.headers, [markHeader]: member.mark() } })
    }
    while (member.next < this.#pieces.length) {
      const piece = this.#pieces[member.next]
      member.next += 1
      if (piece === undefined || reply.write(piece)) continue
      member.isWaiting = true
      reply.whenDrained(() => this.#drained(member))
      return
    }
    if (this.#ending !== undefined) this.#finish(member, this.#ending)
  }

  #drained(member: Member): void {
    member.isWaiting = false
    this.#serve(member)
    if (!this.#isComplete && this.#forgetPassed()) this.#tell(this.#drainListeners)
  }

  #finish(member: Member, { error, raw }: Ending): void {
    this.#members.delete(member)
    if (error === undefined) member.reply.end()
    else member.reply.fail(error, raw)
    member.onEnd(error === undefined ? { kind: 'whole' } : { kind: 'failed', error })
  }

  #leave(member: Member): void {
    if (!this.#members.delete(member)) return
    member.onEnd({ kind: 'gone' })
    if (this.#members.size > 0) {
      if (!this.#isComplete && this.#forgetPassed()) this.#tell(this.#drainListeners)
      return
    }
    if (this.#ending !== undefined) return
    this.#isLeft = true
    this.#tell(this.#goneListeners)
  }

  /** True: everybody has everything so far, and it is held no longer. */
  #forgetPassed(): boolean {
    for (const { next } of this.#members) if (next < this.#pieces.length) return false
    this.#pieces = []
    for (const member of this.#members) member.next = 0
    return [...this.#members].every(({ isWaiting }) => !isWaiting)
  }

  #tell(listeners: (() => void)[]): void {
    for (const listener of listeners.splice(0)) listener()
  }
}
