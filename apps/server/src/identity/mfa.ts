/**
 * The second factor: an authenticator's code, or a recovery code when it is lost.
 *
 * Guarantees: a code works once, whichever node it is given to; guesses are counted for each person, wherever they come
 * from; the secret is sealed and recovery codes are hashed, so that a copy of the database signs in nobody.
 */
import { createHash, randomBytes } from 'node:crypto'
import { ParleyError } from '@parley/contract'
import { rateLimited } from '../http/rate-limit.ts'
import type { Principal } from '../http/route.ts'
import {
  type Authenticator,
  countRecoveryCodes,
  deleteAuthenticator,
  enableAuthenticator,
  findAuthenticator,
  findEnabled,
  replaceRecoveryCodes,
  saveAuthenticator,
  useRecoveryCode,
  useStep,
} from './mfa-repository.ts'
import { sealContextOf } from './mfa-reseal.ts'
import type { IdentityParts } from './parts.ts'
import { revokeSessions } from './sessions-repository.ts'
import { makeTotpSecret, totpUri, tryTotpStep } from './totp.ts'
import { findCredentials } from './users-repository.ts'

export interface Mfa {
  status(userId: string): Promise<MfaStatus>
  /** A new secret, in force once `enable` was given a code of it. `password` is needed of those who have one. */
  setUp(userId: string, password: string | undefined): Promise<{ secret: string; uri: string }>
  /** Gives the recovery codes, which nobody can be told again. */
  enable(principal: Principal, options: { code: string; endOtherSessions: boolean }): Promise<string[]>
  disable(userId: string, code: string): Promise<void>
  /** New recovery codes in place of those there were. */
  renewRecoveryCodes(userId: string, code: string): Promise<string[]>
  /** For somebody who lost everything: takes it away without a code. */
  reset(userId: string): Promise<void>
  /** Those of them who need a code to sign in. */
  enabledAmong(userIds: readonly string[]): Promise<ReadonlySet<string>>
  /** Uses the code up; throws when it is not good, or there were too many guesses. */
  assertCode(userId: string, code: string): Promise<void>
}

export interface MfaStatus {
  readonly enabledAt: number | null
  readonly recoveryCodesLeft: number
}

const recoveryCodes = 10
/** With three good codes of a million at any time, guessing takes years. */
const guesses = { limit: 10, windowMs: 15 * 60_000 }

export function createMfa(parts: IdentityParts): Mfa {
  const { store, passwords, sessionCache, encryption, counters, clock } = parts

  async function findInForce(userId: string): Promise<Authenticator> {
    const authenticator = await findAuthenticator(userId, store.database)
    if (authenticator === undefined || authenticator.enabledAt === null) throw new ParleyError('mfa_not_enabled')
    return authenticator
  }

  function tryStep(userId: string, authenticator: Authenticator, code: string): number | undefined {
    const secret = encryption.open(authenticator.secretSealed, sealContextOf(userId))
    return tryTotpStep({ secret, code: code.replaceAll(/\s/g, ''), now: clock(), afterStep: authenticator.lastStep })
  }

  async function countGuess(userId: string): Promise<void> {
    const reading = await counters.take(`mfa:${userId}`, guesses)
    if (!reading.isAllowed) throw rateLimited(guesses.limit, reading.resetAtMs - clock())
  }

  const assertCode: Mfa['assertCode'] = async (userId, code) => {
    const authenticator = await findInForce(userId)
    await countGuess(userId)
    const step = tryStep(userId, authenticator, code)
    const isGood =
      step === undefined
        ? await useRecoveryCode({ userId, hash: hashOf(userId, code), now: clock() }, store.database)
        : await useStep(userId, step, store.database)
    if (!isGood) throw new ParleyError('mfa_code_wrong', { details: { field: 'code' } })
  }

  return {
    assertCode,
    enabledAmong: (userIds) => findEnabled(userIds, store.database),

    async status(userId) {
      const authenticator = await findAuthenticator(userId, store.database)
      return {
        enabledAt: authenticator?.enabledAt ?? null,
        recoveryCodesLeft: await countRecoveryCodes(userId, store.database),
      }
    },

    async setUp(userId, password) {
      const known = await findCredentials({ id: userId }, store.database)
      if (known?.user.hasPassword !== false && !(await passwords.verify(password ?? '', known?.passwordHash)))
        throw new ParleyError('wrong_password', { details: { field: 'password' } })
      const secret = makeTotpSecret()
      const secretSealed = encryption.seal(secret, sealContextOf(userId))
      if (!(await saveAuthenticator({ userId, secretSealed, now: clock() }, store.database)))
        throw new ParleyError('mfa_enabled')
      return { secret, uri: totpUri(secret, known?.user.email ?? userId) }
    },

    async enable({ userId, sessionId }, { code, endOtherSessions }) {
      const authenticator = await findAuthenticator(userId, store.database)
      if (authenticator === undefined) throw new ParleyError('mfa_not_set_up')
      if (authenticator.enabledAt !== null) throw new ParleyError('mfa_enabled')
      await countGuess(userId)
      const step = tryStep(userId, authenticator, code)
      if (step === undefined) throw new ParleyError('mfa_code_wrong', { details: { field: 'code' } })
      const codes = makeRecoveryCodes()
      const now = clock()
      const ended = await store.transaction(async (transaction) => {
        if (!(await enableAuthenticator({ userId, step, now }, transaction))) throw new ParleyError('mfa_enabled')
        await replaceRecoveryCodes(userId, hashesOf(userId, codes), transaction)
        return endOtherSessions ? revokeSessions({ userId, except: sessionId }, now, transaction) : []
      })
      await sessionCache.forget(ended)
      return codes
    },

    async disable(userId, code) {
      await assertCode(userId, code)
      await store.transaction((transaction) => deleteAuthenticator(userId, transaction))
    },

    async renewRecoveryCodes(userId, code) {
      await assertCode(userId, code)
      const codes = makeRecoveryCodes()
      await store.transaction((transaction) => replaceRecoveryCodes(userId, hashesOf(userId, codes), transaction))
      return codes
    },

    async reset(userId) {
      if (!(await store.transaction((transaction) => deleteAuthenticator(userId, transaction))))
        throw new ParleyError('mfa_not_enabled')
    },
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz234567'

/** `abcd-efgh-2345-qrst`: 80 bits, too many to be found from their hash. */
function makeRecoveryCodes(): string[] {
  return Array.from({ length: recoveryCodes }, () => {
    const code = Array.from(randomBytes(16), (byte) => letters[byte % letters.length]).join('')
    return code.replaceAll(/(.{4})(?=.)/g, '$1-')
  })
}

const hashesOf = (userId: string, codes: readonly string[]) => codes.map((code) => hashOf(userId, code))

/** However it was typed. */
function hashOf(userId: string, code: string): string {
  const plain = code.toLowerCase().replaceAll(/[^a-z2-7]/g, '')
  return createHash('sha256').update(`${userId}:${plain}`).digest('hex')
}
