import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** Groups of users: the models that they may use. And people who wait to be let in. */
export const userGroups: SchemaMigration = {
  async up(database, kind) {
    const { text, integer, table } = createColumns(database, kind)
    await table('user_group')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('name', text, (column) => column.notNull().unique())
      .addColumn('description', text, (column) => column.notNull())
      .addColumn('models_json', text)
      .addColumn('token_quota', integer)
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('updated_at', integer, (column) => column.notNull())
      .execute()
    await database.schema
      .alterTable('user')
      .addColumn('group_id', text, (column) => column.references('user_group.id').onDelete('set null'))
      .execute()
    await database.schema
      .alterTable('user')
      .addColumn('is_pending', integer, (column) => column.notNull().defaultTo(0))
      .execute()
    await database.schema.createIndex('user_group_id').on('user').column('group_id').execute()
  },
  async down(database) {
    await database.schema.dropIndex('user_group_id').execute()
    await database.schema.alterTable('user').dropColumn('is_pending').execute()
    await database.schema.alterTable('user').dropColumn('group_id').execute()
    await database.schema.dropTable('user_group').execute()
  },
}
