/**
 * The tokens of a sign-in.
 *
 * Access: a JWT (HS256) that says who and which session; good for days, but only while its session is.
 * Refresh: `<session>.<step>.<mac>`. Each is used once and gives the next. Because it is derived and not random, a token is
 * known to be ours without asking the database (garbage cannot end anybody's session), and two tabs that refresh at the
 * same moment get the same next token. The database keeps only a hash.
 *
 * Challenge: a JWT of another key, between the password and the second factor. It is void once the password changes.
 */
import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { ParleyError } from '@parley/contract'
import { jwtVerify, SignJWT } from 'jose'
import { isSameSecret } from '../config/is-same-secret.ts'

export interface Tokens {
  signAccess(claims: AccessClaims): Promise<string>
  /** Throws ParleyError when it is not ours or has expired. */
  readAccess(token: string): Promise<AccessClaims>
  signChallenge(claims: ChallengeClaims, expiresAt: number): Promise<string>
  /** Throws ParleyError when it is not ours or has expired. */
  readChallenge(token: string): Promise<ChallengeClaims>
  makeRefresh(sessionId: string, step: number): RefreshToken
  /** Throws ParleyError when it is not ours. */
  readRefresh(token: string): RefreshToken
}

export interface AccessClaims {
  readonly userId: string
  readonly sessionId: string
  /** Absent: the user's own sign-in. */
  readonly via?: 'cli' | undefined
}

export interface ChallengeClaims {
  readonly userId: string
  /** Of the password hash that was good then. */
  readonly passwordMark: string
}

export interface RefreshToken {
  readonly text: string
  readonly hash: string
  readonly sessionId: string
  readonly step: number
}

export interface TokenOptions {
  readonly secret: Uint8Array
  readonly accessTokenSeconds: number
  readonly clock: () => number
}

const issuer = 'parley'

export function createTokens({ secret, accessTokenSeconds, clock }: TokenOptions): Tokens {
  const accessKey = createSecretKey(secret)
  const challengeKey = createSecretKey(createHmac('sha256', secret).update('challenges').digest())
  const refreshKey = createHmac('sha256', secret).update('refresh tokens').digest()

  const makeRefresh = (sessionId: string, step: number): RefreshToken => {
    const mac = createHmac('sha256', refreshKey).update(`${sessionId}.${step}`).digest('base64url')
    const text = `${sessionId}.${step}.${mac}`
    return { text, hash: createHash('sha256').update(text).digest('hex'), sessionId, step }
  }

  return {
    signAccess: ({ userId, sessionId, via }) => {
      const now = Math.floor(clock() / 1000)
      return new SignJWT({ userId, sid: sessionId, via })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuer(issuer)
        .setIssuedAt(now)
        .setExpirationTime(now + accessTokenSeconds)
        .sign(accessKey)
    },

    async readAccess(token) {
      const { userId, sid, via } = await verifiedPayload(token, accessKey)
      if (typeof userId !== 'string' || typeof sid !== 'string') throw new ParleyError('unauthenticated')
      return { userId, sessionId: sid, ...(via === 'cli' && { via }) }
    },

    signChallenge: ({ userId, passwordMark }, expiresAt) =>
      new SignJWT({ userId, mark: passwordMark })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuer(issuer)
        .setExpirationTime(Math.floor(expiresAt / 1000))
        .sign(challengeKey),

    async readChallenge(token) {
      const { userId, mark } = await verifiedPayload(token, challengeKey)
      if (typeof userId !== 'string' || typeof mark !== 'string') throw new ParleyError('unauthenticated')
      return { userId, passwordMark: mark }
    },

    makeRefresh,

    readRefresh(text) {
      const [sessionId = '', step = ''] = text.split('.')
      const real = makeRefresh(sessionId, Number(step))
      if (!isSameSecret(text, real.text)) throw new ParleyError('token_expired')
      return real
    },
  }

  async function verifiedPayload(token: string, key: KeyObject) {
    try {
      const options = { algorithms: ['HS256'], issuer, currentDate: new Date(clock()) }
      return (await jwtVerify(token, key, options)).payload
    } catch (cause) {
      const isExpired = cause instanceof Error && 'code' in cause && cause.code === 'ERR_JWT_EXPIRED'
      throw new ParleyError(isExpired ? 'token_expired' : 'unauthenticated', { cause })
    }
  }
}
