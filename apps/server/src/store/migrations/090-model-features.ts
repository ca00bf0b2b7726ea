import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** What a model does beyond answering: a JSON list; null: as its name says. */
export const modelFeatures: SchemaMigration = {
  async up(database, kind) {
    const { text } = createColumns(database, kind)
    await database.schema.alterTable('model').addColumn('features_json', text).execute()
  },

  async down(database) {
    await database.schema.alterTable('model').dropColumn('features_json').execute()
  },
}
