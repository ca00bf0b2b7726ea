import { ParleyError } from '@parley/contract'
import type { State } from '../state/state.ts'

/** A limit on a subject: counts; nano-dollars for `cost`. */
export interface Limit {
  readonly what: 'requests' | 'tokens' | 'cost' | 'concurrency'
  readonly per: 'minute' | '5h' | 'day' | 'week' | 'month' | 'total'
  readonly max: number
}

export interface LimitedCall {
  readonly requestId: string
  readonly keyId: string | null
  readonly limits: readonly Limit[]
}

/** What a call holds while it runs. */
export interface HeldLimits {
  release(): Promise<void>
}

const windowMs: { readonly [per: string]: number } = {
  minute: 60_000,
  '5h': 5 * 3_600_000,
  day: 24 * 3_600_000,
  week: 7 * 24 * 3_600_000,
  month: 30 * 24 * 3_600_000,
  total: Number.MAX_SAFE_INTEGER,
}

/** A slot of a call whose process died frees itself after this. */
const slotLifetimeMs = 600_000

const nothingHeld: HeldLimits = { release: () => Promise.resolve() }

export interface Limits {
  /** Takes what the call needs of every limit, or throws limit_reached or concurrency_full. */
  take(call: LimitedCall): Promise<HeldLimits>
}

export function createLimits(state: State): Limits {
  return {
    async take(call) {
      if (call.limits.length === 0 || call.keyId === null) return nothingHeld
      for (const limit of call.limits) {
        if (limit.what === 'requests') await takeRequest(state, call.keyId, limit)
      }
      const concurrency = call.limits.find(({ what }) => what === 'concurrency')
      return concurrency ? takeSlot(state, call, concurrency) : nothingHeld
    },
  }
}

async function takeRequest(state: State, keyId: string, limit: Limit): Promise<void> {
  const reading = await state.counters.take(`requests:${keyId}:${limit.per}`, {
    limit: limit.max,
    windowMs: windowMs[limit.per] ?? Number.MAX_SAFE_INTEGER,
  })
  if (reading.isAllowed) return
  throw new ParleyError('limit_reached', {
    parameters: { max: limit.max, what: limit.what, per: limit.per },
    retryAfterMs: Math.max(0, reading.resetAtMs - Date.now()),
  })
}

async function takeSlot(state: State, call: LimitedCall, limit: Limit): Promise<HeldLimits> {
  const key = `calls:${call.keyId}`
  const isTaken = await state.slots.tryAcquire(key, call.requestId, { max: limit.max, timeToLiveMs: slotLifetimeMs })
  if (!isTaken) throw new ParleyError('concurrency_full', { parameters: { max: limit.max }, retryAfterMs: 1000 })
  return { release: () => state.slots.release(key, call.requestId) }
}
