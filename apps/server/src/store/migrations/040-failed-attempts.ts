import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** What attempts used that failed before another one served the call: a bill of the upstream's that nobody is charged for. */
export const failedAttempts: SchemaMigration = {
  async up(database, kind) {
    const { text, integer, table } = createColumns(database, kind)
    await table('failed_attempt', { isKeyed: true })
      .addColumn('request_id', text, (column) => column.notNull().references('usage_record.id').onDelete('cascade'))
      .addColumn('attempt', integer, (column) => column.notNull())
      .addColumn('account_id', text, (column) => column.notNull())
      .addColumn('upstream_model', text, (column) => column.notNull())
      .addColumn('input_tokens', integer, (column) => column.notNull())
      .addColumn('output_tokens', integer, (column) => column.notNull())
      .addColumn('cost_nanos', integer, (column) => column.notNull())
      .addColumn('usage_json', text, (column) => column.notNull())
      .addPrimaryKeyConstraint('failed_attempt_pkey', ['request_id', 'attempt'])
      .execute()
  },
  async down(database) {
    await database.schema.dropTable('failed_attempt').execute()
  },
}
