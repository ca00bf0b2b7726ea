/** A backup of PostgreSQL, made beside a running server and put back, by the programs that an operator has. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type StartedPostgres, tryInstalledPostgres } from '@parley/testkit'
import { sql } from 'kysely'
import { restoreBackup } from '../src/cli/restore.ts'
import { createBackup, postgresName, readManifest } from '../src/store/backup.ts'
import { tableNames } from '../src/store/table-names.ts'
import { startServer } from './harness.ts'

let postgres: StartedPostgres | undefined
let folder: string
before(async () => {
  postgres = await tryInstalledPostgres()
  folder = await mkdtemp(path.join(tmpdir(), 'parley-backup-'))
})
after(async () => {
  await postgres?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('a backup goes back over the tables of a newer version, and one that is damaged leaves everything as it was', async (t) => {
  if (postgres === undefined) return t.skip('no PostgreSQL of the version of pg_dump on this machine')
  const env = { DATA_DIR: folder, DATABASE_URL: postgres.url }
  const backup = path.join(folder, 'of-the-old-version')
  const damaged = path.join(folder, 'damaged')
  const first = await startServer({ env })
  const { config, store } = first.app
  try {
    await createBackup(config, backup)
    await sql`create table later (user_id text not null references "user" (id))`.execute(store.database)
    await sql`insert into kysely_migration (name, timestamp) values ('999-later', '')`.execute(store.database)
    await sql`create view newest as select * from later`.execute(store.database)
  } finally {
    await first.app[Symbol.asyncDispose]()
  }
  await cp(backup, damaged, { recursive: true })
  await truncate(path.join(damaged, postgresName), 5_000)
  await assert.rejects(
    restoreBackup(config, damaged, async () => {}),
    /pg_restore failed/,
  )
  await assert.rejects(startServer({ env }), /newer version of Parley/)
  await restoreBackup(config, backup, async () => {})
  await using second = await startServer({ env })
  // The backup says that its server was running, which it was a moment ago.
  await second.app.store.database.updateTable('node').set({ heartbeat_at: 1 }).execute()
  assert.ok((await second.api<object[]>('GET', '/admin/accounts')).length > 0)
  assert.ok(!(await tableNames(second.app.store.database, 'postgres')).includes('later'))
})

test('what was there at the backup is there again, and what came after it is kept aside', async (t) => {
  if (postgres === undefined) return t.skip('no PostgreSQL of the version of pg_dump on this machine')
  const env = { DATA_DIR: folder, DATABASE_URL: postgres.url }
  const backup = path.join(folder, 'a-backup')
  const account = { kind: 'openai', api_key: 'sk-of-before', models: ['m'] }
  const names = (list: readonly { name: string }[]) =>
    list.map(({ name }) => name).filter((name) => name !== 'Simulator')
  const first = await startServer({ env })
  const { config } = first.app
  const { next_cursor } = await first.api<{ next_cursor: string }>('GET', '/api/sync')
  try {
    await first.addAccount({ name: '之前', ...account })
    assert.equal((await createBackup(config, backup)).database, 'postgres')
    await first.addAccount({ name: 'after', ...account })
  } finally {
    await first.app[Symbol.asyncDispose]()
  }
  const { made_at } = await readManifest(backup)
  const { aside } = await restoreBackup(config, backup, async ({ madeAt }) => assert.equal(madeAt, made_at))
  const second = await startServer({ env })
  try {
    assert.deepEqual(names(await second.api('GET', '/admin/accounts')), ['之前'])
    const changes = await second.api<{ is_reset: boolean }>('GET', `/api/sync?since=${next_cursor}`)
    assert.equal(changes.is_reset, true, 'devices begin anew')
    const [restored] = second.app.upstreams.admin.list().filter(({ name }) => name === '之前')
    assert.equal(restored?.state, 'ready', 'its credential opens')
    // The backup says that its server was running, which it was a moment ago.
    await second.app.store.database.updateTable('node').set({ heartbeat_at: 1 }).execute()
  } finally {
    await second.app[Symbol.asyncDispose]()
  }
  await restoreBackup(config, aside, async () => {})
  await using third = await startServer({ env })
  assert.deepEqual(names(await third.api('GET', '/admin/accounts')).toSorted(), ['after', '之前'])
})
