import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { startEmbeddedPostgres } from './embedded-postgres.ts'

test('a real PostgreSQL starts, holds Chinese text, and is gone after stop', async () => {
  const server = await startEmbeddedPostgres()
  const client = new pg.Client({ connectionString: server.url })
  try {
    await client.connect()
    const { rows } = await client.query(`select '数据🚀' as text, current_setting('server_encoding') as encoding`)
    assert.deepEqual(rows, [{ text: '数据🚀', encoding: 'UTF8' }])
    await client.end()
  } finally {
    await server.stop()
  }
  await assert.rejects(new pg.Client({ connectionString: server.url }).connect(), { code: 'ECONNREFUSED' })
})
