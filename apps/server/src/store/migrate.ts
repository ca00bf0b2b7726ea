import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { type MigrationResultSet, Migrator, NO_MIGRATIONS } from 'kysely/migration'
import type { Log } from './log.ts'
import { migrations as allMigrations } from './migrations/index.ts'
import type { DatabaseKind, SchemaMigration } from './migrations/migration.ts'
import { tableNames } from './table-names.ts'

export interface MigrateOptions {
  readonly kind: DatabaseKind
  /** Where copies of a SQLite file are kept. */
  readonly backupDir: string
  readonly log: Log
  readonly migrations?: { readonly [name: string]: SchemaMigration }
}

/** The database has migrations that this code does not know. */
export class NewerDatabaseError extends Error {
  override readonly name = 'NewerDatabaseError'
}

/**
 * Brings the tables up to date. All that is missing runs in one transaction, under a lock, so several nodes may start at
 * once and a step that fails leaves the database as it was. A SQLite file that has tables already is copied first.
 */
export async function migrateToLatest(database: Kysely<unknown>, options: MigrateOptions): Promise<void> {
  const migrator = await createMigrator(database, options)
  const pending = await readPending(database, migrator, options)
  if (pending.length === 0) return
  if (options.kind === 'sqlite' && pending.length < names(options).length) await backUp(database, options)
  await withoutForeignKeys(database, options.kind, async () => assertDone(await migrator.migrateToLatest()))
  options.log.info({ migrations: pending }, 'the database is up to date')
}

/** Takes all tables away, newest first. For tests: nobody should lose his data to a typing error. */
export async function migrateDown(database: Kysely<unknown>, options: MigrateOptions): Promise<void> {
  const migrator = await createMigrator(database, options)
  await withoutForeignKeys(database, options.kind, async () => assertDone(await migrator.migrateTo(NO_MIGRATIONS)))
}

async function createMigrator(database: Kysely<unknown>, options: MigrateOptions): Promise<Migrator> {
  const { kind, migrations = allMigrations } = options
  const entries = Object.entries(migrations).map(([name, migration]) => [
    name,
    {
      up: checked((on) => migration.up(on, kind), kind),
      down: checked((on) => migration.down(on, kind), kind),
    },
  ])
  return new Migrator({
    db: database,
    provider: { getMigrations: async () => Object.fromEntries(entries) },
    // Another program may have tables of the same names in a schema of its own.
    ...(kind === 'postgres' && { migrationTableSchema: await currentSchema(database) }),
  })
}

async function currentSchema(database: Kysely<unknown>): Promise<string> {
  const { rows } = await sql<{ name: string | null }>`select current_schema() as name`.execute(database)
  const name = rows[0]?.name
  if (typeof name !== 'string')
    throw new Error('PostgreSQL has no schema for this user to work in: set one with "search_path"')
  return name
}

type Step = (database: Kysely<unknown>) => Promise<void>

/** Foreign keys are off on SQLite while it runs; what it leaves must be in order all the same. */
function checked(step: Step, kind: DatabaseKind): Step {
  return async (database) => {
    await step(database)
    if (kind === 'postgres') return
    const { rows } = await sql`pragma foreign_key_check`.execute(database)
    if (rows.length > 0) throw new Error(`rows refer to others that do not exist: ${JSON.stringify(rows)}`)
  }
}

function names(options: MigrateOptions): string[] {
  return Object.keys(options.migrations ?? allMigrations)
}

async function readPending(database: Kysely<unknown>, migrator: Migrator, options: MigrateOptions): Promise<string[]> {
  const tables = await tableNames(database, options.kind)
  if (tables.includes('kysely_migration')) {
    const done = await sql<{ name: string }>`select name from kysely_migration`.execute(database)
    const unknown = done.rows.find(({ name }) => !names(options).includes(name))
    if (unknown !== undefined) {
      throw new NewerDatabaseError(
        `This database was last used by a newer version of Parley: it has the migration "${unknown.name}", which this ` +
          'version does not know. Start the newer version, or restore a backup that was made before it.',
      )
    }
  }
  const infos = await migrator.getMigrations()
  return infos.filter((info) => info.executedAt === undefined).map((info) => info.name)
}

async function backUp(database: Kysely<unknown>, { backupDir, log }: MigrateOptions): Promise<void> {
  await mkdir(backupDir, { recursive: true })
  const file = join(backupDir, `before-migration-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.sqlite`)
  await sql`vacuum into ${file}`.execute(database)
  await chmod(file, 0o600)
  log.info({ file }, 'the database was copied before its migration')
}

/**
 * SQLite can change a column only by building its table anew, and dropping the old table would delete what refers to it.
 * The switch has no effect inside a transaction, so it is here and not in the migrations.
 */
async function withoutForeignKeys(
  database: Kysely<unknown>,
  kind: DatabaseKind,
  work: () => Promise<void>,
): Promise<void> {
  if (kind === 'postgres') return work()
  await sql`pragma foreign_keys = off`.execute(database)
  try {
    await work()
  } finally {
    await sql`pragma foreign_keys = on`.execute(database)
  }
}

function assertDone(result: MigrationResultSet): void {
  if (result.error === undefined) return
  const failed = result.results?.find((step) => step.status === 'Error')
  throw new Error(
    `the database could not be migrated${failed === undefined ? '' : `: ${failed.migrationName} failed`}`,
    {
      cause: result.error,
    },
  )
}
