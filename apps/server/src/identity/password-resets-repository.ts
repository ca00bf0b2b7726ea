import type { Connection } from '../store/store.ts'

export interface NewReset {
  readonly hash: string
  readonly userId: string
  readonly now: number
  readonly expiresAt: number
}

/** Those that nobody used in time go. */
export async function insertReset({ hash, userId, now, expiresAt }: NewReset, connection: Connection): Promise<void> {
  await connection.deleteFrom('password_reset').where('expires_at', '<', now).execute()
  await connection
    .insertInto('password_reset')
    .values({ hash, user_id: userId, created_at: now, expires_at: expiresAt })
    .execute()
}

/** Whose it is; undefined: it is not good (any more). */
export async function findReset(hash: string, now: number, connection: Connection): Promise<string | undefined> {
  const row = await connection
    .selectFrom('password_reset')
    .select('user_id')
    .where('hash', '=', hash)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row?.user_id
}

/** Uses it up, and all others of the same person; false when somebody was faster. */
export async function takeReset(hash: string, userId: string, connection: Connection): Promise<boolean> {
  const result = await connection.deleteFrom('password_reset').where('hash', '=', hash).executeTakeFirst()
  await deleteResets(userId, connection)
  return result.numDeletedRows === 1n
}

/** A password that was set voids every link to another one. */
export async function deleteResets(userId: string, connection: Connection): Promise<void> {
  await connection.deleteFrom('password_reset').where('user_id', '=', userId).execute()
}
