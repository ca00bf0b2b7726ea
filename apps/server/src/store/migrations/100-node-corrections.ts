import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** How often a node has corrected prices of the past: others see it there. */
export const nodeCorrections: SchemaMigration = {
  async up(database, kind) {
    const { integer } = createColumns(database, kind)
    await database.schema
      .alterTable('node')
      .addColumn('corrections', integer, (column) => column.notNull().defaultTo(0))
      .execute()
  },

  async down(database) {
    await database.schema.alterTable('node').dropColumn('corrections').execute()
  },
}
