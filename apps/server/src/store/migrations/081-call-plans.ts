import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** What was planned is kept once for all calls that went so: their rows in the ledger say the rest. */
export const callPlans: SchemaMigration = {
  async up(database, kind) {
    const { text, integer, table } = createColumns(database, kind)
    await table('call_plan', { isKeyed: true })
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('plan_json', text, (column) => column.notNull())
      .addColumn('used_at', integer, (column) => column.notNull())
      .execute()
    await database.schema.alterTable('usage_record').addColumn('plan_id', text).execute()
    await database.schema.alterTable('usage_record').addColumn('sent_ms', integer).execute()
  },
  async down(database) {
    await database.schema.alterTable('usage_record').dropColumn('sent_ms').execute()
    await database.schema.alterTable('usage_record').dropColumn('plan_id').execute()
    await database.schema.dropTable('call_plan').execute()
  },
}
