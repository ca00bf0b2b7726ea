import { reasonText } from '@parley/contract'
import { type Dispatcher, request } from 'undici'
import { readAnswer } from '../read-at-most.ts'
import type { OAuthSettings, OAuthTokens } from './oauth-settings.ts'

/** The authorization server refused for good: trying again with the same grant gives the same answer. */
export class OAuthRefused extends Error {
  override readonly name = 'OAuthRefused'
}

export interface TokenRequest {
  readonly settings: OAuthSettings
  readonly parameters: { readonly [name: string]: string }
  readonly dispatcher: Dispatcher
  readonly now: number
}

const timeoutMs = 30_000

/**
 * Asks for tokens (RFC 6749 sections 4.1.3 and 6). Throws OAuthRefused when the grant is not good, another error when
 * the server could not be asked. No error holds anything of a token.
 */
export async function requestTokens({ settings, parameters, dispatcher, now }: TokenRequest): Promise<OAuthTokens> {
  const { clientId, clientSecret, tokenFormat, tokenUrl } = settings
  const all = { ...parameters, client_id: clientId, ...(clientSecret ? { client_secret: clientSecret } : {}) }
  const { statusCode, body } = await request(tokenUrl, {
    dispatcher,
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': tokenFormat === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
    },
    body: tokenFormat === 'json' ? JSON.stringify(all) : new URLSearchParams(all).toString(),
    signal: AbortSignal.timeout(timeoutMs),
  })
  const reply = tryObject(await readAnswer(body))
  if (statusCode >= 200 && statusCode < 300) return readTokens(reply, parameters, now)
  const reason = describe(reply, statusCode)
  if (statusCode >= 400 && statusCode < 500 && statusCode !== 408 && statusCode !== 429) throw new OAuthRefused(reason)
  throw new Error(reasonText('tokenEndpointFailed', {}, reason))
}

function readTokens(
  reply: { readonly [name: string]: unknown },
  parameters: { readonly [name: string]: string },
  now: number,
): OAuthTokens {
  const { access_token, refresh_token, expires_in, scope } = reply
  if (typeof access_token !== 'string' || access_token === '') throw new Error(reasonText('noAccessToken'))
  return {
    accessToken: access_token,
    // A server that keeps the refresh token as it is need not say it again.
    refreshToken: typeof refresh_token === 'string' ? refresh_token : (parameters['refresh_token'] ?? null),
    expiresAt: typeof expires_in === 'number' ? now + expires_in * 1000 : null,
    scopes: typeof scope === 'string' ? scope.split(' ').filter((name) => name !== '') : [],
  }
}

function describe(reply: { readonly [name: string]: unknown }, status: number): string {
  const { error, error_description } = reply
  return (
    [error, error_description].filter((part) => typeof part === 'string').join(': ') || reasonText('status', { status })
  )
}

function tryObject(text: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
