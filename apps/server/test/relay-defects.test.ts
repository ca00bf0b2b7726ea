/**
 * What the service that was taken as an example gets wrong, and where it is kept right here. What has its test elsewhere:
 * errors of streams with their own status, 403 and 529 (faults), characters cut in two and slow readers (relay), secrets
 * that everybody knows (config), models refused at every door (key-rules).
 */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type FakeUpstream, fetchWhole, forEachState, send, startFakeUpstream } from '@parley/testkit'
import { createApp } from '../src/app.ts'
import { createConfig } from '../src/config/config.ts'
import { createWatchedLog } from '../src/config/log.ts'
import { createState } from '../src/state/create-state.ts'
import { CallSlots } from '../src/upstreams/slots.ts'
import { quiet } from '../src/upstreams/testing/surroundings.ts'
import { startServer, type TestServer } from './harness.ts'

const body = { model: 'm', max_tokens: 100, stream: true, messages: [{ role: 'user', content: 'hi' }] }

describe('what others get wrong', () => {
  let upstream: FakeUpstream
  let server: TestServer
  let account: { id: string }

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer({ env: { DRAIN_MS: '200' } })
    const fields = { name: 'a', kind: 'anthropic', base_url: upstream.url, api_key: 'sk-secret-of-the-account' }
    account = await server.addAccount({ ...fields, models: ['m'] })
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await upstream.close()
  })

  test('a caller who leaves in the middle has not had it for nothing', async () => {
    const { id, key } = await server.addKey({ limits: [{ what: 'tokens', per: 'day', max: 1_000_000 }] })
    upstream.always({ words: 2000, eventEveryMs: 2 })
    const leaving = new AbortController()
    const reply = await send(`${server.url}/v1/messages`, {
      body,
      headers: { 'x-api-key': key },
      signal: leaving.signal,
    })
    await new Promise((resolve) => reply.once('data', resolve))
    reply.on('error', () => undefined)
    leaving.abort()
    const [row] = (await server.settledRecords()).filter(({ key_id }) => key_id === id)
    assert.deepEqual([row?.end_reason, row?.http_status], ['client_gone', 499])
    assert.ok((row?.input_tokens ?? 0) > 0 && (row?.output_tokens ?? 0) > 0)
    upstream.clear()
  })

  test('being used does not undo what an administrator changes meanwhile', async () => {
    const { id, key } = await server.addKey()
    const calls = Array.from({ length: 20 }, () =>
      fetchWhole(`${server.url}/v1/messages`, { body, headers: { 'x-api-key': key } }),
    )
    await server.api('PATCH', `/admin/api-keys/${id}`, { notes: 'changed', tags: ['x'] })
    await server.api('PATCH', `/admin/accounts/${account.id}`, { notes: 'changed', priority: 7 })
    await Promise.all(calls)
    const read = await server.api<{ notes: string; tags: string[] }>('GET', `/admin/api-keys/${id}`)
    assert.deepEqual([read.notes, read.tags], ['changed', ['x']])
    const kept = await server.api<{ notes: string; priority: number }>('GET', `/admin/accounts/${account.id}`)
    assert.deepEqual([kept.notes, kept.priority], ['changed', 7])
  })

  test('metrics are not for everybody', async () => {
    const far = { 'x-forwarded-for': '203.0.113.5' }
    const page = { origin: 'https://evil.example' }
    for (const headers of [far, page])
      assert.equal((await fetchWhole(`${server.url}/metrics`, { method: 'GET', headers })).status, 403)
    assert.equal((await fetchWhole(`${server.url}/metrics`, { method: 'GET' })).status, 200)
  })
})

test('no key, token or credential gets into the log, whatever goes wrong', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-log-'))
  const lines: string[] = []
  await using upstream = await startFakeUpstream()
  try {
    const config = createConfig({ DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'trace' })
    const output = { write: (line: string) => void lines.push(line) }
    const settings = { ...config.log, isPretty: false }
    await using app = await createApp(config, { log: createWatchedLog({ settings, folder: undefined, output }) })
    const url = await app.listen()
    const { secret } = await app.keys.create({ name: 'k' })
    const apiKey = 'sk-ant-0123456789abcdefghijklmnop'
    const proxy = 'http://user:proxy-password-123@127.0.0.1:1'
    const headers = { 'x-custom': 'header-secret-0123456789' }
    await app.upstreams.admin.create({
      name: 'a',
      kind: 'anthropic',
      baseUrl: upstream.url,
      apiKey,
      headers,
      models: { m: 'm' },
    })
    await app.upstreams.admin.create({
      name: 'b',
      kind: 'anthropic',
      baseUrl: upstream.url,
      apiKey,
      proxy,
      models: { n: 'n' },
    })
    upstream.always({ error: { status: 401, message: `invalid x-api-key ${apiKey}` } })
    for (const path of [
      '/v1/messages',
      `/v1/messages?key=${secret}`,
      '/v1/nowhere?key=cr_0123456789abcdef0123456789',
    ]) {
      await fetchWhole(url + path, { body, headers: { 'x-api-key': secret, authorization: `Bearer ${secret}` } })
      await fetchWhole(url + path, { body: { ...body, model: 'n' }, headers: { 'x-api-key': secret } })
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  const log = lines.join('')
  assert.match(log, /model call/)
  for (const secret of [/cr_[0-9a-f]{16}/, /sk-ant-0123456789abc/, /proxy-password-123/, /header-secret/]) {
    assert.doesNotMatch(log, secret)
  }
})

forEachState('a node that stops', (kind) => {
  test('gives back its own slots and nobody else’s', async () => {
    const settings =
      kind.kind === 'redis'
        ? ({ kind: 'redis', url: kind.url, limitsWithout: 'share' } as const)
        : ({ kind: 'memory' } as const)
    await using state = await createState(settings, { log: quiet })
    // What the slots see of shared state is its kind: that it is not this process's own.
    const shared = { ...state, kind: 'redis' as const }
    const id = `account-${Math.random()}`
    const staying = new CallSlots(shared, quiet)
    const leaving = new CallSlots(shared, quiet)
    const kept = await staying.acquire(id, 2)
    assert.ok(kept && (await leaving.acquire(id, 2)))
    assert.equal(await staying.acquire(id, 2), undefined, 'both are taken')
    await leaving[Symbol.asyncDispose]()
    const freed = await staying.acquire(id, 2)
    assert.ok(freed, 'the slot of the node that stopped')
    assert.equal(await staying.acquire(id, 2), undefined, 'the slot of the node that stayed')
    kept()
    freed()
    await staying[Symbol.asyncDispose]()
  })
})
