/** Where somebody is signed in, and ending that. */
import { notFound, ParleyError } from '@parley/contract'
import type { IdentityParts } from './parts.ts'
import { findSessionState, listSessions, revokeSessions } from './sessions-repository.ts'
import type { Session } from './user.ts'

export interface Sessions {
  /** Those that are good, the last used first. */
  list(userId: string): Promise<Session[]>
  /** Throws when the user has none with this id. */
  end(userId: string, sessionId: string): Promise<void>
  endOthers(userId: string, exceptId: string): Promise<void>
  endAll(userId: string): Promise<void>
}

export function createSessions({ store, sessionCache, clock }: IdentityParts): Sessions {
  return {
    list: (userId) => listSessions(userId, clock(), store.database),

    async end(userId, sessionId) {
      const ended = await revokeSessions({ userId, id: sessionId }, clock(), store.database)
      if (ended.length === 0) throw await whyNotEnded(userId, sessionId)
      await sessionCache.forget(ended)
    },

    async endAll(userId) {
      await sessionCache.forget(await revokeSessions({ userId }, clock(), store.database))
    },

    async endOthers(userId, exceptId) {
      await sessionCache.forget(await revokeSessions({ userId, except: exceptId }, clock(), store.database))
    },
  }

  async function whyNotEnded(userId: string, sessionId: string): Promise<ParleyError> {
    const owner = (await findSessionState(sessionId, store.database))?.userId ?? userId
    return owner === userId ? notFound('session') : new ParleyError('forbidden')
  }
}
