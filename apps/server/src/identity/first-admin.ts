/**
 * How the first administrator comes about, so that no account is preset and no stranger can become one: a one-time link
 * that only who sees the server's output can use, or ADMIN_EMAIL and ADMIN_PASSWORD, or `npm run setup`.
 */
import { ParleyError } from '@parley/contract'
import { deleteSetting, lockSetting, saveSetting } from '../store/settings-repository.ts'
import type { Connection } from '../store/store.ts'
import { createUser, normalizeEmail, type Registration } from './create-user.ts'
import { createLinkToken, hashOfLinkToken } from './link-token.ts'
import { deleteAuthenticator } from './mfa-repository.ts'
import { deleteLinks } from './oidc-repository.ts'
import type { IdentityParts } from './parts.ts'
import { revokeSessions } from './sessions-repository.ts'
import type { SignedIn } from './signed-in.ts'
import type { SignIns } from './sign-ins.ts'
import type { Client, User } from './user.ts'
import { countActiveAdmins, findCredentials, updateUser } from './users-repository.ts'

export interface FirstAdmin {
  isNeeded(): Promise<boolean>
  /** A new one-time token. The newest few are good, each once: another node that starts has made its own. */
  makeToken(): Promise<string>
  /** Makes the administrator for the holder of the token. */
  claim(token: string, registration: Registration, client: Client): Promise<SignedIn>
  /** Makes the administrator for the operator, who is at the machine and needs no token. Throws when there is one. */
  create(registration: Registration): Promise<User>
}

/** The setting that holds the hashes of the one-time tokens, the newest first. */
const tokensKey = 'setup.token_hashes'
const mostTokens = 8

export function createFirstAdmin(parts: IdentityParts, signIns: Pick<SignIns, 'begin'>): FirstAdmin {
  const { store, passwords, clock } = parts
  const isNeeded = async (connection: Connection) => (await countActiveAdmins(connection)) === 0

  return {
    isNeeded: () => isNeeded(store.database),

    async makeToken() {
      const token = createLinkToken()
      const now = clock()
      await store.transaction(async (transaction) => {
        const before = await lockTokens(transaction)
        const value = [hashOfLinkToken(token), ...before].slice(0, mostTokens)
        await saveSetting({ key: tokensKey, value, now, userId: null }, transaction)
      })
      return token
    },

    async claim(token, registration, client) {
      const user = await makeAdmin(registration, hashOfLinkToken(token))
      return signIns.begin(user, client)
    },

    create: (registration) => makeAdmin(registration, undefined),
  }

  async function lockTokens(transaction: Connection): Promise<readonly unknown[]> {
    const hashes = await lockSetting(tokensKey, clock(), transaction)
    return Array.isArray(hashes) ? hashes : []
  }

  /** `tokenHash` undefined: by the operator. */
  async function makeAdmin(registration: Registration, tokenHash: string | undefined): Promise<User> {
    if (!(await isNeeded(store.database))) throw new ParleyError('setup_done')
    passwords.assertGood(registration.password, registration)
    const passwordHash = await passwords.hash(registration.password)
    const email = normalizeEmail(registration.email)
    return store.transaction(async (transaction) => {
      // Of those who make one at once, on whichever node, the second waits here, and then there is one.
      const good = await lockTokens(transaction)
      if (!(await isNeeded(transaction))) throw new ParleyError('setup_done')
      if (tokenHash !== undefined && !good.includes(tokenHash)) throw new ParleyError('setup_token_invalid')
      await deleteSetting(tokensKey, transaction)
      const known = await findCredentials({ email }, transaction)
      if (known === undefined) return createUser({ ...registration, passwordHash, role: 'admin' }, parts, transaction)
      // Somebody registered with this email before. Whoever that was: from now on only the operator can sign in.
      if (tokenHash !== undefined) throw new ParleyError('email_taken')
      const now = clock()
      const admin = await updateUser(known.user.id, { role: 'admin', isActive: true, passwordHash, now }, transaction)
      await deleteLinks(known.user.id, transaction)
      await deleteAuthenticator(known.user.id, transaction)
      await revokeSessions({ userId: known.user.id }, now, transaction)
      return admin ?? known.user
    })
  }
}
