/**
 * Registering, signing in and out, and staying signed in.
 *
 * Guarantees: a refresh token works once. Its use gives the next one; using it again ends the whole sign-in, because then
 * two parties hold it. Only within `graceMs` is the same next token given again: that is two tabs of one browser.
 */
import { ParleyError } from '@parley/contract'
import { v7 as uuidv7 } from 'uuid'
import type { Principal } from '../http/route.ts'
import { normalizeEmail, type Registration } from './create-user.ts'
import type { People } from './people.ts'
import type { IdentityParts } from './parts.ts'
import {
  deleteEndedSessions,
  findSessionState,
  insertSession,
  revokeSessions,
  rotateSession,
  type SessionState,
} from './sessions-repository.ts'
import type { RefreshToken } from './tokens.ts'
import type { Client, User } from './user.ts'
import { findCredentials, findUser, noteSignIn } from './users-repository.ts'

export interface SignedIn {
  readonly accessToken: string
  readonly refreshToken: string
  readonly user: User
}

export interface SignIns {
  register(registration: Registration, client: Client): Promise<SignedIn>
  login(credentials: { email: string; password: string }, client: Client): Promise<SignedIn>
  /** A new sign-in of a user who has proved who they are in some other way. */
  begin(user: User, client: Client): Promise<SignedIn>
  refresh(refreshToken: string, client: Client): Promise<SignedIn>
  /** Who an access token belongs to. Throws ParleyError when it is not good (any more). */
  authenticate(accessToken: string): Promise<Principal>
}

const graceMs = 10_000
const keepEndedMs = 30 * 86_400_000

export function createSignIns(parts: IdentityParts, people: Pick<People, 'create'>): SignIns {
  const { store, passwords, tokens, sessionCache, settings, rules, clock } = parts
  const expiry = () => clock() + settings.refreshTokenSeconds * 1000

  const begin: SignIns['begin'] = async (user, client) => {
    const id = uuidv7()
    const refresh = tokens.makeRefresh(id, 1)
    const now = clock()
    await store.transaction(async (transaction) => {
      await insertSession(
        { id, userId: user.id, refreshHash: refresh.hash, now, expiresAt: expiry(), ...client },
        transaction,
      )
      await noteSignIn(user.id, now, transaction)
      await deleteEndedSessions(user.id, now - keepEndedMs, transaction)
    })
    return signedIn({ ...user, lastLoginAt: now }, refresh)
  }

  const signedIn = async (user: User, refresh: RefreshToken): Promise<SignedIn> => ({
    accessToken: await tokens.signAccess({ userId: user.id, sessionId: refresh.sessionId }),
    refreshToken: refresh.text,
    user,
  })

  return {
    begin,

    async register(registration, client) {
      if (!rules().isRegistrationOpen) throw new ParleyError('registration_closed')
      return begin(await people.create({ ...registration, role: 'user' }), client)
    },

    async login({ email, password }, client) {
      const known = await findCredentials({ email: normalizeEmail(email) }, store.database)
      if (!(await passwords.verify(password, known?.passwordHash)) || !known)
        throw new ParleyError('invalid_credentials')
      if (!known.user.isActive) throw new ParleyError('account_disabled')
      return begin(known.user, client)
    },

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
        expiresAt: expiry(),
        ...client,
      }
      if (!(await rotateSession(rotation, store.database))) await assertWithinGrace(token, state.userId)
      const user = await findUser(state.userId, store.database)
      if (user === undefined) throw new ParleyError('token_expired')
      return signedIn(user, next)
    },

    async authenticate(accessToken) {
      const { sessionId } = await tokens.readAccess(accessToken)
      const state = await sessionCache.find(sessionId)
      assertGoodSession(state, clock())
      return { userId: state.userId, role: state.role, sessionId }
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
