import type { Connection } from './store.ts'

/** What a setting holds; undefined: it was never written. Throws when the row is not JSON. */
export async function findSetting(key: string, connection: Connection): Promise<unknown> {
  const row = await connection.selectFrom('setting').select('value_json').where('key', '=', key).executeTakeFirst()
  return row && JSON.parse(row.value_json)
}

/**
 * What it holds; until the transaction ends nobody else changes it. An update that changes nothing holds a row on both
 * databases.
 */
export async function lockSetting(key: string, now: number, transaction: Connection): Promise<unknown> {
  const row = await transaction
    .insertInto('setting')
    .values({ key, value_json: '{}', updated_at: now, updated_by: null })
    .onConflict((conflict) => conflict.column('key').doUpdateSet((update) => ({ key: update.ref('setting.key') })))
    .returning('value_json')
    .executeTakeFirstOrThrow()
  return JSON.parse(row.value_json)
}

/** The settings whose keys begin so. */
export async function listSettings(prefix: string, connection: Connection): Promise<{ key: string; value: unknown }[]> {
  const rows = await connection
    .selectFrom('setting')
    .select(['key', 'value_json'])
    .where('key', '>=', prefix)
    .where('key', '<', `${prefix}\uffff`)
    .execute()
  return rows.map((row) => ({ key: row.key, value: JSON.parse(row.value_json) as unknown }))
}

export async function saveSetting(
  setting: { key: string; value: unknown; now: number; userId: string | null },
  connection: Connection,
): Promise<void> {
  const changes = { value_json: JSON.stringify(setting.value), updated_at: setting.now, updated_by: setting.userId }
  await connection
    .insertInto('setting')
    .values({ key: setting.key, ...changes })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(changes))
    .execute()
}

export async function deleteSetting(key: string, connection: Connection): Promise<void> {
  await connection.deleteFrom('setting').where('key', '=', key).execute()
}

/** Writes it only when it was never written. */
export async function insertSettingOnce(
  setting: { key: string; value: unknown; now: number },
  connection: Connection,
): Promise<void> {
  const { key, value, now } = setting
  await connection
    .insertInto('setting')
    .values({ key, value_json: JSON.stringify(value), updated_at: now, updated_by: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
