import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** Which node gets new tokens for an account, and until when nobody else does. */
export const refreshLeases: SchemaMigration = {
  async up(database, kind) {
    const { text, integer } = createColumns(database, kind)
    await database.schema.alterTable('account').addColumn('refreshing_by', text).execute()
    await database.schema.alterTable('account').addColumn('refreshing_until', integer).execute()
  },
  async down(database) {
    await database.schema.alterTable('account').dropColumn('refreshing_until').execute()
    await database.schema.alterTable('account').dropColumn('refreshing_by').execute()
  },
}
