import type { Connection } from '../store/store.ts'
import type { LeveledHold } from './health.ts'

/** Holds that are not over; those that are, are removed. */
export async function loadHolds(now: number, connection: Connection): Promise<LeveledHold[]> {
  await connection.deleteFrom('account_hold').where('until_at', '<=', now).execute()
  const rows = await connection.selectFrom('account_hold').selectAll().execute()
  return rows.map((row) => ({
    accountId: row.account_id,
    model: row.model === '' ? null : row.model,
    untilMs: row.until_at ?? Number.POSITIVE_INFINITY,
    reason: row.reason,
    level: row.level,
  }))
}

export async function saveHold(hold: LeveledHold, connection: Connection): Promise<void> {
  const said = {
    until_at: Number.isFinite(hold.untilMs) ? Math.ceil(hold.untilMs) : null,
    level: hold.level,
    reason: hold.reason,
  }
  await connection
    .insertInto('account_hold')
    .values({ account_id: hold.accountId, model: hold.model ?? '', ...said })
    .onConflict((conflict) => conflict.columns(['account_id', 'model']).doUpdateSet(said))
    .execute()
}

export async function forgetHolds(accountId: string, connection: Connection): Promise<void> {
  await connection.deleteFrom('account_hold').where('account_id', '=', accountId).execute()
}
