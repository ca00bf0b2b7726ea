import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '@parley/testkit'
import { Kysely, sql } from 'kysely'
import { Checkpointer } from './checkpointer.ts'
import { createSqliteDialect } from './sqlite.ts'

const quick = { everyMs: 5, minCommits: 1, minLogBytes: 1 }

test('what is written moves into the database file while it is open', async (context) => {
  const file = join(tempFolder(context), 'test.db')
  const database = new Kysely<unknown>({ dialect: createSqliteDialect(file, { checkpointPace: quick }) })
  context.after(() => database.destroy())
  await sql`create table note (text text) strict`.execute(database)
  await sql`insert into note values (${'x'.repeat(1_000_000)})`.execute(database)
  while (statSync(file).size < 1_000_000) await new Promise((resolve) => setImmediate(resolve))
})

test('writers that never pause cannot keep the log from starting over', { timeout: 60_000 }, async (context) => {
  const file = join(tempFolder(context), 'test.db')
  const pace = { ...quick, maxFrames: 50 }
  const database = new Kysely<unknown>({ dialect: createSqliteDialect(file, { checkpointPace: pace }) })
  context.after(() => database.destroy())
  await sql`create table note (text text) strict`.execute(database)
  const text = 'x'.repeat(20_000)
  // Until then the log has all that was written.
  for (let written = 0; written < 2 * statSync(`${file}-wal`).size || written < 1_000_000; written += text.length) {
    await Promise.all([
      sql`insert into note values (${text})`.execute(database),
      new Promise((resolve) => setImmediate(resolve)),
    ])
  }
})

test('when the thread cannot work it says so once, so that checkpoints are made another way', async (context) => {
  const failed = Promise.withResolvers<unknown>()
  const file = join(tempFolder(context), 'not there', 'test.db')
  const checkpointer = new Checkpointer({ file, onFailure: failed.resolve, pace: quick })
  checkpointer.noteCommit()
  assert.match(String(await failed.promise), /ENOENT/)
  await checkpointer.close()
})
