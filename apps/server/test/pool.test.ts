import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type FakeUpstream, fetchWhole, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

let upstreams: FakeUpstream[]
let server: TestServer
let key: string

before(async () => {
  upstreams = await Promise.all([startFakeUpstream(), startFakeUpstream()])
  // On a machine that does much else, five calls one after another take long.
  server = await startServer({ env: { PROVIDER_SLOT_WAIT_MS: '60000' } })
  key = (await server.addKey()).key
})
beforeEach(async () => {
  for (const upstream of upstreams) upstream.clear()
  for (const { id, kind } of server.app.upstreams.admin.list()) {
    if (kind !== 'simulator') await server.api('DELETE', `/admin/accounts/${id}`)
  }
})
after(async () => {
  await server[Symbol.asyncDispose]()
  for (const upstream of upstreams) await upstream.close()
})

const account = (index: number, fields: object = {}) =>
  server.addAccount({
    name: `a${index}`,
    kind: 'anthropic',
    base_url: upstreams[index]?.url,
    api_key: 'x',
    models: ['m'],
    ...fields,
  })

const ask = (text: string, headers: { [name: string]: string } = {}) =>
  fetchWhole(`${server.url}/v1/messages`, {
    body: { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: text }] },
    headers: { 'x-api-key': key, ...headers },
  })

test('a call waits in line for a busy account instead of being refused', async () => {
  await account(0, { max_concurrency: 1 })
  upstreams[0]?.always({ firstEventAfterMs: 30 })
  const replies = await Promise.all(Array.from({ length: 5 }, (_, index) => ask(`call ${index}`)))
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 200, 200, 200, 200],
  )
  assert.equal(upstreams[0]?.totals.requests, 5)
  const served = upstreams[0]?.served ?? []
  assert.ok(
    served.every((call, index) => index === 0 || call.receivedAt >= (served[index - 1]?.endedAt ?? 0)),
    'never two at once',
  )
})

test('when nothing becomes free in time it is a 429 that says why and when to come back', async () => {
  await account(0, { max_concurrency: 1 })
  await server.api('PUT', '/admin/settings', { provider_slot_wait_ms: 50 })
  let release = () => {}
  upstreams[0]?.always({ hold: { afterEvents: 0, until: new Promise<void>((resolve) => (release = resolve)) } })
  const first = ask('first')
  await upstreams[0]?.waitFor(() => upstreams[0]?.served.length === 1)
  const second = await ask('second')
  assert.equal(second.status, 429)
  assert.match(second.text, /busy/)
  assert.equal(second.headers['retry-after'], '1')
  release()
  assert.equal((await first).status, 200)
  await server.api('DELETE', '/admin/settings/provider_slot_wait_ms')
})

test('a session stays with the account that served it, and moves when that one is out', async () => {
  await account(0)
  await account(1)
  const headers = { 'x-claude-code-session-id': 'session-1' }
  for (let call = 0; call < 8; call += 1) assert.equal((await ask(`turn ${call}`, headers)).status, 200)
  const counts = upstreams.map(({ served }) => served.length)
  assert.ok(counts.includes(0) && counts.includes(8), String(counts))
  const home = counts[0] === 8 ? 0 : 1
  upstreams[home]?.always({ error: 529 })
  assert.equal((await ask('turn 9', headers)).status, 200)
  assert.equal(upstreams[1 - home]?.served.length, 1)
})

test('a request that one account’s wire cannot say goes to the account that speaks the caller’s own', async () => {
  await server.addAccount({
    name: 'other wire',
    kind: 'gemini',
    base_url: upstreams[0]?.url,
    api_key: 'x',
    models: ['m'],
    priority: 1,
  })
  await account(1)
  const body = {
    model: 'm',
    max_tokens: 10,
    tools: [{ type: 'code_execution_20260120', name: 'code_execution' }],
    tool_choice: { type: 'tool', name: 'code_execution' },
    messages: [{ role: 'user', content: 'x' }],
  }
  const reply = await fetchWhole(`${server.url}/v1/messages`, { body, headers: { 'x-api-key': key } })
  assert.equal(reply.status, 200, reply.text)
  assert.equal(upstreams[0]?.served.length, 0)
  assert.equal(upstreams[1]?.served.length, 1)
})
