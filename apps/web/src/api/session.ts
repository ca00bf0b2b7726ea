import { createStoredStore } from './store.ts'
import type { User } from './types.ts'

/** Who is signed in here. All tabs share it: signing in or out in one is signing in or out in all. */
export interface Session {
  readonly token: string
  readonly refresh_token: string
  readonly user: User
}

export const session = createStoredStore<Session | null>('parley.session', (stored) => {
  const known = stored as Partial<Session> | null | undefined
  return known?.token !== undefined && known.refresh_token !== undefined && known.user !== undefined
    ? (known as Session)
    : null
})

/** Whether the last session here ended because its person wished it: then nobody wants to come back to where they were. */
export const hasSignedOut = createStoredStore('parley.signed-out', (stored) => stored === true)

export function endSession({ isWished }: { readonly isWished: boolean }): void {
  // First, so that all tabs know it when they hear of the end.
  hasSignedOut.set(isWished)
  session.set(null)
}
