import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** Searches by providers' own tools, which they bill by the call. */
export const searches: SchemaMigration = {
  async up(database, kind) {
    const { integer } = createColumns(database, kind)
    for (const name of columns)
      await database.schema
        .alterTable('usage_record')
        .addColumn(name, integer, (column) => column.notNull().defaultTo(0))
        .execute()
  },
  async down(database) {
    for (const name of columns) await database.schema.alterTable('usage_record').dropColumn(name).execute()
  },
}

const columns = ['web_searches', 'file_searches']
