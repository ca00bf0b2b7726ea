import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** Replies of /v1/responses that their keys can go on from, and where each of their items is. */
export const storedResponses: SchemaMigration = {
  async up(database, kind) {
    const { text, integer, table } = createColumns(database, kind)
    await table('stored_response')
      .addColumn('key_id', text, (column) => column.notNull().references('api_key.id').onDelete('cascade'))
      .addColumn('id', text, (column) => column.notNull())
      .addColumn('previous_id', text)
      .addColumn('content', text, (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('expires_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('stored_response_pkey', ['key_id', 'id'])
      .execute()
    await database.schema.createIndex('stored_response_expiry').on('stored_response').column('expires_at').execute()
    await table('stored_response_item', { isKeyed: true })
      .addColumn('key_id', text, (column) => column.notNull())
      .addColumn('item_id', text, (column) => column.notNull())
      .addColumn('response_id', text, (column) => column.notNull())
      .addPrimaryKeyConstraint('stored_response_item_pkey', ['key_id', 'item_id'])
      .addForeignKeyConstraint(
        'stored_response_item_response',
        ['key_id', 'response_id'],
        'stored_response',
        ['key_id', 'id'],
        (constraint) => constraint.onDelete('cascade'),
      )
      .execute()
    await database.schema
      .createIndex('stored_response_item_response')
      .on('stored_response_item')
      .columns(['key_id', 'response_id'])
      .execute()
  },
  async down(database) {
    await database.schema.dropTable('stored_response_item').execute()
    await database.schema.dropTable('stored_response').execute()
  },
}
