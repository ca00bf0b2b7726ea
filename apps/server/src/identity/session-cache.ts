/**
 * Answers "is this session still good?" for every request without asking the database every time.
 *
 * Guarantee: what ended a session counts at once on this node, within the time of a message on the others, and within
 * `maxAgeMs` even where that message got lost.
 */
import type { Topics } from '../state/state.ts'
import type { SessionState } from './sessions-repository.ts'

export interface SessionCache extends AsyncDisposable {
  /** Undefined: there is no such session. */
  find(sessionId: string): Promise<SessionState | undefined>
  /** Makes all nodes look again. */
  forget(sessionIds: readonly string[]): Promise<void>
}

export interface SessionCacheOptions {
  readonly load: (sessionId: string) => Promise<SessionState | undefined>
  readonly topics: Topics
  readonly clock: () => number
  readonly maxAgeMs?: number
  readonly maxEntries?: number
}

const topic = 'identity:sessions'

export async function createSessionCache(options: SessionCacheOptions): Promise<SessionCache> {
  const { load, topics, clock, maxAgeMs = 10_000, maxEntries = 20_000 } = options
  const entries = new Map<string, { loadedAt: number; state: Promise<SessionState | undefined> }>()

  const drop = (ids: readonly string[]) => {
    for (const id of ids) entries.delete(id)
  }
  const unsubscribe = await topics.subscribe(topic, (message) => drop(message.split(' ')))

  return {
    find(id) {
      const known = entries.get(id)
      if (known && clock() - known.loadedAt < maxAgeMs) return known.state
      // The promise itself is kept: many requests at once are one look-up, and one that `forget` overtakes is not kept.
      const entry = { loadedAt: clock(), state: load(id) }
      entry.state.catch(() => entries.get(id) === entry && entries.delete(id))
      entries.delete(id)
      entries.set(id, entry)
      if (entries.size > maxEntries) drop([...entries.keys()].slice(0, maxEntries / 10))
      return entry.state
    },

    async forget(ids) {
      if (ids.length === 0) return
      drop(ids)
      await topics.publish(topic, ids.join(' '))
    },

    [Symbol.asyncDispose]: unsubscribe,
  }
}
