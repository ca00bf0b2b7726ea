import { ExpiringMap } from './expiring-map.ts'
import { LocalTopics } from './local-topics.ts'
import type { Log } from './log.ts'
import { MemoryBudgets } from './memory-budgets.ts'
import type { Counters, Slots, State, Values } from './state.ts'

export interface MemoryStateOptions {
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Most counters and most values that are kept; the oldest are forgotten first. */
  readonly maxEntries?: number
}

/** The state of a single node. Each method does its work in one synchronous step, which makes it atomic. */
export function createMemoryState(options: MemoryStateOptions): State {
  const { log, now = Date.now, maxEntries = 200_000 } = options
  return {
    kind: 'memory',
    counters: createCounters(now, maxEntries),
    slots: createSlots(now),
    budgets: new MemoryBudgets(now),
    values: createValues(now, maxEntries),
    topics: new LocalTopics(log),
    check: async () => ({ ok: true }),
    [Symbol.asyncDispose]: async () => {},
  }
}

function createCounters(now: () => number, maxSize: number): Counters {
  const windows = new ExpiringMap<{ count: number }>({ now, maxSize })
  return {
    async take(key, { limit, windowMs, amount = 1 }) {
      const resetAtMs = (Math.floor(now() / windowMs) + 1) * windowMs
      const name = `${windowMs}:${key}`
      let window = windows.get(name)
      if (window === undefined) {
        window = { count: 0 }
        windows.set(name, window, resetAtMs)
      }
      const isAllowed = window.count + amount <= limit
      if (isAllowed) window.count += amount
      return { isAllowed, remaining: Math.max(0, limit - window.count), resetAtMs }
    },
  }
}

function createSlots(now: () => number): Slots {
  // Each key ends with its last holder. No bound: a slot must not be taken from its holder, and callers have few keys.
  const holdersByKey = new ExpiringMap<Map<string, number>>({ now, maxSize: Number.POSITIVE_INFINITY })

  function liveHolders(key: string): Map<string, number> {
    const holders = holdersByKey.get(key) ?? new Map<string, number>()
    for (const [holder, endsAt] of holders) if (endsAt <= now()) holders.delete(holder)
    return holders
  }

  function hold(key: string, holder: string, timeToLiveMs: number): void {
    const holders = liveHolders(key).set(holder, now() + timeToLiveMs)
    holdersByKey.set(key, holders, Math.max(...holders.values()))
  }

  return {
    async tryAcquire(key, holder, { max, timeToLiveMs }) {
      const holders = liveHolders(key)
      if (!holders.has(holder) && holders.size >= max) return false
      hold(key, holder, timeToLiveMs)
      return true
    },
    async renew(key, holder, timeToLiveMs) {
      if (!liveHolders(key).has(holder)) return false
      hold(key, holder, timeToLiveMs)
      return true
    },
    async release(key, holder) {
      const holders = liveHolders(key)
      holders.delete(holder)
      if (holders.size === 0) holdersByKey.delete(key)
    },
    count: async (key) => liveHolders(key).size,
  }
}

function createValues(now: () => number, maxSize: number): Values {
  const values = new ExpiringMap<string>({ now, maxSize })
  return {
    get: async (key) => values.get(key),
    set: async (key, value, timeToLiveMs) => values.set(key, value, now() + timeToLiveMs),
    async setIfAbsent(key, value, timeToLiveMs) {
      if (values.get(key) !== undefined) return false
      values.set(key, value, now() + timeToLiveMs)
      return true
    },
    delete: async (key) => values.delete(key),
  }
}
