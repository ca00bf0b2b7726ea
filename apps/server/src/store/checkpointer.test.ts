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

test('writers that never pause do not let the log grow without end', async (context) => {
  const file = join(tempFolder(context), 'test.db')
  const pace = { ...quick, maxFrames: 50 }
  const database = new Kysely<unknown>({ dialect: createSqliteDialect(file, { checkpointPace: pace }) })
  context.after(() => database.destroy())
  await sql`create table note (text text) strict`.execute(database)
  const text = 'x'.repeat(20_000)
  let isOver = false
  let written = 0
  const writing = (async () => {
    while (!isOver) {
      await sql`insert into note values (${text})`.execute(database)
      written += text.length
      // The turn of the timer; the writer itself does not wait for anything.
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  let sizeOfLog = 0
  while (written < 40_000_000) {
    await new Promise((resolve) => setImmediate(resolve))
    sizeOfLog = Math.max(sizeOfLog, statSync(`${file}-wal`).size)
  }
  isOver = true
  await writing
  assert.ok(sizeOfLog < written / 2, `${written} bytes written, the log has ${sizeOfLog}`)
})

test('when the thread cannot work it says so once, so that checkpoints are made another way', async (context) => {
  const failed = Promise.withResolvers<unknown>()
  const file = join(tempFolder(context), 'not there', 'test.db')
  const checkpointer = new Checkpointer({ file, onFailure: failed.resolve, pace: quick })
  checkpointer.noteCommit()
  assert.match(String(await failed.promise), /ENOENT/)
  await checkpointer.close()
})
