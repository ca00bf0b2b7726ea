/** Registering and signing in, in one step or two. */
import { hash } from 'node:crypto'
import { ParleyError } from '@parley/contract'
import { v7 as uuidv7 } from 'uuid'
import { rateLimited } from '../http/rate-limit.ts'
import type { Connection } from '../store/store.ts'
import { assertWelcome, normalizeEmail, type Registration } from './create-user.ts'
import type { Invitations } from './invitations.ts'
import type { Mfa } from './mfa.ts'
import type { People } from './people.ts'
import type { IdentityParts } from './parts.ts'
import { deleteEndedSessions, insertSession } from './sessions-repository.ts'
import { type SignedIn, signedInWith } from './signed-in.ts'
import { createStaying, type Staying } from './staying-signed-in.ts'
import type { ChallengeClaims, RefreshToken } from './tokens.ts'
import type { Client, User } from './user.ts'
import { type Credentials, findCredentials, noteSignIn } from './users-repository.ts'

/** The password was right; a code is needed still. */
export interface Challenge {
  readonly challenge: string
  readonly expiresAt: number
}

/** Registered, and not let in yet. */
export interface Waiting {
  readonly waiting: User
}

export interface SignIns extends Staying {
  /** They wait for an administrator where that is the rule. Who has an invitation (its token) is asked nothing else. */
  register(
    registration: Registration & { invitation?: string | undefined },
    client: Client,
  ): Promise<SignedIn | Waiting>
  login(credentials: { email: string; password: string }, client: Client): Promise<SignedIn | Challenge>
  /** The answer to a challenge. */
  verify(answer: { challenge: string; code: string }, client: Client): Promise<SignedIn>
  /** What comes after the first factor: a challenge for those who have a second one. Throws when they may not sign in. */
  proceed(known: Credentials, client: Client): Promise<SignedIn | Challenge>
  /**
   * A new sign-in of a user who has proved who they are: with the password of the hash, if there is one. Throws when another
   * one has been set since it was checked.
   */
  begin(user: User, client: Client, passwordHash?: string): Promise<SignedIn>
  /** An access token for the command line, which works in the name of the user: no sign-in of theirs. */
  beginForCommand(user: User, client: Client): Promise<string>
}

const challengeMs = 5 * 60_000
const keepEndedMs = 30 * 86_400_000

export interface SignInsNeeds {
  readonly people: Pick<People, 'create'>
  readonly mfa: Pick<Mfa, 'enabledAmong' | 'assertCode'>
  readonly invitations: Pick<Invitations, 'accept'>
}

export function createSignIns(parts: IdentityParts, { people, mfa, invitations }: SignInsNeeds): SignIns {
  const { store, passwords, tokens, settings, rules, counters, clock } = parts

  const begin: SignIns['begin'] = async (user, client, passwordHash) => {
    const now = clock()
    const refresh = await openSession({ user, client, now }, parts, async (transaction) => {
      // Whoever sets another password ends the sessions that there are: this one is there before, or never.
      if (!(await noteSignIn({ id: user.id, passwordHash, now }, transaction)))
        throw new ParleyError('invalid_credentials')
    })
    return signedInWith(tokens, { ...user, lastLoginAt: now }, refresh)
  }

  const proceed: SignIns['proceed'] = async (known, client) => {
    const { user } = known
    assertLetIn(user)
    if (!(await mfa.enabledAmong([user.id])).has(user.id)) return begin(user, client, known.passwordHash)
    const expiresAt = clock() + challengeMs
    const claims = { userId: user.id, passwordMark: markOf(known) }
    return { challenge: await tokens.signChallenge(claims, expiresAt), expiresAt }
  }

  return {
    ...createStaying(parts),
    begin,
    proceed,

    async beginForCommand(user, client) {
      const { sessionId } = await openSession({ user, client, now: clock() }, parts)
      return tokens.signAccess({ userId: user.id, sessionId, via: 'cli' })
    },

    async register({ invitation, ...registration }, client) {
      if (invitation !== undefined) return begin(await invitations.accept(invitation, registration), client)
      const signUp = rules()
      if (!signUp.isRegistrationOpen) throw new ParleyError('registration_closed')
      assertWelcome(registration.email, signUp)
      const { needsApproval: isPending, role } = signUp
      const user = await people.create({ ...registration, role, isPending })
      return isPending ? { waiting: user } : begin(user, client)
    },

    async login({ email: given, password }, client) {
      const email = normalizeEmail(given)
      await countGuess(email)
      const known = await findCredentials({ email }, store.database)
      if (!(await passwords.verify(password, known?.passwordHash)) || !known)
        throw new ParleyError('invalid_credentials')
      return proceed(known, client)
    },

    async verify({ challenge, code }, client) {
      const { userId, passwordMark } = await readChallenge(challenge)
      const known = await findCredentials({ id: userId }, store.database)
      if (known === undefined || markOf(known) !== passwordMark) throw new ParleyError('mfa_challenge_expired')
      assertLetIn(known.user)
      await mfa.assertCode(userId, code)
      return begin(known.user, client, known.passwordHash)
    },
  }

  /** From wherever: who has many addresses to ask from guesses no faster. */
  async function countGuess(email: string): Promise<void> {
    const guesses = { limit: settings.signInsPerMinute * 10, windowMs: 3_600_000 }
    const reading = await counters.take(`sign-in-as:${shortHash(email)}`, guesses)
    if (!reading.isAllowed) throw rateLimited(guesses.limit, reading.resetAtMs - clock())
  }

  async function readChallenge(text: string): Promise<ChallengeClaims> {
    try {
      return await tokens.readChallenge(text)
    } catch (cause) {
      throw new ParleyError('mfa_challenge_expired', { cause })
    }
  }
}

/** `alsoWrite`: what is to be true with it, or it is not there. */
async function openSession(
  { user, client, now }: { readonly user: User; readonly client: Client; readonly now: number },
  { store, tokens, settings }: IdentityParts,
  alsoWrite?: (transaction: Connection) => Promise<void>,
): Promise<RefreshToken> {
  const id = uuidv7()
  const refresh = tokens.makeRefresh(id, 1)
  const expiresAt = now + settings.refreshTokenSeconds * 1000
  await store.transaction(async (transaction) => {
    await insertSession({ id, userId: user.id, refreshHash: refresh.hash, now, expiresAt, ...client }, transaction)
    await alsoWrite?.(transaction)
    await deleteEndedSessions(user.id, now - keepEndedMs, transaction)
  })
  return refresh
}

function assertLetIn({ isActive, isPending }: User): void {
  if (!isActive) throw new ParleyError(isPending ? 'account_pending' : 'account_disabled')
}

function markOf({ passwordHash }: Credentials): string {
  return shortHash(passwordHash)
}

function shortHash(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 16)
}
