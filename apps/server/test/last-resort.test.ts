import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type FakeUpstream, fetchWhole, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

let upstream: FakeUpstream
let server: TestServer
let conversationId: string

before(async () => {
  upstream = await startFakeUpstream()
  server = await startServer({ env: { PROVIDER_BACKOFF_429_MS: '400', PROVIDER_BACKOFF_5XX_MS: '150' } })
  await server.addAccount({ name: 'only', kind: 'openai', base_url: upstream.url, api_key: 'x', models: ['gpt-4'] })
  conversationId = (await server.api<{ id: string }>('POST', '/api/conversations', { modelId: 'gpt-4' })).id
})
beforeEach(() => {
  upstream.clear()
  for (const { id } of server.app.upstreams.admin.list()) server.app.upstreams.admin.reset(id)
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await upstream.close()
})

const say = () =>
  fetchWhole(`${server.url}/api/conversations/${conversationId}/messages`, {
    body: { content: 'hello' },
    headers: { authorization: `Bearer ${server.token}` },
  })

for (const [what, behaviour, pauseMs] of [
  ['a failure', { error: 503 }, 150],
  ['a connection that is reset', { reset: true }, 150],
  ['a stream that is cut before its first word', { cut: { afterEvents: 0 } }, 150],
  ['too many requests', { error: 429 }, 400],
] as const) {
  test(`after ${what} the chat waits and asks once more, for a whole reply`, async () => {
    upstream.script(behaviour)
    const reply = await say()
    assert.equal(reply.status, 201, reply.text)
    const [first, second, ...more] = upstream.served
    assert.deepEqual([first?.streamed, second?.streamed, more.length], [true, false, 0])
    assert.ok((second?.receivedAt ?? 0) - (first?.receivedAt ?? 0) >= pauseMs)
    const row = (await server.settledRecords()).at(-1)
    assert.deepEqual([row?.end_reason, row?.attempts, row?.output_tokens], ['done', 2, second?.usage.output])
  })
}

test('the account’s own limits count the call once, and one call at a time is enough for it', async () => {
  const { ledger, upstreams } = server.app
  const id = upstreams.admin.list().find(({ name }) => name === 'only')?.id ?? ''
  const rules = await Promise.all([
    ledger.rules.add({ subjectKind: 'account', subjectId: id, what: 'concurrency', per: 'total', max: 1 }),
    ledger.rules.add({ subjectKind: 'account', subjectId: id, what: 'requests', per: 'day', max: 100 }),
  ])
  const used = async () => {
    await ledger.flush()
    return (await ledger.limitsOf({ kind: 'account', id }, rules)).map((state) => [state.used, state.held])
  }
  const [, [before = 0] = []] = await used()
  upstream.script({ error: 503 })
  assert.equal((await say()).status, 201)
  assert.equal(upstream.served.length, 2)
  assert.deepEqual(await used(), [
    [0, 0],
    [before + 1, 0],
  ])
  for (const rule of rules) await ledger.rules.remove(rule.id)
})

test('when that fails too, the person’s words are kept and the reply is an error', async () => {
  upstream.always({ error: 500 })
  assert.equal((await say()).status, 202)
  assert.equal(upstream.served.length, 2)
})

test('a pause that the upstream wants is kept to, and one that nobody would wait for is not begun', async () => {
  upstream.script({ error: 429, headers: { 'retry-after': '3600' } })
  assert.equal((await say()).status, 202)
  assert.equal(upstream.served.length, 1)
})

test('a program is told at once', async () => {
  const { key } = await server.addKey()
  upstream.always({ error: 503 })
  const body = { model: 'gpt-4', messages: [{ role: 'user', content: 'x' }] }
  const reply = await fetchWhole(`${server.url}/v1/chat/completions`, { body, headers: { 'x-api-key': key } })
  assert.equal(reply.status, 503)
  assert.equal(upstream.served.length, 1)
})
