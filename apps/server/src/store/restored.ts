import type { Connection } from './store.ts'
import { findSetting, saveSetting } from './settings-repository.ts'

const key = 'store.restored_at'

/**
 * When a backup last took the place of this database: who knows it from before knows things that it does not have. 0: never.
 * Milliseconds since 1970.
 */
export async function readRestoredAt(connection: Connection): Promise<number> {
  return ((await findSetting(key, connection)) as number | undefined) ?? 0
}

export async function noteRestored(now: number, connection: Connection): Promise<void> {
  await saveSetting({ key, value: now, now, userId: null }, connection)
}
