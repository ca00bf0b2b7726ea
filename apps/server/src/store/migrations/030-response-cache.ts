import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** Replies that equal calls get again, and how long each key's may be. */
export const responseCache: SchemaMigration = {
  async up(database, kind) {
    const { text, integer, table } = createColumns(database, kind)
    await table('cached_reply')
      .addColumn('name', text, (column) => column.primaryKey())
      .addColumn('content', text, (column) => column.notNull())
      .addColumn('size', integer, (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('expires_at', integer, (column) => column.notNull())
      .execute()
    for (const column of ['created_at', 'expires_at']) {
      await database.schema.createIndex(`cached_reply_${column}`).on('cached_reply').column(column).execute()
    }
    await database.schema.alterTable('api_key').addColumn('cache_seconds', integer).execute()
  },
  async down(database) {
    await database.schema.alterTable('api_key').dropColumn('cache_seconds').execute()
    await database.schema.dropTable('cached_reply').execute()
  },
}
