import type { Limit } from '@parley/contract'
import type { WireName } from '@parley/wires'
import { type Expression, type ExpressionBuilder, type Insertable, type Selectable, sql, type SqlBool } from 'kysely'
import type { Connection } from '../store/store.ts'
import type { ApiKeyTable, Tables } from '../store/tables.ts'
import type { ApiKey } from './api-key.ts'

/** An API key as people see it. */
export interface KeyDetails {
  readonly id: string
  readonly name: string
  /** Its first and last characters. */
  readonly hint: string
  readonly userId: string | null
  /** Who says what it may do: its user, or only an administrator. */
  readonly managedBy: 'admin' | 'user'
  readonly isEnabled: boolean
  readonly expiresAt: number | null
  /** How long it is good from its first use. */
  readonly activeSeconds: number | null
  readonly activatedAt: number | null
  readonly models: readonly string[] | null
  readonly wires: readonly WireName[] | null
  readonly ipAllow: readonly string[] | null
  readonly clients: readonly string[] | null
  readonly accountIds: readonly string[] | null
  readonly accountGroups: readonly string[] | null
  readonly cacheSeconds: number | null
  readonly limits: readonly Limit[]
  readonly tags: readonly string[]
  readonly notes: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly lastUsedAt: number | null
  readonly deletedAt: number | null
}

export interface KeyQuery {
  readonly page: number
  readonly limit: number
  /** Part of its name, notes or hint. */
  readonly text?: string | undefined
  readonly userId?: string | undefined
  readonly tag?: string | undefined
  readonly state?: 'enabled' | 'disabled' | 'expired' | 'deleted' | undefined
}

/** What can be changed of a key. */
export type KeyFields = Partial<
  Pick<
    KeyDetails,
    | 'name'
    | 'userId'
    | 'managedBy'
    | 'isEnabled'
    | 'expiresAt'
    | 'activeSeconds'
    | 'models'
    | 'wires'
    | 'ipAllow'
    | 'clients'
    | 'accountIds'
    | 'accountGroups'
    | 'cacheSeconds'
    | 'limits'
    | 'tags'
    | 'notes'
  >
>

/** The key with this hash, with its owner's state taken in. */
export async function tryKeyByHash(hash: string, connection: Connection): Promise<ApiKey | undefined> {
  const row = await connection
    .selectFrom('api_key')
    .leftJoin('user', 'user.id', 'api_key.user_id')
    .selectAll('api_key')
    .select('user.is_active as owner_is_active')
    .where('api_key.hash', '=', hash)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const details = detailsOf(row)
  const { id, name, userId, models, wires, ipAllow, clients, accountIds, accountGroups, cacheSeconds, limits } = details
  const isEnabled = details.isEnabled && row.deleted_at === null && (userId === null || row.owner_is_active === 1)
  const pinned = { accountIds, accountGroups }
  const life = { isEnabled, expiresAt: endOf(details), activeMs: remainingLife(details) }
  return { id, name, userId, ...life, models, wires, ipAllow, clients, ...pinned, cacheSeconds, limits }
}

/** When the key ends, of its two ends the earlier one; null: never, or not before its first use. */
export function endOf({ expiresAt, activeSeconds, activatedAt }: KeyDetails): number | null {
  if (activeSeconds === null || activatedAt === null) return expiresAt
  return Math.min(expiresAt ?? Number.POSITIVE_INFINITY, activatedAt + activeSeconds * 1000)
}

function remainingLife({ activeSeconds, activatedAt }: KeyDetails): number | null {
  return activeSeconds === null || activatedAt !== null ? null : activeSeconds * 1000
}

/** The first use, whichever node sees it first. */
export async function activateKey(id: string, now: number, connection: Connection): Promise<KeyDetails | undefined> {
  await connection
    .updateTable('api_key')
    .set({ activated_at: now })
    .where('id', '=', id)
    .where('activated_at', 'is', null)
    .execute()
  return await tryKey(id, connection)
}

export async function tryKey(id: string, connection: Connection): Promise<KeyDetails | undefined> {
  const row = await connection.selectFrom('api_key').selectAll().where('id', '=', id).executeTakeFirst()
  return row && detailsOf(row)
}

export async function listKeys(
  query: KeyQuery,
  now: number,
  connection: Connection,
): Promise<{ items: KeyDetails[]; total: number }> {
  const matching = connection.selectFrom('api_key').where((builder) => matches(query, now, builder))
  const { total } = await matching.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  const rows = await matching
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit)
    .offset((query.page - 1) * query.limit)
    .execute()
  return { items: rows.map(detailsOf), total: Number(total) }
}

