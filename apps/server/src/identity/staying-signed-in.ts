/**
 * Staying signed in.
 *
 * Guarantees: a refresh token works once. Its use gives the next one; using it again ends the whole sign-in, because then
 * two parties hold it. Only within `graceMs` is the same next token given again: that is two tabs of one browser.
 */
import { ParleyError } from '@parley/contract'
import type { Principal } from '../http/route.ts'
import type { IdentityParts } from './parts.ts'
import { findSessionState, revokeSessions, rotateSession, type SessionState } from './sessions-repository.ts'
import { type SignedIn, signedInWith } from './signed-in.ts'
import type { RefreshToken } from './tokens.ts'
import type { Client } from './user.ts'
import { findUser } from './users-repository.ts'

export interface Staying {
  refresh(refreshToken: string, client: Client): Promise<SignedIn>
  /** Who an access token belongs to. Throws ParleyError when it is not good (any more). */
  authenticate(accessToken: string): Promise<Principal>
}

const graceMs = 10_000

export function createStaying({ store, tokens, sessionCache, lastSeen, settings, clock }: IdentityParts): Staying {
  return {
    async refresh(text, client) {
      const token = tokens.readRefresh(text)
      const state = await findSessionState(token.sessionId, store.database)
      assertGoodSession(state, clock())
      const next = tokens.makeRefresh(token.sessionId, token.step + 1)
      const rotation = {
        id: token.sessionId,
        from: token.hash,
        to: next.hash,
        now: clock(),
        expiresAt: clock() + settings.refreshTokenSeconds * 1000,
        ...client,
      }
      if (!(await rotateSession(rotation, store.database))) await assertWithinGrace(token, state.userId)
      const user = await findUser(state.userId, store.database)
      if (user === undefined) throw new ParleyError('token_expired')
      return signedInWith(tokens, user, next)
    },

    async authenticate(accessToken) {
      const { sessionId, via } = await tokens.readAccess(accessToken)
      const state = await sessionCache.find(sessionId)
      assertGoodSession(state, clock())
      lastSeen.note(sessionId)
      return { userId: state.userId, role: state.role, sessionId, ...(via !== undefined && { via }) }
    },
  }

  /** The token is not the current one. Throws unless it was until a moment ago. */
  async function assertWithinGrace(token: RefreshToken, userId: string): Promise<void> {
    const state = await findSessionState(token.sessionId, store.database)
    if (state?.previousHash === token.hash && clock() - state.rotatedAt <= graceMs) return
    const ended = await revokeSessions({ userId, id: token.sessionId }, clock(), store.database)
    await sessionCache.forget(ended)
    throw new ParleyError('token_reused')
  }
}

function assertGoodSession(state: SessionState | undefined, now: number): asserts state is SessionState {
  if (state === undefined || state.isRevoked || state.expiresAt <= now) throw new ParleyError('token_expired')
  if (!state.isUserActive) throw new ParleyError('account_disabled')
}
