import type { Insertable, Selectable, Updateable } from 'kysely'
import type { Connection } from '../store/store.ts'
import type { ModelTable } from '../store/tables.ts'

export type ModelRow = Selectable<ModelTable>

export async function listModelRows(connection: Connection): Promise<ModelRow[]> {
  return await connection
    .selectFrom('model')
    .selectAll()
    .orderBy('sort_order')
    .orderBy('provider')
    .orderBy('id')
    .execute()
}

export async function tryModelRow(id: string, connection: Connection): Promise<ModelRow | undefined> {
  return await connection.selectFrom('model').selectAll().where('id', '=', id).executeTakeFirst()
}

/** False when there is a model with that id. */
export async function insertModelRow(row: Insertable<ModelTable>, connection: Connection): Promise<boolean> {
  const result = await connection
    .insertInto('model')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

export async function updateModelRow(
  id: string,
  columns: Updateable<ModelTable>,
  connection: Connection,
): Promise<boolean> {
  const result = await connection.updateTable('model').set(columns).where('id', '=', id).executeTakeFirst()
  return result.numUpdatedRows > 0n
}

export async function deleteModelRow(id: string, connection: Connection): Promise<boolean> {
  const result = await connection.deleteFrom('model').where('id', '=', id).executeTakeFirst()
  return result.numDeletedRows > 0n
}
