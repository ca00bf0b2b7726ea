/** The people themselves: their profile, and what administrators change about them. */
import { notFound, ParleyError } from '@parley/contract'
import type { Principal } from '../http/route.ts'
import type { Connection } from '../store/store.ts'
import { createUser, type NewPerson, type Registration } from './create-user.ts'
import type { IdentityParts } from './parts.ts'
import { listSessions, revokeSessions } from './sessions-repository.ts'
import type { User } from './user.ts'
import { lastSeenOf, type ListedUser, listUsers, type UserQuery } from './user-list.ts'
import { countUsers, deleteUser, findCredentials, findUser, lockActiveAdmins, updateUser } from './users-repository.ts'

export interface People {
  /** A user, unless it says `admin`. Throws ParleyError when the password is weak, or the email or the username is taken. */
  create(registration: Registration & Partial<Pick<NewPerson, 'role' | 'groupId' | 'isPending'>>): Promise<User>
  /** Throws when there is no such user. */
  get(id: string): Promise<User>
  rename(id: string, nickname: string | null): Promise<User>
  /** Signs out all other devices. */
  changePassword(principal: Principal, change: { currentPassword: string; newPassword: string }): Promise<void>
  count(): Promise<number>
  list(query: UserQuery): Promise<{ users: ListedUser[]; total: number }>
  lastSeen(id: string): Promise<number | null>
  /** Ends the sessions of a user who is switched off or gets a new password. Throws when nobody would be left to administer. */
  administer(id: string, changes: Administration): Promise<User>
  /** With everything that is theirs alone. Throws when nobody would be left to administer. */
  remove(id: string): Promise<void>
}

/** What administrators may change about somebody. */
export interface Administration {
  readonly role?: User['role'] | undefined
  readonly plan?: string | undefined
  readonly isActive?: boolean | undefined
  /** Null: out of the group. Who comes into one gets its quota, unless another is said. */
  readonly groupId?: string | null | undefined
  readonly tokenQuota?: number | undefined
  readonly password?: string | undefined
}

export function createPeople(parts: IdentityParts): People {
  const { store, sessionCache, passwords, groups, clock } = parts
  return {
    async create(registration) {
      passwords.assertGood(registration.password, registration)
      const passwordHash = await passwords.hash(registration.password)
      if (typeof registration.groupId === 'string') groups.get(registration.groupId)
      const user = await createUser({ role: 'user', ...registration, passwordHash }, parts, store.database)
      if (user.groupId !== null) await groups.membersChanged()
      return user
    },

    get: async (id) => known(await findUser(id, store.database)),
    rename: async (id, nickname) => known(await updateUser(id, { nickname, now: clock() }, store.database)),

    async changePassword({ userId, sessionId }, { currentPassword, newPassword }) {
      const known = await findCredentials({ id: userId }, store.database)
      if (!(await passwords.verify(currentPassword, known?.passwordHash)) || !known) {
        throw new ParleyError('wrong_password', { details: { field: 'currentPassword' } })
      }
      passwords.assertGood(newPassword, known.user, 'newPassword')
      const passwordHash = await passwords.hash(newPassword)
      const now = clock()
      const ended = await store.transaction(async (transaction) => {
        await updateUser(userId, { passwordHash, now }, transaction)
        return revokeSessions({ userId, except: sessionId }, now, transaction)
      })
      await sessionCache.forget(ended)
    },

    count: () => countUsers(store.database),
    list: (query) => listUsers(query, store.database),
    lastSeen: (id) => lastSeenOf(id, store.database),

    async administer(id, { password, ...changes }) {
      const before = known(await findUser(id, store.database))
      if (password !== undefined) passwords.assertGood(password, before)
      const isMoving = changes.groupId !== undefined && changes.groupId !== before.groupId
      const group = isMoving && typeof changes.groupId === 'string' ? groups.get(changes.groupId) : undefined
      const tokenQuota = changes.tokenQuota ?? group?.tokenQuota ?? undefined
      const passwordHash = password === undefined ? undefined : await passwords.hash(password)
      const now = clock()
      const { user, stale } = await store.transaction(async (transaction) => {
        await assertAnotherAdmin(id, changes, transaction)
        const user = known(await updateUser(id, { ...changes, tokenQuota, passwordHash, now }, transaction))
        const sessions = await listSessions(id, now, transaction)
        const isSignedOut = changes.isActive === false || passwordHash !== undefined
        if (isSignedOut) await revokeSessions({ userId: id }, now, transaction)
        return { user, stale: sessions.map((session) => session.id) }
      })
      await sessionCache.forget(stale)
      if (isMoving) await groups.membersChanged()
      return user
    },

    async remove(id) {
      const ended = await store.transaction(async (transaction) => {
        await assertAnotherAdmin(id, { isActive: false }, transaction)
        const sessions = await listSessions(id, clock(), transaction)
        await deleteUser(id, transaction)
        return sessions.map((session) => session.id)
      })
      await sessionCache.forget(ended)
    },
  }
}

/** Throws when the change would take away the last administrator. */
async function assertAnotherAdmin(id: string, changes: Administration, transaction: Connection): Promise<void> {
  if (changes.role !== 'user' && changes.isActive !== false) return
  // Of two administrators who demote each other at once, the second waits here, and then is the last.
  const admins = await lockActiveAdmins(transaction)
  if (admins.length === 1 && admins[0] === id) throw new ParleyError('last_admin')
}

function known(user: User | undefined): User {
  if (user === undefined) throw notFound('user')
  return user
}
