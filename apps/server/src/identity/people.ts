/** The people themselves: their profile, and what administrators change about them. */
import { ParleyError } from '@parley/contract'
import { createUser, type Registration } from './create-user.ts'
import type { IdentityParts } from './service.ts'
import { listSessions, revokeSessions } from './sessions-repository.ts'
import type { User } from './user.ts'
import {
  countActiveAdmins,
  findUser,
  listUsers,
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
    list: (query) => listUsers(query, store.database),

    async administer(id, changes) {
      const now = clock()
      const { user, stale } = await store.transaction(async (transaction) => {
        const user = known(await updateUser(id, { ...changes, now }, transaction))
        // Counted after the change: two administrators who demote each other at once cannot both succeed.
        const mayRemoveAdmin = changes.role === 'user' || changes.isActive === false
        if (mayRemoveAdmin && (await countActiveAdmins(transaction)) === 0) throw new ParleyError('last_admin')
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
