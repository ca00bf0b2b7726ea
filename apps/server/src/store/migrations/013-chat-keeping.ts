import type { Kysely } from 'kysely'
import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** Folders, conversations that are not kept, what can be brought back for a moment, and what other devices must hear of. */
export const chatKeeping: SchemaMigration = {
  async up(database, kind) {
    const { text, integer, table } = createColumns(database, kind)
    await database.schema.alterTable('conversation').addColumn('folder', text).execute()
    for (const name of ['is_temporary', 'changed_at']) {
      await database.schema
        .alterTable('conversation')
        .addColumn(name, integer, (column) => column.notNull().defaultTo(0))
        .execute()
    }
    await database.schema.dropIndex('conversation_list').execute()
    await createListIndex(database, ['is_archived', 'is_temporary'])
    await database.schema
      .createIndex('conversation_changed')
      .on('conversation')
      .columns(['user_id', 'changed_at', 'id'])
      .execute()
    await table('deletion')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('user_id', text, (column) => column.notNull().references('user.id').onDelete('cascade'))
      .addColumn('conversation_id', text, (column) => column.notNull())
      .addColumn('message_id', text)
      .addColumn('content_json', text)
      .addColumn('deleted_at', integer, (column) => column.notNull())
      .execute()
    await database.schema.createIndex('deletion_user').on('deletion').columns(['user_id', 'deleted_at']).execute()
    await database.schema.createIndex('deletion_time').on('deletion').column('deleted_at').execute()
  },
  async down(database) {
    await database.schema.dropTable('deletion').execute()
    await database.schema.dropIndex('conversation_changed').execute()
    await database.schema.dropIndex('conversation_list').execute()
    await createListIndex(database, ['is_archived'])
    for (const name of ['changed_at', 'is_temporary', 'folder']) {
      await database.schema.alterTable('conversation').dropColumn(name).execute()
    }
  },
}

async function createListIndex(database: Kysely<unknown>, marks: readonly string[]): Promise<void> {
  await database.schema
    .createIndex('conversation_list')
    .on('conversation')
    .columns(['user_id', 'kind', ...marks, 'is_pinned', 'updated_at', 'id'])
    .execute()
}
