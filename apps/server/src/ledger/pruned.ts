import { findSetting, saveSetting } from '../store/settings-repository.ts'
import type { Store } from '../store/store.ts'

const key = 'usage.pruned_before'

/**
 * Calls that began before are not in the table any more, once they were settled: what has no row there has been counted.
 * 0: none were taken away. Milliseconds since 1970.
 */
export async function readPrunedBefore({ database }: Store): Promise<number> {
  return ((await findSetting(key, database)) as number | undefined) ?? 0
}

/** To be done before they are taken away. */
export async function notePruned(store: Store, before: number, now: number): Promise<void> {
  // Rows may be kept for longer than they were.
  if ((await readPrunedBefore(store)) >= before) return
  await saveSetting({ key, value: before, now, userId: null }, store.database)
}
