/**
 * Signing in through an OpenID Connect provider.
 *
 * Guarantees: a sign-in ends in the browser in which it began (a cookie says so), so nobody can be signed in as somebody
 * else by a link; the page gets a code that is good once and for a minute, and no token is ever part of an address.
 */
import { createHash, randomBytes } from 'node:crypto'
import { type ErrorCode, ParleyError } from '@parley/contract'
import { z } from 'zod'
import { isSameSecret } from '../config/is-same-secret.ts'
import type { OidcSettings } from '../config/sign-in-settings.ts'
import type { Values } from '../state/state.ts'
import type { Log } from '../store/log.ts'
import { personOf } from './oidc-person.ts'
import type { OidcProvider } from './oidc-provider.ts'
import type { IdentityParts } from './parts.ts'
import type { SignedIn } from './signed-in.ts'
import type { Challenge, SignIns } from './sign-ins.ts'
import type { Client } from './user.ts'
import { findCredentials } from './users-repository.ts'

export interface Oidc {
  /** Gives where the provider sends people; throws why it cannot be used. */
  check(): Promise<string>
  /** Where to send the browser, or why nowhere. `browser` is its secret. */
  start(browser: string): Promise<{ url: string } | { error: ErrorCode }>
  /** The provider sent the browser to `callback`: gives the code for the page, or why there is none. */
  finish(callback: URL, browser: string | undefined): Promise<{ code: string } | { error: ErrorCode }>
  /** Throws ParleyError when the code is not good. */
  exchange(code: string, browser: string | undefined, client: Client): Promise<SignedIn | Challenge>
}

export interface OidcOptions {
  readonly parts: IdentityParts
  readonly settings: OidcSettings
  readonly provider: OidcProvider
  readonly signIns: Pick<SignIns, 'proceed'>
  readonly values: Values
  readonly log: Log
}

export const oidcCallbackPath = '/api/auth/oidc/callback'
const flowMs = 10 * 60_000
const codeMs = 60_000

const flowSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  browser: z.string(),
})
const ticketSchema = z.object({ userId: z.string(), browser: z.string() })

export function createOidc(options: OidcOptions): Oidc {
  const { parts, settings, provider, signIns, values, log } = options

  /** Whoever asks first gets it, once. */
  async function take(key: string, lifeMs: number): Promise<unknown> {
    const text = await values.get(key)
    if (text === undefined || !(await values.setIfAbsent(`${key}:used`, '1', lifeMs))) return undefined
    await values.delete(key)
    return JSON.parse(text)
  }

  async function signedInUser(callback: URL, browser: string | undefined): Promise<string> {
    const flow = flowSchema.safeParse(await take(flowKey(callback.searchParams.get('state') ?? ''), flowMs))
    if (!flow.success || !isHashOf(flow.data.browser, browser)) throw new ParleyError('oidc_expired')
    if (callback.searchParams.get('error') === 'access_denied') throw new ParleyError('oidc_denied')
    const claims = await provider.finish(callback, flow.data)
    return personOf(claims, settings, parts)
  }

  return {
    check: () => provider.check(),

    async start(browser) {
      try {
        const { url, ...checks } = await provider.begin()
        const flow: z.input<typeof flowSchema> = { ...checks, browser: hashOf(browser) }
        await values.set(flowKey(checks.state), JSON.stringify(flow), flowMs)
        return { url }
      } catch (error) {
        log.error({ err: error }, 'the sign-in provider cannot be used')
        return { error: 'oidc_failed' }
      }
    },

    async finish(callback, browser) {
      try {
        const userId = await signedInUser(callback, browser)
        const code = randomBytes(32).toString('base64url')
        const ticket: z.input<typeof ticketSchema> = { userId, browser: hashOf(browser ?? '') }
        await values.set(codeKey(code), JSON.stringify(ticket), codeMs)
        return { code }
      } catch (error) {
        if (error instanceof ParleyError) return { error: error.code }
        log.error({ err: error }, 'a sign-in through the provider failed')
        return { error: 'oidc_failed' }
      }
    },

    async exchange(code, browser, client) {
      const ticket = ticketSchema.safeParse(await take(codeKey(code), codeMs))
      if (!ticket.success || !isHashOf(ticket.data.browser, browser)) throw new ParleyError('oidc_expired')
      const known = await findCredentials({ id: ticket.data.userId }, parts.store.database)
      if (known === undefined) throw new ParleyError('oidc_unknown')
      return signIns.proceed(known, client)
    },
  }
}

const flowKey = (state: string) => `oidc:flow:${hashOf(state)}`
const codeKey = (code: string) => `oidc:code:${hashOf(code)}`

function isHashOf(hash: string, secret: string | undefined): boolean {
  return secret !== undefined && isSameSecret(hash, hashOf(secret))
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
