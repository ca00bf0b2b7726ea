import type { RefreshToken, Tokens } from './tokens.ts'
import type { User } from './user.ts'

export interface SignedIn {
  readonly accessToken: string
  readonly refreshToken: string
  readonly user: User
}

export async function signedInWith(tokens: Tokens, user: User, refresh: RefreshToken): Promise<SignedIn> {
  return {
    accessToken: await tokens.signAccess({ userId: user.id, sessionId: refresh.sessionId }),
    refreshToken: refresh.text,
    user,
  }
}
