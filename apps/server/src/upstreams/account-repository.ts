import type { Insertable, Selectable, Updateable } from 'kysely'
import type { Connection } from '../store/store.ts'
import type { AccountTable } from '../store/tables.ts'
import type { SealedColumn } from './account-secrets.ts'
import type { SeenLimits } from './seen-limits.ts'

export type AccountRow = Selectable<AccountTable>

/** Every account that is not deleted. */
export async function listAccountRows(connection: Connection): Promise<AccountRow[]> {
  return await connection
    .selectFrom('account')
    .selectAll()
    .where('deleted_at', 'is', null)
    .orderBy('priority')
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

export async function tryAccountRow(id: string, connection: Connection): Promise<AccountRow | undefined> {
  return await connection
    .selectFrom('account')
    .selectAll()
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

export async function insertAccountRow(row: Insertable<AccountTable>, connection: Connection): Promise<void> {
  await connection.insertInto('account').values(row).execute()
}

/** Makes the row unless there is one with its id, deleted or not. */
export async function ensureAccountRow(row: Insertable<AccountTable>, connection: Connection): Promise<void> {
  await connection
    .insertInto('account')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

/** Changes only what is given; false when there is no such account. */
export async function updateAccountRow(
  id: string,
  columns: Updateable<AccountTable>,
  connection: Connection,
): Promise<boolean> {
  const result = await connection
    .updateTable('account')
    .set(columns)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Replaces a sealed column; false when somebody has replaced it before. */
export async function replaceSealed(
  change: {
    readonly id: string
    readonly column: SealedColumn
    readonly before: string | null
    readonly after: string | null
  },
  connection: Connection,
): Promise<boolean> {
  const { id, column, before, after } = change
  const result = await connection
    .updateTable('account')
    .set({ [column]: after })
    .where('id', '=', id)
    .where(column, before === null ? 'is' : '=', before)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Who gets new tokens for an account. */
export interface RefreshLease {
  readonly id: string
  readonly holder: string
}

/** One step in the database, so that of all nodes one gets it; its holder gets it again. False: somebody else has it. */
export async function takeRefreshLease(
  { id, holder }: RefreshLease,
  { now, forMs }: { readonly now: number; readonly forMs: number },
  connection: Connection,
): Promise<boolean> {
  const result = await connection
    .updateTable('account')
    .set({ refreshing_by: holder, refreshing_until: now + forMs })
    .where('id', '=', id)
    .where((builder) =>
      builder.or([
        builder('refreshing_by', 'is', null),
        builder('refreshing_by', '=', holder),
        builder('refreshing_until', '<=', now),
      ]),
    )
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Leaves alone what somebody else has taken since it ran out. */
export async function giveRefreshLeaseBack({ id, holder }: RefreshLease, connection: Connection): Promise<void> {
  await connection
    .updateTable('account')
    .set({ refreshing_by: null, refreshing_until: null })
    .where('id', '=', id)
    .where('refreshing_by', '=', holder)
    .execute()
}

/** What the upstreams of all accounts last said of their limits. */
export async function loadSeenLimits(connection: Connection): Promise<Map<string, SeenLimits>> {
  const rows = await connection
    .selectFrom('account')
    .select(['id', 'seen_limits_json'])
    .where('seen_limits_json', 'is not', null)
    .where('deleted_at', 'is', null)
    .execute()
  return new Map(rows.map(({ id, seen_limits_json: json }) => [id, JSON.parse(json ?? '') as SeenLimits]))
}

/** Writes that column only, so that it can never undo somebody's edit. */
export async function saveSeenLimits(id: string, seen: SeenLimits, connection: Connection): Promise<void> {
  await connection
    .updateTable('account')
    .set({ seen_limits_json: JSON.stringify(seen) })
    .where('id', '=', id)
    .execute()
}
