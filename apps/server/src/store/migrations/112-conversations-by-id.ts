import type { SchemaMigration } from './migration.ts'

/** All that a person has, in an order in which nothing moves: for devices that have nothing yet. */
export const conversationsById: SchemaMigration = {
  async up(database) {
    await database.schema.createIndex('conversation_id').on('conversation').columns(['user_id', 'id']).execute()
  },

  async down(database) {
    await database.schema.dropIndex('conversation_id').execute()
  },
}
