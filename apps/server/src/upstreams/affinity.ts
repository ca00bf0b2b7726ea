import { hash } from 'node:crypto'
import { ExpiringMap } from '../state/expiring-map.ts'
import type { State } from '../state/state.ts'
import type { Log } from '../store/log.ts'

/**
 * Which account served a session before, so that its prompt cache is used again.
 *
 * Guarantees: sessions of different keys never meet, whatever ids their clients choose; each use makes it last longer;
 * it is a wish only, which yields when the account is out; other nodes know it when the state is shared.
 */
export interface Affinity {
  /** The account of the session. Answers without a promise where this node knows. */
  find(key: string): string | undefined | Promise<string | undefined>
  remember(key: string, accountId: string): void
}

/** What of a call tells its session, best first; undefined where the client says nothing of the kind. */
export interface SessionSigns {
  /** The API key or person whose session it is. */
  readonly ownerId: string
  /** The client's own id. */
  readonly sessionId: string | undefined
  /** The beginning that all calls of a conversation share: system prompt and first message. */
  readonly prefix: string | undefined
}

export interface AffinityOptions {
  readonly state: Pick<State, 'kind' | 'values'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly log: Log
  readonly lifetimeMs?: number
}

const maxSessions = 50_000
/** Shared state is told again only after this, not with each call of a session. */
const shareEveryMs = 60_000

interface Known {
  readonly accountId: string
  readonly sharedAt: number
}

/** The key of a session; undefined when nothing tells one call's session from another's. */
export function affinityKeyOf({ ownerId, sessionId, prefix }: SessionSigns): string | undefined {
  if (sessionId !== undefined && sessionId !== '') return hash('sha256', JSON.stringify([ownerId, 'id', sessionId]))
  if (prefix !== undefined && prefix !== '') return hash('sha256', JSON.stringify([ownerId, 'prefix', prefix]))
  return undefined
}

export function createAffinity({ state, clock, log, lifetimeMs = 3_600_000 }: AffinityOptions): Affinity {
  const sessions = new ExpiringMap<Known>({ now: clock, maxSize: maxSessions })
  const isShared = state.kind === 'redis'

  const ask = async (key: string): Promise<string | undefined> => {
    try {
      const accountId = await state.values.get(`affinity:${key}`)
      if (accountId !== undefined) sessions.set(key, { accountId, sharedAt: clock() }, clock() + lifetimeMs)
      return accountId
    } catch (err) {
      log.warn({ err }, 'the account of a session is not known: the shared state does not answer')
      return undefined
    }
  }

  return {
    find(key) {
      const known = sessions.get(key)
      if (known !== undefined) return known.accountId
      return isShared ? ask(key) : undefined
    },
    remember(key, accountId) {
      const now = clock()
      const known = sessions.get(key)
      const isNews = isShared && (known?.accountId !== accountId || now - known.sharedAt >= shareEveryMs)
      sessions.set(key, { accountId, sharedAt: isNews ? now : (known?.sharedAt ?? now) }, now + lifetimeMs)
      if (!isNews) return
      state.values.set(`affinity:${key}`, accountId, lifetimeMs).catch((err: unknown) => {
        log.warn({ err }, 'other nodes were not told the account of a session')
      })
    },
  }
}
