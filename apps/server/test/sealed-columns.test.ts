/** Nothing that is sealed is forgotten when the encryption key changes. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type FakeUpstream, fetchWhole, forEachDatabase, startFakeUpstream, type TestDatabase } from '@parley/testkit'
import * as chat from '../src/chat/command-line.ts'
import { sealedColumns, sealedForMinutes } from '../src/cli/sealed-columns.ts'
import { createEncryption } from '../src/config/encryption.ts'
import * as relay from '../src/relay/command-line.ts'
import { startServer, type TestServer } from './harness.ts'

const source = path.join(import.meta.dirname, '../src')
const places = sealedColumns(chat, relay)

test('every file that seals something is named with the columns it seals', () => {
  const sealing = globSync('**/*.ts', { cwd: source })
    .filter((file) => !/\.test\.ts$|reseal\.ts$|\/testing\//.test(file) && file !== 'config/encryption.ts')
    .filter((file) => /encryption\??\.seal\(/.test(readFileSync(path.join(source, file), 'utf8')))
  const named = [...places.map(({ sealedBy }) => sealedBy), ...sealedForMinutes]
  assert.deepEqual(new Set(sealing), new Set(named))
})

// Hooks of the inner suite run before the database is dropped.
forEachDatabase('a new encryption key', (database) => describe('over all that is sealed', () => declare(database)))

function declare(database: TestDatabase): void {
  let upstream: FakeUpstream
  let server: TestServer
  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer({ database })
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })

  /** Of each column that is named, the values; of the others, those that look sealed. */
  async function sealedValues(): Promise<Map<string, string[]>> {
    const db = server.app.store.database
    const found = new Map<string, string[]>()
    for (const { name } of await db.introspection.getTables()) {
      const rows = await db
        .selectFrom(name as 'account')
        .selectAll()
        .execute()
      for (const row of rows) {
        for (const [column, value] of Object.entries(row)) {
          if (typeof value !== 'string' || !/^v1\.[^.]+\.[\w-]{30,}$/.test(value)) continue
          const place = `${name}.${column}`
          found.set(place, [...(found.get(place) ?? []), value])
        }
      }
    }
    return found
  }

  test('leaves nothing behind that the old one sealed', async () => {
    await server.addAccount({
      name: 'a',
      kind: 'openai',
      base_url: upstream.url,
      api_key: 'sk',
      models: ['m'],
      headers: { 'x-secret': 'header' },
      wires: ['openai-responses'],
    })
    const other = { name: 'b', kind: 'openai', base_url: upstream.url, api_key: 'sk', models: ['other'] }
    await server.addAccount({ ...other, proxy: 'http://user:password@127.0.0.1:9' })
    const { key } = await server.addKey({ cache_seconds: 60 })
    const headers = { 'x-api-key': key }
    const body = { model: 'm', input: 'hi', temperature: 0 }
    const reply = await fetchWhole(`${server.url}/v1/responses`, { headers, body })
    assert.equal(reply.status, 200, reply.text)
    const authorization = { authorization: `Bearer ${server.token}` }
    await server.api('POST', '/api/auth/mfa/setup', { password: 'correct horse battery' })
    const form = new FormData()
    form.append('file', new Blob(['hello there'], { type: 'text/plain' }), 'note.txt')
    const uploaded = await fetch(`${server.url}/api/attachments`, {
      method: 'POST',
      headers: authorization,
      body: form,
    })
    assert.ok(uploaded.ok, await uploaded.text())
    const columns = places.flatMap((place) => place.columns)
    let before = await sealedValues()
    // The cache is written after the reply.
    while (!before.has('cached_reply.content')) before = await sealedValues()
    assert.deepEqual([...before.keys()].toSorted(), columns.toSorted(), 'each is filled here, and all are named')

    const [old] = server.app.config.secrets.encryptionKeys
    assert.ok(old)
    const encryption = createEncryption({ encryptionKeys: [{ id: 'newest', key: Buffer.alloc(32, 9) }, old] })
    let renewed = 0
    for (const { renew } of places) renewed += await renew(server.app.store, encryption)
    assert.ok(renewed >= columns.length - 1)
    const values = [...(await sealedValues()).values()].flat()
    assert.equal(values.length, renewed)
    assert.ok(values.every((value) => encryption.isCurrent(value)))
    for (const { renew } of places) assert.equal(await renew(server.app.store, encryption), 0)
  })
}
