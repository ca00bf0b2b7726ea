import { sql } from 'kysely'
import type { SchemaMigration } from './migration.ts'

/** Conversations that are pinned have an order: 0 is not pinned, and of the others the highest stands first. */
export const pinRank: SchemaMigration = {
  async up(database) {
    await database.schema.alterTable('conversation').renameColumn('is_pinned', 'pin_rank').execute()
  },
  async down(database) {
    await sql`update conversation set pin_rank = 1 where pin_rank > 1`.execute(database)
    await database.schema.alterTable('conversation').renameColumn('pin_rank', 'is_pinned').execute()
  },
}
