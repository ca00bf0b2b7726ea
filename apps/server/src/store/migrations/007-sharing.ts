import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** Prompt templates, and links under which anybody can read a conversation as it was. */
export const sharing: SchemaMigration = {
  async up(database, kind) {
    const { text, integer, table } = createColumns(database, kind)
    await table('template')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('user_id', text, (column) => column.notNull().references('user.id').onDelete('cascade'))
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('content', text, (column) => column.notNull())
      .addColumn('is_shared', integer, (column) => column.notNull().defaultTo(0))
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('updated_at', integer, (column) => column.notNull())
      .execute()
    await database.schema.createIndex('template_user').on('template').columns(['user_id', 'name']).execute()
    await database.schema.createIndex('template_shared').on('template').columns(['is_shared', 'name']).execute()
    await table('share')
      .addColumn('token', text, (column) => column.primaryKey())
      .addColumn('conversation_id', text, (column) =>
        column.notNull().unique().references('conversation.id').onDelete('cascade'),
      )
      .addColumn('snapshot_json', text, (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('expires_at', integer)
      .execute()
  },
  async down(database) {
    await database.schema.dropTable('share').execute()
    await database.schema.dropTable('template').execute()
  },
}
