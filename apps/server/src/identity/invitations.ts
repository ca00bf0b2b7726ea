/**
 * Links with which somebody may register, also where registration is closed, needs approval, or is for certain domains.
 *
 * Guarantees: a link makes one account at most, also for two who use it at once; it is good for a while, and only as long
 * as who made it is an administrator; the database holds only its hash.
 */
import { notFound, ParleyError } from '@parley/contract'
import { v7 as uuidv7 } from 'uuid'
import { createUser, normalizeEmail, type Registration } from './create-user.ts'
import {
  deleteInvitation,
  deleteInvitationsBefore,
  findInvitation,
  insertInvitation,
  listInvitations,
  noteInvited,
  takeInvitation,
} from './invitations-repository.ts'
import type { Invitation } from './invitation.ts'
import { createLinkToken, hashOfLinkToken } from './link-token.ts'
import type { IdentityParts } from './parts.ts'
import type { User } from './user.ts'

export interface InvitationWish {
  readonly email: string | null
  readonly role: User['role']
  readonly lifeMs: number
}

export interface Invitations {
  /** The link is not to be had again. Throws ParleyError where the server is one person's. */
  make(wish: InvitationWish, adminId: string): Promise<{ invitation: Invitation; url: string }>
  /** The newest first, used or not, until a month after their end. */
  list(): Promise<Invitation[]>
  /** Throws when there is no such one. Whoever has come with it stays. */
  remove(id: string): Promise<Invitation>
  /** Throws ParleyError when the token is not good, or the registration is not; then the token is good still. */
  accept(token: string, registration: Registration): Promise<User>
}

const keepMs = 30 * 86_400_000

export function createInvitations(parts: IdentityParts, publicUrl: string): Invitations {
  const { store, passwords, rules, groups, clock } = parts
  return {
    async make({ email, role, lifeMs }, adminId) {
      if (rules().isSingleUser) throw new ParleyError('single_user')
      const token = createLinkToken()
      const createdAt = clock()
      const invitation = {
        id: uuidv7(),
        email: email === null ? null : normalizeEmail(email),
        role,
        createdBy: adminId,
        createdAt,
        expiresAt: createdAt + lifeMs,
        usedAt: null,
        usedBy: null,
      }
      await deleteInvitationsBefore(createdAt - keepMs, store.database)
      await insertInvitation({ ...invitation, hash: hashOfLinkToken(token) }, store.database)
      // Behind the #, it reaches no server's log and no other page.
      return { invitation, url: `${publicUrl}/register#invitation=${token}` }
    },

    list: () => listInvitations(store.database),

    async remove(id) {
      const removed = await deleteInvitation(id, store.database)
      if (removed === undefined) throw notFound('invitation')
      return removed
    },

    async accept(token, registration) {
      const hash = hashOfLinkToken(token)
      const invitation = await findInvitation(hash, clock(), store.database)
      if (invitation === undefined) throw new ParleyError('invitation_invalid')
      if (invitation.email !== null && invitation.email !== normalizeEmail(registration.email)) {
        throw new ParleyError('invitation_for_another')
      }
      passwords.assertGood(registration.password, registration)
      const passwordHash = await passwords.hash(registration.password)
      const { id, role } = invitation
      const user = await store.transaction(async (transaction) => {
        if (!(await takeInvitation(id, clock(), transaction))) throw new ParleyError('invitation_invalid')
        const made = await createUser({ ...registration, passwordHash, role }, parts, transaction)
        await noteInvited(id, made.id, transaction)
        return made
      })
      if (user.groupId !== null) await groups.membersChanged()
      return user
    },
  }
}
