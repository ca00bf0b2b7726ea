/** Limits that two server processes share, on PostgreSQL and Redis. `LIMIT_CALLS` makes other numbers of calls. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fetchWhole, type FakeUpstream, forEachDatabase, freePort, startFakeUpstream } from '@parley/testkit'
import { createStore } from '../../src/store/create-store.ts'
import type { Store } from '../../src/store/store.ts'
import { silentLog } from '../../src/store/testing/open-store.ts'
import { killNode, signIn, startNode } from './node-process.ts'

const redis = process.env['TEST_REDIS_URL']
const skip = redis ? false : 'no Redis: TEST_REDIS_URL is not set'
const calls = Number(process.env['LIMIT_CALLS'] ?? 200)
const fitting = Math.floor(calls * 0.37)

forEachDatabase('limits of two nodes', (database) => {
  if (database.kind === 'sqlite') return
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-limits-'))
  const processes: ChildProcess[] = []
  let upstream: FakeUpstream
  let store: Store
  let urls: string[] = []
  let token = ''

  const api = async <T>(route: string, body: object): Promise<T> => {
    const reply = await fetchWhole(urls[0] + route, { body, headers: { authorization: `Bearer ${token}` } })
    assert.ok(reply.status < 300, reply.text)
    return (reply.json as { data: T }).data
  }
  const addKey = (limit: object) => api<{ id: string; key: string }>('/admin/api-keys', { name: 'k', limits: [limit] })
  const ask = (key: string, number: number, isStream = true) =>
    fetchWhole(`${urls[number % 2]}/v1/messages`, {
      headers: { 'x-api-key': key },
      body: {
        model: 'claude-sonnet-4-5',
        max_tokens: 60,
        stream: isStream,
        messages: [{ role: 'user', content: `call ${number}` }],
      },
    })
  const askAll = (key: string, isStream?: boolean) =>
    Promise.all(Array.from({ length: calls }, (_, number) => ask(key, number, isStream)))
  const rowsOf = async (keyId: string) => {
    for (;;) {
      const rows = await store.database.selectFrom('usage_record').selectAll().where('key_id', '=', keyId).execute()
      if (rows.every(({ status }) => status === 'settled')) return rows
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  before(async () => {
    if (skip) return
    upstream = await startFakeUpstream()
    const ports = [await freePort(), await freePort()]
    urls = ports.map((port) => `http://127.0.0.1:${port}`)
    const shared = { DATABASE_URL: database.url, REDIS_URL: redis ?? '' }
    for (const [node, port] of ports.entries())
      processes.push(await startNode({ ...shared, PORT: String(port), DATA_DIR: `${folder}/${node}` }))
    token = await signIn(urls[0] ?? '')
    store = await createStore({ kind: 'postgres', url: database.url }, { dataDir: folder, log: silentLog })
    const models = ['claude-sonnet-4-5']
    await api('/admin/accounts', { name: 'a', kind: 'anthropic', base_url: upstream.url, api_key: 'sk', models })
  })
  after(async () => {
    await Promise.all(processes.map(killNode))
    await store?.[Symbol.asyncDispose]()
    await upstream?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test(`of ${calls} calls at once exactly ${fitting} pass`, { skip }, async () => {
    const { id, key } = await addKey({ what: 'requests', per: 'total', max: fitting })
    upstream.always({ words: 20, firstEventAfterMs: 20 })
    const before = upstream.served.length
    const replies = await askAll(key)
    assert.equal(replies.filter(({ status }) => status === 200).length, fitting)
    assert.equal(replies.filter(({ status }) => status === 429).length, calls - fitting)
    assert.equal(upstream.served.length - before, fitting)
    assert.equal((await rowsOf(id)).length, fitting)
  })

  test('the same calls never use more tokens than there are, and nearly all of them', { skip }, async () => {
    const max = fitting * 100
    const { id, key } = await addKey({ what: 'tokens', per: 'total', max })
    upstream.always({ words: 60, usage: { input: 25 } })
    for (let round = 0; round < 10; round += 1) {
      const replies = await askAll(key, false)
      if (replies.every(({ status }) => status === 429)) break
    }
    const tokens = (await rowsOf(id)).reduce((sum, row) => sum + row.input_tokens + row.output_tokens, 0)
    assert.ok(tokens <= max && tokens > max - 200, `${tokens} of ${max} tokens`)
  })
})
