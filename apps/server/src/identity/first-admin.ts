/**
 * How the first administrator comes about, so that no account is preset and no stranger can become one: a one-time link
 * that only who sees the server's output can use, or ADMIN_EMAIL and ADMIN_PASSWORD, or `npm run setup`.
 */
import { ParleyError } from '@parley/contract'
import { deleteSetting, lockSetting, saveSetting } from '../store/settings-repository.ts'
import type { Connection } from '../store/store.ts'
import { createUser, normalizeEmail, type Registration } from './create-user.ts'
import { createLinkToken, hashOfLinkToken } from './link-token.ts'
import type { IdentityParts } from './parts.ts'
import { revokeSessions } from './sessions-repository.ts'
import type { SignedIn } from './signed-in.ts'
import type { SignIns } from './sign-ins.ts'
import type { Client, User } from './user.ts'
import { countActiveAdmins, findCredentials, updateUser } from './users-repository.ts'

export interface FirstAdmin {
  isNeeded(): Promise<boolean>
  /** A new one-time token; the one before is void. */
  makeToken(): Promise<string>
  /** Makes the administrator for the holder of the token. */
  claim(token: string, registration: Registration, client: Client): Promise<SignedIn>
  /** Makes the administrator for the operator, who is at the machine and needs no token. Throws when there is one. */
  create(registration: Registration): Promise<User>
}

/** The setting that holds the hash of the one-time token. */
const tokenKey = 'setup.token_hash'

export function createFirstAdmin(parts: IdentityParts, signIns: Pick<SignIns, 'begin'>): FirstAdmin {
  const { store, passwords, clock } = parts
  const isNeeded = async (connection: Connection) => (await countActiveAdmins(connection)) === 0

  return {
    isNeeded: () => isNeeded(store.database),

    async makeToken() {
      const token = createLinkToken()
      const value = hashOfLinkToken(token)
      await saveSetting({ key: tokenKey, value, now: clock(), userId: null }, store.database)
      return token
    },

    async claim(token, registration, client) {
      const user = await makeAdmin(registration, hashOfLinkToken(token))
      return signIns.begin(user, client)
    },

    create: (registration) => makeAdmin(registration, undefined),
  }

  /** `tokenHash` undefined: by the operator. */
  async function makeAdmin(registration: Registration, tokenHash: string | undefined): Promise<User> {
    if (!(await isNeeded(store.database))) throw new ParleyError('setup_done')
    passwords.assertGood(registration.password, registration)
    const passwordHash = await passwords.hash(registration.password)
    const email = normalizeEmail(registration.email)
    return store.transaction(async (transaction) => {
      // Of those who make one at once, on whichever node, the second waits here, and then there is one.
      const goodHash = await lockSetting(tokenKey, clock(), transaction)
      if (!(await isNeeded(transaction))) throw new ParleyError('setup_done')
      if (tokenHash !== undefined && tokenHash !== goodHash) throw new ParleyError('setup_token_invalid')
      await deleteSetting(tokenKey, transaction)
      const known = await findCredentials({ email }, transaction)
      if (known === undefined) return createUser({ ...registration, passwordHash, role: 'admin' }, parts, transaction)
      // Somebody registered with this email before. Whoever that was: from now on only the operator has the password.
      if (tokenHash !== undefined) throw new ParleyError('email_taken')
      const now = clock()
      const admin = await updateUser(known.user.id, { role: 'admin', isActive: true, passwordHash, now }, transaction)
      await revokeSessions({ userId: known.user.id }, now, transaction)
      return admin ?? known.user
    })
  }
}
