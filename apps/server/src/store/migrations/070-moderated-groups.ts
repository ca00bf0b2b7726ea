import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** Groups in which a bot says who answers, and in which bots may give each other the word. */
export const moderatedGroups: SchemaMigration = {
  async up(database, kind) {
    const { text, integer } = createColumns(database, kind)
    await database.schema.alterTable('conversation').addColumn('moderator_id', text).execute()
    await database.schema
      .alterTable('conversation')
      .addColumn('bot_turns', integer, (column) => column.notNull().defaultTo(0))
      .execute()
  },
  async down(database) {
    await database.schema.alterTable('conversation').dropColumn('bot_turns').execute()
    await database.schema.alterTable('conversation').dropColumn('moderator_id').execute()
  },
}
