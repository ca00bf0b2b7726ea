import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

export type TestDatabase = { kind: 'sqlite'; url: string } | { kind: 'postgres'; url: string }

const noPostgres = 'no PostgreSQL: TEST_POSTGRES_URL is not set'

/**
 * Declares the same tests once for each database, each with an empty one of its own that is gone afterwards. It exists
 * once the tests' own hooks run; close what you opened on it in an `after` of your own.
 */
export function forEachDatabase(name: string, declare: (database: TestDatabase) => void): void {
  void describe(`${name} on SQLite`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-sqlite-'))
    declare({ kind: 'sqlite', url: `sqlite:${join(folder, 'test.db')}` })
    after(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  })
  const serverUrl = process.env['TEST_POSTGRES_URL']
  if (serverUrl === undefined || serverUrl === '') {
    void test(`${name} on PostgreSQL`, { skip: noPostgres })
    return
  }
  void describe(`${name} on PostgreSQL`, () => {
    const database = postgresDatabase(serverUrl)
    before(() => database.create())
    declare({ kind: 'postgres', url: database.url })
    // Hooks run in the order of declaration: the tests' own have closed what is open.
    after(() => database.drop())
  })
}

/** A database of a random name on the server of this URL. */
function postgresDatabase(serverUrl: string): { url: string; create: () => Promise<void>; drop: () => Promise<void> } {
  const databaseName = `parley_test_${randomBytes(6).toString('hex')}`
  const url = new URL(serverUrl)
  url.pathname = `/${databaseName}`
  const run = async (statement: string): Promise<void> => {
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: serverUrl })
    await client.connect()
    try {
      await client.query(statement)
    } finally {
      await client.end()
    }
  }
  return {
    url: url.href,
    create: () => run(`CREATE DATABASE ${databaseName}`),
    drop: () => run(`DROP DATABASE IF EXISTS ${databaseName} WITH (FORCE)`),
  }
}
