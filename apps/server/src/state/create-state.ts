import type { Config } from '../config/config.ts'
import { createFallbackState } from './fallback.ts'
import type { Log } from './log.ts'
import { createMemoryState } from './memory.ts'
import type { State } from './state.ts'

/** Starts without Redis too, if it must: `check` tells, and it is used as soon as it is there. */
export async function createState(state: Config['state'], { log }: { readonly log: Log }): Promise<State> {
  const memory = createMemoryState({ log })
  if (state.kind === 'memory') return memory
  // Its client is megabytes that nobody else needs.
  const { createRedisState } = await import('./redis.ts')
  const redis = await createRedisState({ url: state.url, log })
  const fallback = createFallbackState({
    primary: redis,
    secondary: memory,
    log,
    limitsWithout: state.limitsWithout,
  })
  await fallback.check()
  return fallback
}
