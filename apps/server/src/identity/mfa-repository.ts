import type { Connection } from '../store/store.ts'

export interface Authenticator {
  readonly secretSealed: string
  /** Null: not confirmed yet. */
  readonly enabledAt: number | null
  readonly lastStep: number
}

export async function findAuthenticator(userId: string, connection: Connection): Promise<Authenticator | undefined> {
  const row = await connection.selectFrom('user_mfa').selectAll().where('user_id', '=', userId).executeTakeFirst()
  return row && { secretSealed: row.secret_sealed, enabledAt: row.enabled_at, lastStep: row.last_step }
}

/** Those of them who need a code to sign in. */
export async function findEnabled(userIds: readonly string[], connection: Connection): Promise<Set<string>> {
  if (userIds.length === 0) return new Set()
  const rows = await connection
    .selectFrom('user_mfa')
    .select('user_id')
    .where('user_id', 'in', userIds)
    .where('enabled_at', 'is not', null)
    .execute()
  return new Set(rows.map((row) => row.user_id))
}

/** A new one in place of one that was not confirmed; false when there is one that is. */
export async function saveAuthenticator(
  authenticator: { userId: string; secretSealed: string; now: number },
  connection: Connection,
): Promise<boolean> {
  const { userId, secretSealed, now } = authenticator
  const changes = { secret_sealed: secretSealed, enabled_at: null, last_step: 0, created_at: now }
  const result = await connection
    .insertInto('user_mfa')
    .values({ user_id: userId, ...changes })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(changes).where('user_mfa.enabled_at', 'is', null))
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** False when it is enabled already, or a code of this step was used. */
export async function enableAuthenticator(
  { userId, step, now }: { userId: string; step: number; now: number },
  connection: Connection,
): Promise<boolean> {
  const result = await connection
    .updateTable('user_mfa')
    .set({ enabled_at: now, last_step: step })
    .where('user_id', '=', userId)
    .where('enabled_at', 'is', null)
    .where('last_step', '<', step)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** False when somebody used the step's code a moment before. */
export async function useStep(userId: string, step: number, connection: Connection): Promise<boolean> {
  const result = await connection
    .updateTable('user_mfa')
    .set({ last_step: step })
    .where('user_id', '=', userId)
    .where('last_step', '<', step)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** True when there was one. Its recovery codes go with it. */
export async function deleteAuthenticator(userId: string, connection: Connection): Promise<boolean> {
  await connection.deleteFrom('recovery_code').where('user_id', '=', userId).execute()
  const result = await connection.deleteFrom('user_mfa').where('user_id', '=', userId).executeTakeFirst()
  return result.numDeletedRows === 1n
}

export async function replaceRecoveryCodes(
  userId: string,
  hashes: readonly string[],
  connection: Connection,
): Promise<void> {
  await connection.deleteFrom('recovery_code').where('user_id', '=', userId).execute()
  await connection
    .insertInto('recovery_code')
    .values(hashes.map((hash) => ({ user_id: userId, hash, used_at: null })))
    .execute()
}

/** Uses it up; false when there is none like it. */
export async function useRecoveryCode(
  { userId, hash, now }: { userId: string; hash: string; now: number },
  connection: Connection,
): Promise<boolean> {
  const result = await connection
    .updateTable('recovery_code')
    .set({ used_at: now })
    .where('user_id', '=', userId)
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function countRecoveryCodes(userId: string, connection: Connection): Promise<number> {
  const row = await connection
    .selectFrom('recovery_code')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function listSealedSecrets(
  connection: Connection,
): Promise<{ readonly userId: string; readonly sealed: string }[]> {
  const rows = await connection.selectFrom('user_mfa').select(['user_id', 'secret_sealed']).execute()
  return rows.map((row) => ({ userId: row.user_id, sealed: row.secret_sealed }))
}

/** False when it was changed meanwhile. */
export async function replaceSealedSecret(
  { userId, before, after }: { userId: string; before: string; after: string },
  connection: Connection,
): Promise<boolean> {
  const result = await connection
    .updateTable('user_mfa')
    .set({ secret_sealed: after })
    .where('user_id', '=', userId)
    .where('secret_sealed', '=', before)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}
