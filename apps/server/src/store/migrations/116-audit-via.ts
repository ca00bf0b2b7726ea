import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** What the command line did is not what its administrator did in the page. Of what is there nobody knows. */
export const auditVia: SchemaMigration = {
  async up(database, kind) {
    await database.schema.alterTable('audit').addColumn('via', createColumns(database, kind).text).execute()
  },
  async down(database) {
    await database.schema.alterTable('audit').dropColumn('via').execute()
  },
}
