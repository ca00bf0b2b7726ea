import type { Connection } from '../store/store.ts'

const key = 'setup.token_hash'

export async function replaceSetupToken(hash: string, now: number, connection: Connection): Promise<void> {
  const row = { key, value_json: JSON.stringify(hash), updated_at: now, updated_by: null }
  await connection
    .insertInto('setting')
    .values(row)
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value_json: row.value_json, updated_at: now }))
    .execute()
}

/** Uses the token up; false when it is not the one that is good. */
export async function takeSetupToken(hash: string, connection: Connection): Promise<boolean> {
  const result = await connection
    .deleteFrom('setting')
    .where('key', '=', key)
    .where('value_json', '=', JSON.stringify(hash))
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}
