import type { Selectable } from 'kysely'
import type { UserGroupTable } from '../store/identity-tables.ts'
import type { Connection } from '../store/store.ts'
import type { UserGroup } from './user-group.ts'

export type GroupColumns = Pick<Selectable<UserGroupTable>, 'name' | 'description' | 'models_json' | 'token_quota'>

/** By name. */
export async function listGroups(connection: Connection): Promise<UserGroup[]> {
  const rows = await connection.selectFrom('user_group').selectAll().orderBy('name').execute()
  return rows.map(groupOf)
}

/** The group of everybody who is in one, by user id. */
export async function listMemberships(connection: Connection): Promise<Map<string, string>> {
  const rows = await connection
    .selectFrom('user')
    .select(['id', 'group_id'])
    .where('group_id', 'is not', null)
    .execute()
  return new Map(rows.flatMap(({ id, group_id: groupId }) => (groupId === null ? [] : [[id, groupId] as const])))
}

/** False when the name is taken. */
export async function insertGroup(
  group: GroupColumns & { readonly id: string; readonly now: number },
  connection: Connection,
): Promise<boolean> {
  const { now, ...columns } = group
  const { numInsertedOrUpdatedRows } = await connection
    .insertInto('user_group')
    .values({ ...columns, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** False when there is no such group. */
export async function updateGroup(
  { id, now, ...columns }: Partial<GroupColumns> & { readonly id: string; readonly now: number },
  connection: Connection,
): Promise<boolean> {
  const { numUpdatedRows } = await connection
    .updateTable('user_group')
    .set({ ...columns, updated_at: now })
    .where('id', '=', id)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function isGroupNameTaken(
  { name, exceptId }: { readonly name: string; readonly exceptId: string },
  connection: Connection,
): Promise<boolean> {
  const row = await connection
    .selectFrom('user_group')
    .select('id')
    .where('name', '=', name)
    .where('id', '!=', exceptId)
    .executeTakeFirst()
  return row !== undefined
}

/** Its members are in none then. False when there is no such group. */
export async function deleteGroup(id: string, connection: Connection): Promise<boolean> {
  const { numDeletedRows } = await connection.deleteFrom('user_group').where('id', '=', id).executeTakeFirst()
  return numDeletedRows === 1n
}

function groupOf(row: Selectable<UserGroupTable>): UserGroup {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    models: row.models_json === null ? null : (JSON.parse(row.models_json) as string[]),
    tokenQuota: row.token_quota,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
