import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ParleyError } from '@parley/contract'
import { forEachDatabase } from '@parley/testkit'
import { sql } from 'kysely'
import { StatementNames } from './statement-names.ts'
import type { Store } from './store.ts'
import { openStore } from './testing/open-store.ts'

test('a statement gets its name when it comes again, and keeps it', () => {
  const names = new StatementNames()
  assert.equal(names.tryName('select 1'), undefined)
  const name = names.tryName('select 1')
  assert.match(name ?? '', /^[\w-]{43}$/)
  assert.equal(names.tryName('select 1'), name)
  assert.equal(names.tryName('begin') ?? names.tryName('begin'), undefined)
})

test('the number of names is bounded, and so is what is remembered to give them', () => {
  const names = new StatementNames(2)
  for (const sql of ['select 1', 'select 1', 'select 2', 'select 2']) names.tryName(sql)
  assert.deepEqual([names.tryName('select 3'), names.tryName('select 3')], [undefined, undefined])
  const forgetful = new StatementNames(2)
  for (const sql of ['select 1', 'select 2', 'select 3', 'select 1']) {
    assert.equal(forgetful.tryName(sql), undefined, `${sql} was forgotten`)
  }
})

forEachDatabase('prepared statements', (target) => {
  if (target.kind === 'sqlite') return
  let store: Store
  before(async () => {
    store = await openStore(target)
  })
  after(() => store[Symbol.asyncDispose]())

  test('are kept for what comes again, on its connection', async () => {
    const find = () => store.database.selectFrom('setting').selectAll().where('key', '=', 'a').execute()
    for (let time = 0; time < 3; time += 1) await find()
    const prepared = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(
      store.database,
    )
    const statements = prepared.rows.map((row) => row.statement)
    assert.equal(statements.filter((statement) => statement === 'select * from "setting" where "key" = $1').length, 1)
    assert.equal(
      statements.some((statement) => statement.includes('pg_prepared_statements')),
      false,
      'came once',
    )
  })

  test('that are out of date because another node has migrated are prepared anew', async () => {
    const all = () => store.database.selectFrom('node').selectAll().execute()
    for (let time = 0; time < 3; time += 1) await all()
    await sql`alter table node add column more text`.execute(store.database)
    await sql`insert into node (id, host, pid, started_at, heartbeat_at) values ('n', 'h', 1, 1, 1)`.execute(
      store.database,
    )
    for (let time = 0; time < 3; time += 1) assert.ok('more' in ((await all())[0] ?? {}))
  })

  test('inside a transaction the failure is the caller’s to repeat, and then it works', async () => {
    const all = () => store.transaction((transaction) => transaction.selectFrom('audit').selectAll().execute())
    for (let time = 0; time < 3; time += 1) await all()
    await sql`alter table audit add column more text`.execute(store.database)
    await assert.rejects(all(), /cached plan/)
    assert.deepEqual(await all(), [])
  })

  test('a connection that the server ends is replaced', async () => {
    const pid = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(store.database)
    await store
      .transaction(async (transaction) => {
        await sql`select pg_terminate_backend(pg_backend_pid())`.execute(transaction)
      })
      .catch((error: unknown) => {
        assert.ok(error instanceof ParleyError && error.code === 'database_unavailable')
        assert.match(String(error.cause), /terminat|connection/i)
      })
    const next = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(store.database)
    assert.notDeepEqual(next.rows, pid.rows)
  })
})
