import { FallbackBudgets, type WithoutSharedState } from './fallback-budgets.ts'
import { FallbackTopics } from './fallback-topics.ts'
import { MemoryBudgets } from './memory-budgets.ts'
import { Outage, type OutageOptions } from './outage.ts'
import type { Slots, State } from './state.ts'

export interface FallbackOptions extends OutageOptions {
  /** What limits do meanwhile; this node's share unless set. */
  readonly limitsWithout?: WithoutSharedState
}

/**
 * Keeps everything going while Redis is down: this node then counts for itself, in its memory. Slots held across the
 * change are taken over when they are renewed; values and counts start anew, which can only allow more than it should.
 */
export function createFallbackState(options: FallbackOptions): State {
  const { primary, secondary, limitsWithout = 'share' } = options
  const outage = new Outage(options, async () => {
    await topics.completeAll()
    await budgets.payBack()
  })
  const own = new MemoryBudgets(Date.now)
  const budgets = new FallbackBudgets({ primary, secondary: own, outage, without: limitsWithout })
  const topics = new FallbackTopics(primary.topics, secondary.topics, (run) =>
    outage.call((state) => run(state.topics)),
  )
  return {
    kind: primary.kind,
    counters: { take: (key, take) => outage.call((state) => state.counters.take(key, take)) },
    slots: createSlots(options, outage),
    budgets,
    values: {
      get: (key) => outage.call((state) => state.values.get(key)),
      set: (key, value, timeToLiveMs) => outage.call((state) => state.values.set(key, value, timeToLiveMs)),
      setIfAbsent: (key, value, timeToLiveMs) =>
        outage.call((state) => state.values.setIfAbsent(key, value, timeToLiveMs)),
      delete: (key) => outage.call((state) => state.values.delete(key)),
    },
    topics,
    async check() {
      const health = outage.isOn ? undefined : await primary.check()
      if (health?.ok === false) outage.start(health.reason)
      return outage.reason === undefined ? { ok: true } : { ok: false, reason: outage.reason }
    },
    async [Symbol.asyncDispose]() {
      outage.close()
      await primary[Symbol.asyncDispose]()
      await secondary[Symbol.asyncDispose]()
    },
  }
}

function createSlots({ primary, secondary }: OutageOptions, outage: Outage): Slots {
  return {
    tryAcquire: (key, holder, slot) => outage.call((state) => state.slots.tryAcquire(key, holder, slot)),
    renew: (key, holder, timeToLiveMs) =>
      outage.call(async (state) => {
        if (await state.slots.renew(key, holder, timeToLiveMs)) return true
        // Taken before the change, in the other place: whether it is still held is known only there, and when that is
        // out of reach the holder is believed.
        const isHeld = state === secondary || (await secondary.slots.renew(key, holder, timeToLiveMs))
        if (!isHeld) return false
        await state.slots.tryAcquire(key, holder, { max: Number.MAX_SAFE_INTEGER, timeToLiveMs })
        if (state === primary) await secondary.slots.release(key, holder)
        return true
      }),
    release: (key, holder) =>
      outage.call(async (state) => {
        await state.slots.release(key, holder)
        if (state === primary) await secondary.slots.release(key, holder)
      }),
    count: (key) => outage.call((state) => state.slots.count(key)),
  }
}
