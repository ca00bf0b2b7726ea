import { sql } from 'kysely'
import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/**
 * Who says what a key may do. Of those that are there: an administrator, where only one can have done what was done to it, or
 * where the audit trail says so. Keys that were made many at once are not named there; they are told by their user and time.
 */
export const keyManagers: SchemaMigration = {
  async up(database, kind) {
    const { text } = createColumns(database, kind)
    await database.schema
      .alterTable('api_key')
      .addColumn('managed_by', text, (column) => column.notNull().defaultTo('user'))
      .execute()
    const bounds = sql.join(
      boundNames.map((name) => sql`audit.detail_json like ${`%"${name}":%`}`),
      sql` or `,
    )
    await sql`update api_key set managed_by = 'admin'
      where user_id is null or account_ids_json is not null or account_groups_json is not null
      or exists (select 1 from audit where audit.target_id = api_key.id
        and (audit.action = 'api_key.create' or (audit.action = 'api_key.update' and (${bounds}))))
      or exists (select 1 from audit where audit.action = 'api_key.create' and audit.target_id is null
        and audit.detail_json like '%"user_id":"' || api_key.user_id || '"%'
        and audit.at between api_key.created_at and api_key.created_at + 10000)`.execute(database)
  },

  async down(database) {
    await database.schema.alterTable('api_key').dropColumn('managed_by').execute()
  },
}

const boundNames = [
  'user_id',
  'enabled',
  'expires_at',
  'active_seconds',
  'models',
  'wires',
  'ip_allow',
  'clients',
  'cache_seconds',
  'limits',
]
