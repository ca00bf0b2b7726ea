import assert from 'node:assert/strict'
import { chmodSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { tempFolder } from '@parley/testkit'
import { Kysely, sql } from 'kysely'
import { createRowsQuery } from './rows-query.ts'
import { createSqliteDialect } from './sqlite.ts'
import { isBusy } from './sqlite-handle.ts'

interface Tables {
  note: { id: number; text: string }
}

async function openNotes(context: TestContext, options: { busyTimeoutMs?: number } = {}) {
  const file = join(tempFolder(context), 'test.db')
  const database = new Kysely<Tables>({ dialect: createSqliteDialect(file, options) })
  context.after(() => database.destroy())
  await sql`create table note (id integer primary key, text text not null) strict`.execute(database)
  await database.insertInto('note').values({ id: 1, text: 'one' }).execute()
  /** What another process is: a handle of its own. */
  const other = new DatabaseSync(file)
  context.after(async () => other.close())
  return { database, other }
}

test('a write waits for a lock of another process while the event loop goes on', async (context) => {
  const { database, other } = await openNotes(context)
  other.exec('begin immediate')
  const order: string[] = []
  const write = database
    .insertInto('note')
    .values({ id: 2, text: 'two' })
    .execute()
    .then(() => order.push('written'))
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  order.push('turns of the event loop')
  assert.equal((await database.selectFrom('note').selectAll().execute()).length, 1, 'reads do not wait')
  other.exec('commit')
  await write
  assert.deepEqual(order, ['turns of the event loop', 'written'])
})

test('a transaction waits for a lock of another process too, and those behind it for their turn', async (context) => {
  const { database, other } = await openNotes(context)
  other.exec('begin immediate')
  const add = (id: number) =>
    database.transaction().execute((transaction) => transaction.insertInto('note').values({ id, text: '' }).execute())
  const writes = Promise.all([add(2), add(3)])
  await new Promise((resolve) => setImmediate(resolve))
  other.exec("insert into note values (9, 'of the other'); commit")
  await writes
  const rows = await database.selectFrom('note').select('id').orderBy('id').execute()
  assert.deepEqual(rows, [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 9 }])
})

test('a lock that stays is an error in the end, and the next write works when it has gone', async (context) => {
  const { database, other } = await openNotes(context, { busyTimeoutMs: 20 })
  other.exec('begin immediate')
  const write = () => database.updateTable('note').set({ text: 'new' }).execute()
  await assert.rejects(write(), isBusy)
  await assert.rejects(
    database.transaction().execute(() => write()),
    isBusy,
  )
  other.exec('commit')
  await write()
})

test('rows are plain objects, so that they equal those of PostgreSQL', async (context) => {
  const { database } = await openNotes(context)
  assert.deepEqual(await database.selectFrom('note').selectAll().execute(), [{ id: 1, text: 'one' }])
})

test('a statement that is being iterated over can be run by others, who see what is new', async (context) => {
  const { database } = await openNotes(context)
  await database
    .insertInto('note')
    .values([2, 3].map((id) => ({ id, text: '' })))
    .execute()
  const all = database.selectFrom('note').select('id').orderBy('id')
  const seen: number[] = []
  for await (const { id } of all.stream()) {
    seen.push(id)
    await database
      .insertInto('note')
      .values({ id: id + 100, text: '' })
      .execute()
    assert.equal((await all.execute()).length, 3 + seen.length)
  }
  assert.deepEqual(seen, [1, 2, 3], 'the iteration itself sees one moment')
})

test('statements outlive a change of their table', async (context) => {
  const { database } = await openNotes(context)
  const all = () => database.selectFrom('note').selectAll().execute()
  assert.deepEqual(await all(), [{ id: 1, text: 'one' }])
  await sql`alter table note add column more text`.execute(database)
  assert.deepEqual(await all(), [{ id: 1, text: 'one', more: null }])
})

test('a value of the wrong type is refused, as on PostgreSQL', async (context) => {
  const { database } = await openNotes(context)
  const wrong = database.insertInto('note').values({ id: sql`'x'`, text: '' })
  await assert.rejects(wrong.execute())
})

test('closing waits for the transaction that is going on', async (context) => {
  const file = join(tempFolder(context), 'test.db')
  const database = new Kysely<Tables>({ dialect: createSqliteDialect(file) })
  await sql`create table note (id integer primary key, text text not null) strict`.execute(database)
  const started = Promise.withResolvers<void>()
  const work = database.transaction().execute(async (transaction) => {
    started.resolve()
    await new Promise((resolve) => setImmediate(resolve))
    await transaction.insertInto('note').values({ id: 1, text: '' }).execute()
  })
  await started.promise
  await Promise.all([work, database.destroy()])
})

test('a statement is run once for each row, says what each has changed, and is undone as a whole', async (context) => {
  const { database } = await openNotes(context)
  const update = (rows: [string, number][]) => createRowsQuery('update note set text = ? where id = ?', rows)
  const changes = await database.transaction().execute((transaction) =>
    transaction.executeQuery(
      update([
        ['new', 1],
        ['nobody', 7],
      ]),
    ),
  )
  assert.deepEqual(changes.rows, [1, 0])
  const insert = createRowsQuery('insert into note (id, text) values (?, ?)', [
    [2, 'two'],
    [1, 'again'],
  ])
  await assert.rejects(
    database.transaction().execute((transaction) => transaction.executeQuery(insert)),
    /UNIQUE/,
  )
  assert.deepEqual(await database.selectFrom('note').selectAll().execute(), [{ id: 1, text: 'new' }])
})

test('nobody else on the machine may read the file, whatever the folder allows', async (context) => {
  const folder = tempFolder(context)
  chmodSync(folder, 0o755)
  const file = join(folder, 'test.db')
  const database = new Kysely<Tables>({ dialect: createSqliteDialect(file) })
  context.after(() => database.destroy())
  await sql`create table note (id integer primary key) strict`.execute(database)
  const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777])
  assert.deepEqual(Object.fromEntries(modes), { 'test.db': 0o600, 'test.db-shm': 0o600, 'test.db-wal': 0o600 })
})
