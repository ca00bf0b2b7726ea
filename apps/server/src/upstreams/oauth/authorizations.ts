import { createHash, randomBytes } from 'node:crypto'
import { fieldFaults, invalidField, type ParleyError } from '@parley/contract'
import type { Encryption } from '../../config/encryption.ts'
import type { Values } from '../../state/state.ts'
import type { AccountKind } from '../account.ts'
import { assertProxy } from '../account-fields.ts'
import { Connection } from '../connection.ts'
import type { OAuthByKind, OAuthSettings, OAuthTokens } from './oauth-settings.ts'
import { OAuthRefused, requestTokens } from './token-endpoint.ts'

/**
 * Signing in to an upstream: OAuth 2.0 authorization code with PKCE (RFC 7636, S256), with the code pasted by a person.
 *
 * Guarantees: what is pending is sealed, belongs to one sign-in, is good for ten minutes and can be used once; the proxy
 * that was chosen for the account carries the exchange too; tokens are never shown.
 */
export interface StartedAuthorization {
  readonly id: string
  /** To be opened in a browser. */
  readonly url: string
  readonly expiresAt: number
}

export interface GrantedAuthorization {
  readonly id: string
  readonly scopes: readonly string[]
  /** When the access token expires. */
  readonly expiresAt: number | null
}

/** What the account that is made of it gets. */
export interface TakenAuthorization {
  readonly kind: AccountKind
  readonly tokens: OAuthTokens
  readonly proxy: string | null
}

interface Pending {
  readonly kind: AccountKind
  readonly proxy: string | null
  readonly verifier: string
  readonly tokens?: OAuthTokens
}

export interface AuthorizationsOptions {
  readonly values: Values
  readonly encryption: Encryption
  readonly settings: OAuthByKind
  readonly clock: () => number
  readonly connectTimeoutMs: number
}

const timeToLiveMs = 10 * 60_000

export class Authorizations {
  readonly #options: AuthorizationsOptions

  constructor(options: AuthorizationsOptions) {
    this.#options = options
  }

  async start(kind: AccountKind, proxy: string | null): Promise<StartedAuthorization> {
    const settings = settingsFor(kind, this.#options.settings)
    if (proxy !== null) assertProxy(proxy)
    const id = randomBytes(32).toString('base64url')
    const verifier = randomBytes(32).toString('base64url')
    await this.#keep(id, { kind, proxy, verifier })
    const url = new URL(settings.authorizeUrl)
    const parameters = {
      response_type: 'code',
      client_id: settings.clientId,
      redirect_uri: settings.redirectUri,
      scope: settings.scopes.join(' '),
      state: id,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return { id, url: url.href, expiresAt: this.#options.clock() + timeToLiveMs }
  }

  /** `pasted`: the code, `code#state`, or the whole address that the browser was sent to. */
  async exchange(id: string, pasted: string): Promise<GrantedAuthorization> {
    const pending = await this.#read(id)
    const { code, state } = readPasted(pasted)
    if (state !== undefined && state !== id) throw invalidField('code', fieldFaults.otherSignIn)
    const tokens = await this.#requestTokens(pending, { code, id })
    await this.#keep(id, { ...pending, tokens })
    return { id, scopes: tokens.scopes, expiresAt: tokens.expiresAt }
  }

  /** For the account that is made with it, once. */
  async take(id: string): Promise<TakenAuthorization> {
    const { kind, tokens, proxy } = await this.#read(id)
    if (tokens === undefined) throw invalidField('authorization_id', fieldFaults.noTokensYet)
    const isFirst = await this.#options.values.setIfAbsent(`${keyOf(id)}:taken`, 'yes', timeToLiveMs)
    if (!isFirst) throw unknownAuthorization()
    await this.#options.values.delete(keyOf(id))
    return { kind, tokens, proxy }
  }

  async #requestTokens(pending: Pending, { code, id }: { code: string; id: string }): Promise<OAuthTokens> {
    const { settings: byKind, clock, connectTimeoutMs } = this.#options
    const settings = settingsFor(pending.kind, byKind)
    const connection = new Connection({ proxy: pending.proxy, connectTimeoutMs })
    const grant = { grant_type: 'authorization_code', code, redirect_uri: settings.redirectUri }
    // `state` is not needed by the standard, and servers that do not know a parameter must ignore it.
    const parameters = { ...grant, code_verifier: pending.verifier, state: id }
    try {
      return await requestTokens({ settings, parameters, dispatcher: connection.dispatcher, now: clock() })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const fault = error instanceof OAuthRefused ? fieldFaults.codeRefused : fieldFaults.codeNotExchanged
      throw invalidField('code', fault, { reason }, error)
    } finally {
      await connection.destroy()
    }
  }

  async #keep(id: string, pending: Pending): Promise<void> {
    const sealed = this.#options.encryption.seal(JSON.stringify(pending), keyOf(id))
    await this.#options.values.set(keyOf(id), sealed, timeToLiveMs)
  }

  async #read(id: string): Promise<Pending> {
    const sealed = await this.#options.values.get(keyOf(id))
    if (sealed === undefined) throw unknownAuthorization()
    return JSON.parse(this.#options.encryption.open(sealed, keyOf(id))) as Pending
  }
}

function unknownAuthorization(): ParleyError {
  return invalidField('authorization_id', fieldFaults.signInExpired)
}

export function settingsFor(kind: AccountKind, settings: OAuthByKind): OAuthSettings {
  const found = settings[kind]
  if (found === undefined) throw invalidField('kind', fieldFaults.oauthNotSetUp, { kind })
  return found
}

function keyOf(id: string): string {
  return `oauth:${id}`
}

function readPasted(pasted: string): { code: string; state: string | undefined } {
  const text = pasted.trim()
  if (/^https?:/.test(text) && URL.canParse(text)) {
    const { searchParams } = new URL(text)
    const code = searchParams.get('code')
    if (code === null) throw invalidField('code', fieldFaults.codeMissing)
    return { code, state: searchParams.get('state') ?? undefined }
  }
  const [code = '', state] = text.split('#')
  if (code === '') throw invalidField('code', fieldFaults.empty)
  return { code, state: state === '' ? undefined : state }
}
