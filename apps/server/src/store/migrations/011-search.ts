import { sql } from 'kysely'
import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/**
 * What search looks through. Both databases are given the same words by `chat/search/words.ts`; SQLite keeps them in an
 * FTS5 index without the text, PostgreSQL in a `tsvector`. Documents go with their message or conversation.
 */
export const search: SchemaMigration = {
  async up(database, kind) {
    const { text, integer, table } = createColumns(database, kind)
    await table('search_document')
      .addColumn('number', integer, (column) => column.primaryKey())
      .addColumn('conversation_id', text, (column) =>
        column.notNull().references('conversation.id').onDelete('cascade'),
      )
      .addColumn('message_id', text, (column) => column.references('message.id').onDelete('cascade'))
      .$call((builder) =>
        kind === 'postgres' ? builder.addColumn('words', sql`tsvector`, (column) => column.notNull()) : builder,
      )
      .execute()
    await database.schema
      .createIndex('search_document_conversation')
      .on('search_document')
      .columns(['conversation_id', 'message_id'])
      .execute()
    await database.schema.createIndex('search_document_message').on('search_document').column('message_id').execute()
    if (kind === 'postgres') {
      await database.schema
        .createIndex('search_document_words')
        .on('search_document')
        .using('gin')
        .column('words')
        .execute()
      return
    }
    await sql`create virtual table search_index using fts5(
      words, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '2 3')`.execute(database)
    await sql`create trigger search_document_deleted after delete on search_document
      begin delete from search_index where rowid = old.number; end`.execute(database)
  },
  async down(database, kind) {
    if (kind === 'sqlite') await sql`drop table search_index`.execute(database)
    await database.schema.dropTable('search_document').execute()
  },
}
