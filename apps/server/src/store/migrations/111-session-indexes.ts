import type { SchemaMigration } from './migration.ts'

/** Sessions are found by their id and by their user; what was indexed besides is written at each refresh and never read. */
export const sessionIndexes: SchemaMigration = {
  async up(database) {
    for (const name of Object.keys(unread)) await database.schema.dropIndex(name).execute()
  },

  async down(database) {
    for (const [name, column] of Object.entries(unread))
      await database.schema.createIndex(name).on('session').column(column).execute()
  },
}

const unread = {
  session_refresh: 'refresh_hash',
  session_previous: 'previous_hash',
  session_expires: 'expires_at',
}
