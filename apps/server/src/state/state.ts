import type { Budgets } from './budgets.ts'

/**
 * State that is shared but short-lived. One interface, two adapters (this process's memory, Redis), one conformance
 * suite. Every method that checks and changes does both in one atomic step, across all nodes that share the adapter.
 * Keys are namespaced by the caller: `sign-in:1.2.3.4`. Times are milliseconds.
 */
export interface State extends AsyncDisposable {
  readonly kind: 'memory' | 'redis'
  readonly counters: Counters
  readonly slots: Slots
  readonly budgets: Budgets
  readonly values: Values
  readonly topics: Topics
  /** Healthy, or why not. */
  check(): Promise<{ ok: true } | { ok: false; reason: string }>
}

export interface Counters {
  /**
   * Adds `amount` to the fixed window of `windowMs` that now falls in, unless that would exceed `limit`.
   * Windows are aligned to the epoch.
   */
  take(key: string, options: { limit: number; windowMs: number; amount?: number }): Promise<CounterReading>
}

export interface CounterReading {
  isAllowed: boolean
  remaining: number
  resetAtMs: number
}

export interface Slots {
  /** Takes one of `max` slots for `holder`; false when all are taken. A slot not renewed within its lifetime frees itself. */
  tryAcquire(key: string, holder: string, options: { max: number; timeToLiveMs: number }): Promise<boolean>
  renew(key: string, holder: string, timeToLiveMs: number): Promise<boolean>
  release(key: string, holder: string): Promise<void>
  count(key: string): Promise<number>
}

export interface Values {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, timeToLiveMs: number): Promise<void>
  /** Sets only if absent; true when it was set. */
  setIfAbsent(key: string, value: string, timeToLiveMs: number): Promise<boolean>
  delete(key: string): Promise<void>
}

export interface Topics {
  /** Delivered to every subscriber on every node, in the order of this publisher; to nobody if nobody listens. */
  publish(topic: string, message: string): Promise<void>
  /** Resolves when the subscription is active; the returned function ends it. */
  subscribe(topic: string, listener: (message: string) => void): Promise<() => Promise<void>>
}
