import type { Kysely } from 'kysely'
import { createColumns } from './columns.ts'
import type { DatabaseKind, SchemaMigration } from './migration.ts'

const keyColumns = ['active_seconds', 'activated_at', 'clients_json', 'account_groups_json']
const accountColumns = ['groups_json', 'is_schedulable', 'seen_limits_json']

/** Keys that live from their first use and for some clients only; groups of accounts, what is known of their health; traces. */
export const relayService: SchemaMigration = {
  async up(database, kind) {
    await addColumns(database, kind)
    const { text, integer, table } = createColumns(database, kind)
    await table('account_hold', { isKeyed: true })
      .addColumn('account_id', text, (column) => column.notNull())
      .addColumn('model', text, (column) => column.notNull())
      .addColumn('until_at', integer)
      .addColumn('level', integer, (column) => column.notNull())
      .addColumn('reason', text, (column) => column.notNull())
      .addPrimaryKeyConstraint('account_hold_pkey', ['account_id', 'model'])
      .execute()
    await table('call_trace')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('at', integer, (column) => column.notNull())
      .addColumn('trace_json', text, (column) => column.notNull())
      .execute()
    await database.schema.createIndex('call_trace_at').on('call_trace').column('at').execute()
  },
  async down(database) {
    await database.schema.dropTable('call_trace').execute()
    await database.schema.dropTable('account_hold').execute()
    for (const column of keyColumns) await database.schema.alterTable('api_key').dropColumn(column).execute()
    for (const column of accountColumns) await database.schema.alterTable('account').dropColumn(column).execute()
  },
}

async function addColumns(database: Kysely<unknown>, kind: DatabaseKind): Promise<void> {
  const { text, integer } = createColumns(database, kind)
  const key = () => database.schema.alterTable('api_key')
  await key().addColumn('active_seconds', integer).execute()
  await key().addColumn('activated_at', integer).execute()
  await key().addColumn('clients_json', text).execute()
  await key().addColumn('account_groups_json', text).execute()
  const account = () => database.schema.alterTable('account')
  await account()
    .addColumn('groups_json', text, (column) => column.notNull().defaultTo('[]'))
    .execute()
  await account()
    .addColumn('is_schedulable', integer, (column) => column.notNull().defaultTo(1))
    .execute()
  await account().addColumn('seen_limits_json', text).execute()
}
