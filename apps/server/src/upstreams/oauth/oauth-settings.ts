import type { OAuthSettings } from '../../config/oauth-setting.ts'
import type { AccountKind } from '../account.ts'

export type { OAuthSettings }

/** For the kinds that are set up. */

export type OAuthByKind = { readonly [Kind in AccountKind]?: OAuthSettings }

/** What an account is called with instead of an API key. */
export interface OAuthTokens {
  readonly accessToken: string
  readonly refreshToken: string | null
  /** Null: the server did not say. */
  readonly expiresAt: number | null
  readonly scopes: readonly string[]
}
