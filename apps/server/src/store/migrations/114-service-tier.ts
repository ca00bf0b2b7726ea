import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** The tier of service that a call was served at, which says what it cost; null: the everyday one. */
export const serviceTier: SchemaMigration = {
  async up(database, kind) {
    const { text } = createColumns(database, kind)
    await database.schema.alterTable('usage_record').addColumn('service_tier', text).execute()
  },
  async down(database) {
    await database.schema.alterTable('usage_record').dropColumn('service_tier').execute()
  },
}
