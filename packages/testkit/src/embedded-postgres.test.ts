import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
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

test('a process that has had one ends with its own code', async () => {
  const program = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('embedded-postgres.ts', import.meta.url).href)}
    const server = await startEmbeddedPostgres()
    await server.stop()
    process.exitCode = 3`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  assert.deepEqual(await once(child, 'close'), [3, null])
  assert.equal(said, '')
})
