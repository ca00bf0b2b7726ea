/** The people themselves: their profile, and what administrators change about them. */
import { ParleyError } from '@parley/contract'
import type { Principal } from '../http/route.ts'
import { createUser, type Registration } from './create-user.ts'
import type { IdentityParts } from './service.ts'
import { listSessions, revokeSessions } from './sessions-repository.ts'
import type { User } from './user.ts'
import {
  findCredentials,
  findUser,
  listUsers,
  lockActiveAdmins,
  type UserChanges,
  type UserQuery,
  updateUser,
} from './users-repository.ts'

export interface People {
  /** Throws ParleyError when the password is weak, or the email or the username is taken. */
  create(registration: Registration): Promise<User>
  /** Throws when there is no such user. */
  get(id: string): Promise<User>
  rename(id: string, nickname: string | null): Promise<User>
  /** Signs out all other devices. */
  changePassword(principal: Principal, change: { currentPassword: string; newPassword: string }): Promise<void>
  list(query: UserQuery): Promise<{ users: User[]; total: number }>
  /** What administrators may change. Ends the sessions of a user who is switched off. Throws when nobody would be left to administer. */
  administer(id: string, changes: Pick<UserChanges, 'role' | 'plan' | 'isActive' | 'tokenQuota'>): Promise<User>
}

export function createPeople(parts: IdentityParts): People {
  const { store, sessionCache, passwords, clock } = parts
  return {
    async create(registration) {
      passwords.assertGood(registration.password, registration)
      const passwordHash = await passwords.hash(registration.password)
      return createUser({ ...registration, passwordHash, role: 'user' }, parts, store.database)
    },

    get: async (id) => known(await findUser(id, store.database)),
    rename: async (id, nickname) => known(await updateUser(id, { nickname, now: clock() }, store.database)),

    async changePassword({ userId, sessionId }, { currentPassword, newPassword }) {
      const known = await findCredentials({ id: userId }, store.database)
      if (!(await passwords.verify(currentPassword, known?.passwordHash)) || !known) {
        throw new ParleyError('wrong_password', { details: { field: 'currentPassword' } })
      }
      passwords.assertGood(newPassword, known.user)
      const passwordHash = await passwords.hash(newPassword)
      const now = clock()
      const ended = await store.transaction(async (transaction) => {
        await updateUser(userId, { passwordHash, now }, transaction)
        return revokeSessions({ userId, except: sessionId }, now, transaction)
      })
      await sessionCache.forget(ended)
    },

    list: (query) => listUsers(query, store.database),

    async administer(id, changes) {
      const now = clock()
      const { user, stale } = await store.transaction(async (transaction) => {
        if (changes.role === 'user' || changes.isActive === false) {
          // Of two administrators who demote each other at once, the second waits here, and then is the last.
          const admins = await lockActiveAdmins(transaction)
          if (admins.length === 1 && admins[0] === id) throw new ParleyError('last_admin')
        }
        const user = known(await updateUser(id, { ...changes, now }, transaction))
        const sessionsOfUser = await listSessions(id, now, transaction)
        if (changes.isActive === false) await revokeSessions({ userId: id }, now, transaction)
        return { user, stale: sessionsOfUser.map((session) => session.id) }
      })
      await sessionCache.forget(stale)
      return user
    },
  }
}

function known(user: User | undefined): User {
  if (user === undefined) throw new ParleyError('not_found', { parameters: { what: { en: 'User', zh: '用户' } } })
  return user
}
