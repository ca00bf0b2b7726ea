import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** What a person thinks of a reply: 1 good, -1 bad. */
export const messageRatings: SchemaMigration = {
  async up(database, kind) {
    const { integer } = createColumns(database, kind)
    await database.schema.alterTable('message').addColumn('rating', integer).execute()
  },
  async down(database) {
    await database.schema.alterTable('message').dropColumn('rating').execute()
  },
}
