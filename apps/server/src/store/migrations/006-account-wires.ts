import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** Which wires the upstream of an account speaks, where its kind alone does not tell. */
export const accountWires: SchemaMigration = {
  async up(database, kind) {
    await database.schema.alterTable('account').addColumn('wires_json', createColumns(database, kind).text).execute()
  },
  async down(database) {
    await database.schema.alterTable('account').dropColumn('wires_json').execute()
  },
}
