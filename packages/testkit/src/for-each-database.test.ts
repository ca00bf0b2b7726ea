import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import pg from 'pg'
import { forEachDatabase } from './for-each-database.ts'

const create = 'create table note (text text not null)'

forEachDatabase('a database of its own', (database) => {
  test('is empty and can be written', async () => {
    if (database.kind === 'sqlite') {
      const path = database.url.slice('sqlite:'.length)
      assert.equal(existsSync(path), false)
      const connection = new DatabaseSync(path)
      connection.exec(create)
      connection.close()
      return
    }
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    const { rows } = await client.query(`select count(*)::int as tables from pg_tables where schemaname = 'public'`)
    assert.deepEqual(rows, [{ tables: 0 }])
    await client.query(create)
    await client.end()
  })
})

forEachDatabase('a second database', (database) => {
  test('does not see the first one', async () => {
    if (database.kind === 'sqlite') return assert.equal(existsSync(database.url.slice('sqlite:'.length)), false)
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query(create)
    await client.end()
  })
})
