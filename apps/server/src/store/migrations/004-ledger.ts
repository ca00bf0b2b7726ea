import type { CreateTableBuilder, Kysely } from 'kysely'
import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

const counters = [
  'requests',
  'errors',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'tokens',
  'cost_nanos',
  'charged_nanos',
  'duration_ms',
  'first_byte_ms',
  'first_byte_count',
]

/** The ledger in full: checkpoints and prices on its rows, roll-ups, limits, multipliers, alerts. */
export const ledger: SchemaMigration = {
  async up(database, kind) {
    const { text, integer, table } = createColumns(database, kind)
    const addToRecords = (name: string, column: 'text' | 'number') =>
      database.schema
        .alterTable('usage_record')
        .addColumn(name, column === 'text' ? text : integer, (builder) =>
          column === 'text' ? builder : builder.notNull().defaultTo(0),
        )
        .execute()
    await addToRecords('charged_nanos', 'number')
    await addToRecords('content_length', 'number')
    await addToRecords('price_id', 'text')
    await createRollups(createColumns(database, kind))
    await table('price_version', { isKeyed: true })
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('source', text, (column) => column.notNull())
      .addColumn('price_json', text, (column) => column.notNull())
      .addColumn('first_used_at', integer, (column) => column.notNull())
      .execute()
    await table('limit_rule')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('subject_kind', text, (column) => column.notNull())
      .addColumn('subject_id', text, (column) => column.notNull())
      .addColumn('what', text, (column) => column.notNull())
      .addColumn('per', text, (column) => column.notNull())
      .addColumn('max', integer, (column) => column.notNull())
      .addColumn('created_at', integer, (column) => column.notNull())
      .execute()
    await table('charge_multiplier', { isKeyed: true })
      .addColumn('subject_kind', text, (column) => column.notNull())
      .addColumn('subject_id', text, (column) => column.notNull())
      .addColumn('millionths', integer, (column) => column.notNull())
      .addColumn('updated_at', integer, (column) => column.notNull())
      .addPrimaryKeyConstraint('charge_multiplier_pkey', ['subject_kind', 'subject_id'])
      .execute()
    await createAlerts(database, createColumns(database, kind))
  },
  async down(database) {
    for (const name of ['alert', 'charge_multiplier', 'limit_rule', 'price_version', 'usage_rollup']) {
      await database.schema.dropTable(name).execute()
    }
    for (const name of ['price_id', 'content_length', 'charged_nanos']) {
      await database.schema.alterTable('usage_record').dropColumn(name).execute()
    }
  },
}

type Columns = ReturnType<typeof createColumns>

async function createRollups({ text, integer, table }: Columns): Promise<void> {
  let rollups: CreateTableBuilder<string, string> = table('usage_rollup', { isKeyed: true })
    .addColumn('dimension', text, (column) => column.notNull())
    .addColumn('per', text, (column) => column.notNull())
    .addColumn('bucket', integer, (column) => column.notNull())
    .addColumn('subject', text, (column) => column.notNull())
  for (const name of counters) rollups = rollups.addColumn(name, integer, (column) => column.notNull().defaultTo(0))
  await rollups.addPrimaryKeyConstraint('usage_rollup_pkey', ['dimension', 'per', 'bucket', 'subject']).execute()
}

async function createAlerts(database: Kysely<unknown>, { text, integer, table }: Columns): Promise<void> {
  await table('alert')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('at', integer, (column) => column.notNull())
    .addColumn('subject_kind', text, (column) => column.notNull())
    .addColumn('subject_id', text, (column) => column.notNull())
    .addColumn('what', text, (column) => column.notNull())
    .addColumn('per', text, (column) => column.notNull())
    .addColumn('window_start', integer, (column) => column.notNull())
    .addColumn('max', integer, (column) => column.notNull())
    .addColumn('percent', integer, (column) => column.notNull())
    .addColumn('used', integer, (column) => column.notNull())
    .execute()
  // What makes an alert happen once, whichever node sees it first.
  await database.schema
    .createIndex('alert_once')
    .on('alert')
    .columns(['subject_kind', 'subject_id', 'what', 'per', 'window_start', 'max', 'percent'])
    .unique()
    .execute()
}
