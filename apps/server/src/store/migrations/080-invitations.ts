import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** Links with which somebody may register, whoever else may. */
export const invitations: SchemaMigration = {
  async up(database, kind) {
    const { text, integer, table } = createColumns(database, kind)
    await table('invitation')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('hash', text, (column) => column.notNull().unique())
      .addColumn('email', text)
      .addColumn('role', text, (column) => column.notNull())
      .addColumn('created_by', text, (column) => column.notNull().references('user.id').onDelete('cascade'))
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('expires_at', integer, (column) => column.notNull())
      .addColumn('used_at', integer)
      .addColumn('used_by', text, (column) => column.references('user.id').onDelete('set null'))
      .execute()
    for (const column of ['created_by', 'used_by']) {
      await database.schema.createIndex(`invitation_${column}`).on('invitation').column(column).execute()
    }
  },
  async down(database) {
    await database.schema.dropTable('invitation').execute()
  },
}
