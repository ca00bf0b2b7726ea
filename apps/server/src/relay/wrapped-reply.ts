import type { RelayError } from '@parley/wires'
import type { Output, RawErrorReply, Reply, ReplyHead } from './reply.ts'

/** A reply that hands everything on to another: the ground for those that do something on the way. */
export class WrappedReply implements Reply {
  protected readonly inner: Reply

  constructor(inner: Reply) {
    this.inner = inner
  }

  get hasBegun(): boolean {
    return this.inner.hasBegun
  }

  get goneReason(): Reply['goneReason'] {
    return this.inner.goneReason
  }

  get status(): number {
    return this.inner.status
  }

  begin(head: ReplyHead): void {
    this.inner.begin(head)
  }

  write(output: Output): boolean {
    return this.inner.write(output)
  }

  whenDrained(listener: () => void): void {
    this.inner.whenDrained(listener)
  }

  whenGone(listener: () => void): void {
    this.inner.whenGone(listener)
  }

  heartbeat(): void {
    this.inner.heartbeat()
  }

  end(): void {
    this.inner.end()
  }

  fail(error: RelayError, raw?: RawErrorReply): void {
    this.inner.fail(error, raw)
  }
}
