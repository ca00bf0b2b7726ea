/**
 * How the first administrator comes about, so that no account is preset and no stranger can become one: a one-time link
 * that only who sees the server's output can use, or ADMIN_EMAIL and ADMIN_PASSWORD, or `npm run setup`.
 */
import { ParleyError } from '@parley/contract'
import { createUser, normalizeEmail, type Registration } from './create-user.ts'
import { createLinkToken, hashOfLinkToken } from './link-token.ts'
import type { IdentityParts } from './parts.ts'
import { revokeSessions } from './sessions-repository.ts'
import { replaceSetupToken, takeSetupToken } from './setup-repository.ts'
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

export function createFirstAdmin(parts: IdentityParts, signIns: Pick<SignIns, 'begin'>): FirstAdmin {
  const { store, passwords, clock } = parts
  const isNeeded = async () => (await countActiveAdmins(store.database)) === 0

  return {
    isNeeded,

    async makeToken() {
      const token = createLinkToken()
      await replaceSetupToken(hashOfLinkToken(token), clock(), store.database)
      return token
    },

    async claim(token, registration, client) {
      if (!(await isNeeded())) throw new ParleyError('setup_done')
      passwords.assertGood(registration.password, registration)
      const user = await makeAdmin(registration, hashOfLinkToken(token))
      return signIns.begin(user, client)
    },

    async create(registration) {
      if (!(await isNeeded())) throw new ParleyError('setup_done')
      passwords.assertGood(registration.password, registration)
      return makeAdmin(registration, undefined)
    },
  }

  /** `tokenHash` undefined: by the operator. */
  async function makeAdmin(registration: Registration, tokenHash: string | undefined): Promise<User> {
    const passwordHash = await passwords.hash(registration.password)
    const email = normalizeEmail(registration.email)
    return store.transaction(async (transaction) => {
      if (tokenHash !== undefined && !(await takeSetupToken(tokenHash, transaction))) {
        throw new ParleyError('setup_token_invalid')
      }
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
