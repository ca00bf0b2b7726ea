import { randomUUID } from 'node:crypto'
import type { State } from '../state/state.ts'
import type { Log } from '../store/log.ts'
import { type GrantedSlot, type QueuedAccount, SlotQueue, type WaitOptions } from './slot-queue.ts'

const timeToLiveMs = 60_000
const renewEveryMs = 20_000
/** How often those who wait look for slots that other nodes have given back. */
const lookEveryMs = 100

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
  readonly #queue = new SlotQueue((account) => this.#tryTakeFor(account))
  readonly #timers: NodeJS.Timeout[]

  constructor(state: State, log: Log) {
    this.#state = state
    this.#log = log
    this.#timers = [setInterval(() => this.#renew(), renewEveryMs).unref()]
    if (state.kind === 'redis') this.#timers.push(setInterval(() => this.#queue.serve(), lookEveryMs).unref())
  }

  /** Calls under way on this node. */
  active(accountId: string): number {
    return this.#active.get(accountId) ?? 0
  }

  /** What gives the slot back, to be called once; undefined when all are taken. */
  acquire(accountId: string, max: number | null): (() => void) | undefined | Promise<(() => void) | undefined> {
    if (this.#queue.hasLine(accountId)) return undefined
    return this.#tryTake(accountId, max)
  }

  /** Stands in line for a slot on any of these accounts. */
  wait(accounts: readonly QueuedAccount[], options: WaitOptions): Promise<GrantedSlot | undefined> {
    return this.#queue.wait(accounts, options)
  }

  #tryTake(accountId: string, max: number | null): (() => void) | undefined | Promise<(() => void) | undefined> {
    if (max !== null && this.#state.kind === 'redis') return this.#acquireShared(accountId, max)
    if (max !== null && this.active(accountId) >= max) return undefined
    return this.#take(accountId)
  }

  async #tryTakeFor({ id, max }: QueuedAccount): Promise<(() => void) | undefined> {
    try {
      return await this.#tryTake(id, max)
    } catch (err) {
      this.#log.warn({ err, accountId: id }, 'no slot for those who wait: the shared state does not answer')
      return undefined
    }
  }

  #take(accountId: string): () => void {
    this.#active.set(accountId, this.active(accountId) + 1)
    return () => {
      const left = this.active(accountId) - 1
      if (left > 0) this.#active.set(accountId, left)
      else this.#active.delete(accountId)
      this.#queue.serve()
    }
  }

  async #acquireShared(accountId: string, max: number): Promise<(() => void) | undefined> {
    const holder = randomUUID()
    const key = keyOf(accountId)
    if (!(await this.#state.slots.tryAcquire(key, holder, { max, timeToLiveMs }))) return undefined
    this.#held.set(holder, key)
    const release = this.#take(accountId)
    return () => {
      this.#held.delete(holder)
      this.#state.slots
        .release(key, holder)
        .catch((err: unknown) => {
          this.#log.warn({ err, accountId }, 'a shared slot was not given back: it frees itself within a minute')
        })
        .finally(release)
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
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.allSettled([...this.#held].map(([holder, key]) => this.#state.slots.release(key, holder)))
  }
}

function keyOf(accountId: string): string {
  return `account:${accountId}`
}
