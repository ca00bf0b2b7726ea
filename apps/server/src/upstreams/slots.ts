import { randomUUID } from 'node:crypto'
import type { State } from '../state/state.ts'
import type { Log } from '../store/log.ts'

const timeToLiveMs = 60_000
const renewEveryMs = 20_000

/**
 * How many calls run on each account, and the cap on them.
 *
 * Guarantees: an account's cap is never exceeded, by all nodes together when they share their state; what a dead node
 * held frees itself. With one node the answer is there at once, without a promise.
 */
export class CallSlots implements AsyncDisposable {
  readonly #state: State
  readonly #log: Log
  readonly #active = new Map<string, number>()
  /** Shared slots that this node holds, by holder. */
  readonly #held = new Map<string, string>()
  readonly #timer: NodeJS.Timeout

  constructor(state: State, log: Log) {
    this.#state = state
    this.#log = log
    this.#timer = setInterval(() => this.#renew(), renewEveryMs).unref()
  }

  /** Calls under way on this node. */
  active(accountId: string): number {
    return this.#active.get(accountId) ?? 0
  }

  /** What gives the slot back, to be called once; undefined when all are taken. */
  acquire(accountId: string, max: number | null): (() => void) | undefined | Promise<(() => void) | undefined> {
    if (max !== null && this.#state.kind === 'redis') return this.#acquireShared(accountId, max)
    if (max !== null && this.active(accountId) >= max) return undefined
    return this.#take(accountId)
  }

  #take(accountId: string): () => void {
    this.#active.set(accountId, this.active(accountId) + 1)
    return () => {
      const left = this.active(accountId) - 1
      if (left > 0) this.#active.set(accountId, left)
      else this.#active.delete(accountId)
    }
  }

  async #acquireShared(accountId: string, max: number): Promise<(() => void) | undefined> {
    const holder = randomUUID()
    const key = keyOf(accountId)
    if (!(await this.#state.slots.tryAcquire(key, holder, { max, timeToLiveMs }))) return undefined
    this.#held.set(holder, key)
    const release = this.#take(accountId)
    return () => {
      release()
      this.#held.delete(holder)
      this.#state.slots.release(key, holder).catch((err: unknown) => {
        this.#log.warn({ err, accountId }, 'a shared slot was not given back: it frees itself within a minute')
      })
    }
  }

  #renew(): void {
    for (const [holder, key] of this.#held) {
      this.#state.slots.renew(key, holder, timeToLiveMs).catch((err: unknown) => {
        this.#log.warn({ err }, 'a shared slot was not renewed')
      })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await Promise.allSettled([...this.#held].map(([holder, key]) => this.#state.slots.release(key, holder)))
  }
}

function keyOf(accountId: string): string {
  return `account:${accountId}`
}
