import type { Selectable } from 'kysely'
import type { Connection } from '../../store/store.ts'
import type { TemplateTable } from '../../store/tables.ts'

export type TemplateRow = Selectable<TemplateTable>

/** A person's own and the shared ones, by name. */
export async function templatesFor(userId: string, connection: Connection): Promise<TemplateRow[]> {
  return await connection
    .selectFrom('template')
    .selectAll()
    .where((where) => where.or([where('user_id', '=', userId), where('is_shared', '=', 1)]))
    .orderBy('name')
    .orderBy('id')
    .execute()
}

export async function tryTemplate(id: string, connection: Connection): Promise<TemplateRow | undefined> {
  return await connection.selectFrom('template').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function insertTemplate(template: TemplateRow, connection: Connection): Promise<void> {
  await connection.insertInto('template').values(template).execute()
}

export async function updateTemplate(
  id: string,
  changes: Pick<TemplateRow, 'name' | 'content' | 'is_shared' | 'updated_at'>,
  connection: Connection,
): Promise<void> {
  await connection.updateTable('template').set(changes).where('id', '=', id).execute()
}

export async function deleteTemplate(id: string, connection: Connection): Promise<void> {
  await connection.deleteFrom('template').where('id', '=', id).execute()
}