function matches(query: KeyQuery, now: number, builder: ExpressionBuilder<Tables, 'api_key'>) {
  const conditions: Expression<SqlBool>[] = [builder('deleted_at', query.state === 'deleted' ? 'is not' : 'is', null)]
  if (query.state === 'enabled' || query.state === 'disabled') {
    conditions.push(builder('is_enabled', '=', query.state === 'enabled' ? 1 : 0))
  }
  if (query.state === 'expired') {
    const life = sql<number>`activated_at + active_seconds * 1000`
    conditions.push(builder.or([builder('expires_at', '<=', now), builder(life, '<=', now)]))
  }
  if (query.userId !== undefined) conditions.push(builder('user_id', '=', query.userId))
  if (query.tag !== undefined) conditions.push(contains(builder, 'tags_json', JSON.stringify(query.tag)))
  if (query.text !== undefined) {
    const { text } = query
    conditions.push(builder.or((['name', 'notes', 'hint'] as const).map((column) => contains(builder, column, text))))
  }
  return builder.and(conditions)
}

function contains(
  builder: ExpressionBuilder<Tables, 'api_key'>,
  column: 'name' | 'notes' | 'hint' | 'tags_json',
  text: string,
) {
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`
  return sql<SqlBool>`lower(${builder.ref(column)}) like lower(${pattern}) escape '\\'`
}

export async function userExists(id: string, connection: Connection): Promise<boolean> {
  return (await connection.selectFrom('user').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
}

export async function insertKey(row: Insertable<ApiKeyTable>, connection: Connection): Promise<void> {
  await connection.insertInto('api_key').values(row).execute()
}

/** Changes only what is given; undefined when there is no such key. */
export async function updateKey(
  id: string,
  columns: KeyColumns,
  connection: Connection,
): Promise<KeyDetails | undefined> {
  const row = await connection
    .updateTable('api_key')
    .set(columns)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row && detailsOf(row)
}

/** How many there were. One that was deleted before stays so. */
export async function retireKeysOf(userId: string, now: number, connection: Connection): Promise<number> {
  const { numUpdatedRows } = await connection
    .updateTable('api_key')
    .set((column) => ({
      user_id: null,
      is_enabled: 0,
      updated_at: now,
      deleted_at: column.fn.coalesce('deleted_at', column.val(now)),
    }))
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

/** The columns that may be written again. */
export type KeyColumns = Partial<Omit<Selectable<ApiKeyTable>, 'id' | 'created_at'>>

/** The columns of the fields that are given. */
export function columnsOf(fields: KeyFields): KeyColumns {
  const columns: KeyColumns = {}
  if (fields.name !== undefined) columns.name = fields.name
  if (fields.userId !== undefined) columns.user_id = fields.userId
  if (fields.managedBy !== undefined) columns.managed_by = fields.managedBy
  if (fields.isEnabled !== undefined) columns.is_enabled = fields.isEnabled ? 1 : 0
  if (fields.expiresAt !== undefined) columns.expires_at = fields.expiresAt
  if (fields.activeSeconds !== undefined) columns.active_seconds = fields.activeSeconds
  if (fields.models !== undefined) columns.models_json = jsonOrNull(fields.models)
  if (fields.wires !== undefined) columns.wires_json = jsonOrNull(fields.wires)
  if (fields.ipAllow !== undefined) columns.ip_allow_json = jsonOrNull(fields.ipAllow)
  if (fields.clients !== undefined) columns.clients_json = jsonOrNull(fields.clients)
  if (fields.accountIds !== undefined) columns.account_ids_json = jsonOrNull(fields.accountIds)
  if (fields.accountGroups !== undefined) columns.account_groups_json = jsonOrNull(fields.accountGroups)
  if (fields.cacheSeconds !== undefined) columns.cache_seconds = fields.cacheSeconds
  if (fields.limits !== undefined) columns.limits_json = JSON.stringify(fields.limits)
  if (fields.tags !== undefined) columns.tags_json = JSON.stringify(fields.tags)
  if (fields.notes !== undefined) columns.notes = fields.notes
  return columns
}

function jsonOrNull(value: readonly string[] | null): string | null {
  return value === null ? null : JSON.stringify(value)
}

function detailsOf(row: Selectable<ApiKeyTable>): KeyDetails {
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    userId: row.user_id,
    managedBy: row.managed_by,
    isEnabled: row.is_enabled === 1,
    expiresAt: row.expires_at,
    activeSeconds: row.active_seconds,
    activatedAt: row.activated_at,
    models: tryJson(row.models_json),
    wires: tryJson(row.wires_json),
    ipAllow: tryJson(row.ip_allow_json),
    clients: tryJson(row.clients_json),
    accountIds: tryJson(row.account_ids_json),
    accountGroups: tryJson(row.account_groups_json),
    cacheSeconds: row.cache_seconds,
    limits: JSON.parse(row.limits_json) as Limit[],
    tags: JSON.parse(row.tags_json) as string[],
    notes: row.notes,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastUsedAt: row.last_used_at,
    deletedAt: row.deleted_at,
  }
}

function tryJson<T>(text: string | null): T | null {
  return text === null ? null : (JSON.parse(text) as T)
}
