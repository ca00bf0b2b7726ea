/**
 * Who somebody is here who has signed in at the provider.
 *
 * Guarantee: nobody gets another's account by an email that the provider has not verified, and who registered here before
 * with somebody else's email cannot sign in any more: anybody can register with any address.
 */
import { randomBytes } from 'node:crypto'
import { ParleyError } from '@parley/contract'
import type { OidcSettings } from '../config/sign-in-settings.ts'
import { assertWelcome, createUser } from './create-user.ts'
import { deleteAuthenticator } from './mfa-repository.ts'
import { findLinkedUser, insertLink } from './oidc-repository.ts'
import type { OidcClaims } from './oidc-provider.ts'
import type { IdentityParts } from './parts.ts'
import { revokeSessions } from './sessions-repository.ts'
import { findCredentials, forgetPassword } from './users-repository.ts'

type Rules = Pick<OidcSettings, 'isSignUpAllowed' | 'isLinkedByEmail'>

/** The user's id. Throws ParleyError when there is nobody and none is to be made. */
export async function personOf(claims: OidcClaims, rules: Rules, parts: IdentityParts): Promise<string> {
  const known = await findLinkedUser(claims, parts.store.database)
  if (known !== undefined) return known
  const { email } = claims
  if (email === undefined) throw new ParleyError('oidc_unknown')
  const owner = await findCredentials({ email }, parts.store.database)
  if (owner === undefined) {
    if (!rules.isSignUpAllowed || claims.isEmailVerified === false) throw new ParleyError('oidc_unknown')
    assertWelcome(email, parts.rules())
    return signUp({ ...claims, email }, parts)
  }
  if (!rules.isLinkedByEmail || claims.isEmailVerified !== true) throw new ParleyError('oidc_email_taken')
  return link(owner.user.id, claims, parts)
}

async function link(userId: string, claims: OidcClaims, parts: IdentityParts): Promise<string> {
  const { store, sessionCache, clock } = parts
  const passwordHash = await unknownPassword(parts)
  const ended = await store.transaction(async (transaction) => {
    const now = clock()
    if (!(await insertLink({ ...claims, userId, now }, transaction))) return []
    await forgetPassword({ id: userId, passwordHash, now }, transaction)
    // Whoever holds the email would be asked for a stranger's code.
    await deleteAuthenticator(userId, transaction)
    return revokeSessions({ userId }, now, transaction)
  })
  await sessionCache.forget(ended)
  return (await findLinkedUser(claims, store.database)) ?? userId
}

async function signUp(claims: OidcClaims & { readonly email: string }, parts: IdentityParts): Promise<string> {
  const { store, rules, groups, clock } = parts
  const { email, name } = claims
  const passwordHash = await unknownPassword(parts)
  try {
    const userId = await store.transaction(async (transaction) => {
      const nickname = name?.slice(0, 64)
      const { needsApproval: isPending, role } = rules()
      const person = { email, nickname, role, passwordHash, isPending }
      const { id } = await createUser(person, parts, transaction)
      const now = clock()
      await forgetPassword({ id, passwordHash, now }, transaction)
      if (!(await insertLink({ ...claims, userId: id, now }, transaction))) throw new ParleyError('email_taken')
      return id
    })
    await groups.membersChanged()
    return userId
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error
    // The same person in two tabs: the other one was faster.
    const made = await findLinkedUser(claims, store.database)
    if (made !== undefined) return made
    throw new ParleyError('oidc_email_taken', { cause: error })
  }
}

/** The hash of something that nobody knows. */
function unknownPassword({ passwords }: IdentityParts): Promise<string> {
  return passwords.hash(randomBytes(32).toString('base64url'))
}
