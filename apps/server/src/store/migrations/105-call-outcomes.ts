import { sql } from 'kysely'
import type { SchemaMigration } from './migration.ts'

/** Calls that did not end well are found among many that did. Those that did cost this index nothing. */
export const callOutcomes: SchemaMigration = {
  async up(database) {
    await database.schema
      .createIndex('usage_record_not_done')
      .on('usage_record')
      .columns(['end_reason', 'at', 'id'])
      .where(sql.ref('end_reason'), '<>', sql.lit('done'))
      .where(sql.ref('end_reason'), '<>', sql.lit('cached'))
      .execute()
  },

  async down(database) {
    await database.schema.dropIndex('usage_record_not_done').execute()
  },
}
