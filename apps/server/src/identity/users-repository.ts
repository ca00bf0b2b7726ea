import type { Selectable } from 'kysely'
import type { Connection } from '../store/store.ts'
import type { UserTable } from '../store/identity-tables.ts'
import { deleteResets } from './password-resets-repository.ts'
import type { User } from './user.ts'

export interface NewUser {
  readonly id: string
  readonly email: string
  readonly username: string
  readonly nickname: string | null
  readonly passwordHash: string
  readonly role: 'admin' | 'user'
  readonly groupId: string | null
  readonly isPending: boolean
  readonly tokenQuota: number
  readonly now: number
}

export interface UserChanges {
  readonly nickname?: string | null | undefined
  readonly role?: 'admin' | 'user' | undefined
  readonly plan?: string | undefined
  readonly isActive?: boolean | undefined
  readonly groupId?: string | null | undefined
  readonly tokenQuota?: number | undefined
  readonly passwordHash?: string | undefined
}

/** False when the email or the username is taken. */
export async function insertUser(user: NewUser, connection: Connection): Promise<boolean> {
  const result = await connection
    .insertInto('user')
    .values({
      id: user.id,
      email: user.email,
      username: user.username,
      nickname: user.nickname,
      password_hash: user.passwordHash,
      role: user.role,
      group_id: user.groupId,
      is_active: user.isPending ? 0 : 1,
      is_pending: user.isPending ? 1 : 0,
      token_quota: user.tokenQuota,
      created_at: user.now,
      updated_at: user.now,
      last_login_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function findUser(id: string, connection: Connection): Promise<User | undefined> {
  const row = await connection.selectFrom('user').selectAll().where('id', '=', id).executeTakeFirst()
  return row && userOf(row)
}

export interface Credentials {
  readonly user: User
  readonly passwordHash: string
}

/** Email in lower case. */
export async function findCredentials(
  by: { email: string } | { id: string },
  connection: Connection,
): Promise<Credentials | undefined> {
  const [column, value] = 'email' in by ? (['email', by.email] as const) : (['id', by.id] as const)
  const row = await connection.selectFrom('user').selectAll().where(column, '=', value).executeTakeFirst()
  return row && { user: userOf(row), passwordHash: row.password_hash }
}

export async function isUsernameTaken(username: string, connection: Connection): Promise<boolean> {
  const row = await connection.selectFrom('user').select('id').where('username', '=', username).executeTakeFirst()
  return row !== undefined
}

export async function updateUser(
  id: string,
  changes: UserChanges & { now: number },
  connection: Connection,
): Promise<User | undefined> {
  const row = await connection
    .updateTable('user')
    .set({
      nickname: changes.nickname,
      role: changes.role,
      plan: changes.plan,
      is_active: changes.isActive === undefined ? undefined : changes.isActive ? 1 : 0,
      // Let in or not: an administrator has decided.
      is_pending: changes.isActive === undefined ? undefined : 0,
      group_id: changes.groupId,
      token_quota: changes.tokenQuota,
      password_hash: changes.passwordHash,
      // Whoever gives a new one knows it.
      has_password: changes.passwordHash === undefined ? undefined : 1,
      updated_at: changes.now,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (changes.passwordHash !== undefined) await deleteResets(id, connection)
  return row && userOf(row)
}

/** What is theirs goes with them; the ledger refers to nobody. */
export async function deleteUser(id: string, connection: Connection): Promise<void> {
  await connection.deleteFrom('user').where('id', '=', id).execute()
}

/** From now on nobody can sign in with a password; `passwordHash` is of something that nobody knows. */
export async function forgetPassword(
  { id, passwordHash, now }: { id: string; passwordHash: string; now: number },
  connection: Connection,
): Promise<void> {
  await connection
    .updateTable('user')
    .set({ password_hash: passwordHash, has_password: 0, updated_at: now })
    .where('id', '=', id)
    .execute()
  await deleteResets(id, connection)
}

/** False when the password is not the one of `passwordHash` any more, if that is given. */
export async function noteSignIn(
  { id, passwordHash, now }: { id: string; passwordHash?: string | undefined; now: number },
  connection: Connection,
): Promise<boolean> {
  const query = connection.updateTable('user').set({ last_login_at: now }).where('id', '=', id)
  const result = await (passwordHash === undefined
    ? query
    : query.where('password_hash', '=', passwordHash)
  ).executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function countUsers(connection: Connection): Promise<number> {
  const row = await connection
    .selectFrom('user')
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function countActiveAdmins(connection: Connection): Promise<number> {
  const row = await connection
    .selectFrom('user')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('role', '=', 'admin')
    .where('is_active', '=', 1)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Their ids. The rows are held until the transaction ends: an update that changes nothing does that on both databases. */
export async function lockActiveAdmins(connection: Connection): Promise<string[]> {
  const rows = await connection
    .updateTable('user')
    .set((column) => ({ role: column.ref('role') }))
    .where('role', '=', 'admin')
    .where('is_active', '=', 1)
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}

export function userOf(row: Selectable<UserTable>): User {
  return {
    id: row.id,
    email: row.email,
    username: row.username,
    nickname: row.nickname,
    role: row.role,
    plan: row.plan,
    isActive: row.is_active === 1,
    isPending: row.is_pending === 1,
    groupId: row.group_id,
    hasPassword: row.has_password === 1,
    tokenQuota: row.token_quota,
    tokenUsed: row.token_used,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastLoginAt: row.last_login_at,
  }
}
