import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Dialect, Kysely } from 'kysely'
import type { Config } from '../config/config.ts'
import { createGroupCommit } from './group-commit.ts'
import type { Log } from './log.ts'
import { migrateToLatest } from './migrate.ts'
import { createReaderDialect } from './reader-thread.ts'
import { createSqliteDialect } from './sqlite.ts'
import type { Store } from './store.ts'
import type { Tables } from './tables.ts'
import { insideTransaction } from './transaction-scope.ts'

export interface StoreOptions {
  readonly dataDir: string
  readonly log: Log
}

/** Opens the database and brings its tables up to date. Disposing commits what was handed in and closes it. */
export async function createStore(database: Config['database'], options: StoreOptions): Promise<Store> {
  const store = await openUnmigrated(database, options)
  try {
    await migrateToLatest(store.database as Kysely<unknown>, {
      kind: database.kind,
      backupDir: join(options.dataDir, 'backups'),
      log: options.log,
    })
    return store
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw error
  }
}

/** The database as it is, which may be that of another version. */
export async function openUnmigrated(database: Config['database'], options: StoreOptions): Promise<Store> {
  const kysely = new Kysely<Tables>({ dialect: await openDialect(database, options) })
  const groupCommit = createGroupCommit(kysely)
  const reports =
    database.kind === 'postgres' ? kysely : new Kysely<Tables>({ dialect: createReaderDialect(resolve(database.file)) })
  return {
    kind: database.kind,
    database: kysely,
    reports,
    groupCommit,
    transaction: (work) => kysely.transaction().execute((transaction) => insideTransaction(() => work(transaction))),
    async [Symbol.asyncDispose]() {
      await groupCommit.flush()
      if (reports !== kysely) await reports.destroy()
      await kysely.destroy()
    },
  }
}

async function openDialect(database: Config['database'], { log }: StoreOptions): Promise<Dialect> {
  if (database.kind === 'postgres') {
    // Its client is megabytes that nobody else needs.
    const { createPostgresDialect } = await import('./postgres.ts')
    return createPostgresDialect(database.url, { log, timeoutMs: database.timeoutMs })
  }
  const file = resolve(database.file)
  await mkdir(dirname(file), { recursive: true })
  return createSqliteDialect(file, { log })
}
