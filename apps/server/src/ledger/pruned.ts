import type { Store } from '../store/store.ts'

const key = 'usage.pruned_before'

/**
 * Calls that began before are not in the table any more, once they were settled: what has no row there has been counted.
 * 0: none were taken away. Milliseconds since 1970.
 */
export async function readPrunedBefore({ database }: Store): Promise<number> {
  const row = await database.selectFrom('setting').select('value_json').where('key', '=', key).executeTakeFirst()
  return row === undefined ? 0 : (JSON.parse(row.value_json) as number)
}

/** To be done before they are taken away. */
export async function notePruned(store: Store, before: number, now: number): Promise<void> {
  // Rows may be kept for longer than they were.
  if ((await readPrunedBefore(store)) >= before) return
  const changes = { value_json: JSON.stringify(before), updated_at: now }
  await store.database
    .insertInto('setting')
    .values({ key, updated_by: null, ...changes })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(changes))
    .execute()
}
