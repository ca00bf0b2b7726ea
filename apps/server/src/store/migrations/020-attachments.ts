import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** Files that people add to messages, in encrypted pieces; who uses them; and what models can read. */
export const attachments: SchemaMigration = {
  async up(database, kind) {
    const { text, integer, bytes, table } = createColumns(database, kind)
    await table('stored_file')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('hash', text)
      .addColumn('size', integer, (column) => column.notNull())
      .addColumn('media_type', text, (column) => column.notNull())
      .addColumn('token_count', integer, (column) => column.notNull())
      .addColumn('sealed_key', text, (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .execute()
    await database.schema.createIndex('stored_file_hash_unique').on('stored_file').column('hash').unique().execute()
    await table('file_chunk')
      .addColumn('file_id', text, (column) => column.notNull().references('stored_file.id').onDelete('cascade'))
      .addColumn('number', integer, (column) => column.notNull())
      .addColumn('content', bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('file_chunk_pkey', ['file_id', 'number'])
      .execute()
    await table('attachment')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('user_id', text, (column) => column.notNull().references('user.id').onDelete('cascade'))
      .addColumn('file_id', text, (column) => column.notNull().references('stored_file.id'))
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('unused_since', integer)
      .addColumn('created_at', integer, (column) => column.notNull())
      .execute()
    for (const column of ['user_id', 'file_id', 'unused_since']) {
      await database.schema.createIndex(`attachment_${column}`).on('attachment').column(column).execute()
    }
    for (const [owner, key] of [
      ['message', 'id'],
      ['share', 'token'],
    ] as const) {
      const name = `${owner}_attachment`
      const reference = `${owner}_${key}`
      await table(name, { isKeyed: true })
        .addColumn(reference, text, (column) => column.notNull().references(`${owner}.${key}`).onDelete('cascade'))
        .addColumn('attachment_id', text, (column) => column.notNull().references('attachment.id').onDelete('cascade'))
        .addPrimaryKeyConstraint(`${name}_pkey`, [reference, 'attachment_id'])
        .execute()
      await database.schema.createIndex(`${name}_attachment`).on(name).column('attachment_id').execute()
    }
    await database.schema.alterTable('message').addColumn('attachments_json', text).execute()
    await database.schema.alterTable('model').addColumn('inputs_json', text).execute()
  },
  async down(database) {
    await database.schema.alterTable('model').dropColumn('inputs_json').execute()
    await database.schema.alterTable('message').dropColumn('attachments_json').execute()
    for (const name of ['share_attachment', 'message_attachment', 'attachment', 'file_chunk', 'stored_file']) {
      await database.schema.dropTable(name).execute()
    }
  },
}
