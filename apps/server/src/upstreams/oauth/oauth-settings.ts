import type { AccountKind } from '../account.ts'

/**
 * How to sign in to a kind of account with OAuth 2.0: all of it is the operator's, nothing is built in.
 */
export interface OAuthSettings {
  readonly authorizeUrl: string
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly scopes: readonly string[]
  readonly redirectUri: string
  /** How the token endpoint wants its parameters. RFC 6749 says form; some take JSON only. */
  readonly tokenFormat: 'form' | 'json'
}

export type OAuthByKind = { readonly [Kind in AccountKind]?: OAuthSettings }

/** What an account is called with instead of an API key. */
export interface OAuthTokens {
  readonly accessToken: string
  readonly refreshToken: string | null
  /** Null: the server did not say. */
  readonly expiresAt: number | null
  readonly scopes: readonly string[]
}
