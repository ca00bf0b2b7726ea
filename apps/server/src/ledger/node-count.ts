import type { Log } from '../store/log.ts'
import type { State } from '../state/state.ts'
import type { Store } from '../store/store.ts'

export interface NodeCount {
  readonly count: number
  stop(): void
}

export interface NodeCountOptions {
  readonly store: Store
  readonly state: State
  readonly log: Log
  readonly now: () => number
}

const lookEveryMs = 15_000
/** Clocks may differ a little. */
const aliveMs = 60_000

/** How many servers are alive: each grants its share of a limit while they cannot talk to each other. */
export function createNodeCount({ store, state, log, now }: NodeCountOptions): NodeCount {
  if (state.kind === 'memory') return { count: 1, stop: () => {} }
  let count = 1
  async function look(): Promise<void> {
    const row = await store.database
      .selectFrom('node')
      .select((select) => select.fn.countAll<number | string>().as('nodes'))
      .where('stopped_at', 'is', null)
      .where('heartbeat_at', '>', now() - aliveMs)
      .executeTakeFirst()
    count = Math.max(1, Number(row?.nodes ?? 1))
  }
  const lookSafely = () =>
    void look().catch((error: unknown) => log.warn({ err: error }, 'the servers were not counted'))
  lookSafely()
  const timer = setInterval(lookSafely, lookEveryMs).unref()
  return {
    get count() {
      return count
    },
    stop: () => clearInterval(timer),
  }
}
