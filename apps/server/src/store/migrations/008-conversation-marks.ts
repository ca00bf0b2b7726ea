import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** Conversations that are kept at the top of the list, or out of it. */
export const conversationMarks: SchemaMigration = {
  async up(database, kind) {
    const { integer } = createColumns(database, kind)
    for (const name of ['is_pinned', 'is_archived']) {
      await database.schema
        .alterTable('conversation')
        .addColumn(name, integer, (column) => column.notNull().defaultTo(0))
        .execute()
    }
    await database.schema
      .createIndex('conversation_list')
      .on('conversation')
      .columns(['user_id', 'kind', 'is_archived', 'is_pinned', 'updated_at', 'id'])
      .execute()
  },
  async down(database) {
    await database.schema.dropIndex('conversation_list').execute()
    await database.schema.alterTable('conversation').dropColumn('is_archived').execute()
    await database.schema.alterTable('conversation').dropColumn('is_pinned').execute()
  },
}
