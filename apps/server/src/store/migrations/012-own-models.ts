import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** Models that people configure for themselves: a model and the account that serves it, both their own. */
export const ownModels: SchemaMigration = {
  async up(database, kind) {
    const { text } = createColumns(database, kind)
    for (const name of ['account', 'model']) {
      await database.schema
        .alterTable(name)
        .addColumn('owner_id', text, (column) => column.references('user.id').onDelete('cascade'))
        .execute()
    }
    await database.schema.alterTable('model').addColumn('account_id', text).execute()
    for (const name of ['account', 'model']) {
      await database.schema.createIndex(`${name}_owner`).on(name).column('owner_id').execute()
    }
  },
  async down(database) {
    for (const name of ['account', 'model']) await database.schema.dropIndex(`${name}_owner`).execute()
    await database.schema.alterTable('model').dropColumn('account_id').execute()
    for (const name of ['account', 'model']) {
      await database.schema.alterTable(name).dropColumn('owner_id').execute()
    }
  },
}
