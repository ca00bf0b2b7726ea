import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchWhole, startFakeUpstream } from '@parley/testkit'
import { startServer } from '../harness.ts'

test('what an attempt used that failed is on record beside the call, and nobody is charged for it', async () => {
  await using upstream = await startFakeUpstream()
  await using server = await startServer()
  for (const name of ['one', 'two']) {
    const account = { kind: 'anthropic', base_url: upstream.url, api_key: 'sk', models: ['claude-sonnet-4-5'] }
    await server.addAccount({ name, ...account })
  }
  const { key } = await server.addKey()
  upstream.script(
    { usage: { input: 900, output: 70, cacheRead: 1_000_000 }, errorEvent: { afterEvents: 1, status: 529 } },
    { usage: { input: 20, output: 5 } },
  )
  const reply = await fetchWhole(`${server.url}/v1/messages`, {
    headers: { 'x-api-key': key },
    body: {
      model: 'claude-sonnet-4-5',
      max_tokens: 100,
      stream: true,
      messages: [{ role: 'user', content: 'hello' }],
    },
  })
  assert.equal(reply.status, 200)
  const [row] = await server.settledRecords()
  assert.deepEqual([row?.attempts, row?.input_tokens, row?.output_tokens], [2, 20, 5])
  const [failed, ...others] = await server.app.store.database.selectFrom('failed_attempt').selectAll().execute()
  assert.deepEqual(others, [])
  assert.deepEqual([failed?.request_id, failed?.attempt, failed?.input_tokens], [row?.id, 1, 1_000_900])
  assert.notEqual(failed?.account_id, row?.account_id)
  const [listed] = await server.api<{ failed_cost_nanos: number; cost_nanos: number }[]>('GET', '/admin/usage/records')
  assert.deepEqual([listed?.failed_cost_nanos, listed?.cost_nanos], [failed?.cost_nanos, row?.cost_nanos])
  assert.ok((failed?.cost_nanos ?? 0) > 300_000_000)
})

test('what a call of one attempt used beyond its limits is in the list of calls, as what nobody is charged for', async () => {
  await using upstream = await startFakeUpstream()
  await using server = await startServer()
  const account = { kind: 'anthropic', base_url: upstream.url, api_key: 'sk', models: ['claude-sonnet-4-5'] }
  await server.addAccount({ name: 'one', ...account })
  const { key } = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 400 }] })
  upstream.script({ usage: { input: 20, output: 5000 } })
  const body = { model: 'claude-sonnet-4-5', max_tokens: 100, messages: [{ role: 'user', content: 'hello' }] }
  const reply = await fetchWhole(`${server.url}/v1/messages`, { headers: { 'x-api-key': key }, body })
  assert.equal(reply.status, 200)
  await server.settledRecords()
  const beyond = await server.app.store.database.selectFrom('failed_attempt').selectAll().executeTakeFirstOrThrow()
  const [listed] = await server.api<{ attempts: number; output_tokens: number; failed_cost_nanos: number }[]>(
    'GET',
    '/admin/usage/records',
  )
  assert.deepEqual([listed?.attempts, (listed?.output_tokens ?? 0) + beyond.output_tokens], [1, 5000])
  assert.ok(beyond.cost_nanos > 0)
  assert.equal(listed?.failed_cost_nanos, beyond.cost_nanos)
})

test('also when the next attempt could not be made', async () => {
  await using upstream = await startFakeUpstream()
  await using server = await startServer()
  const account = { base_url: upstream.url, api_key: 'sk' }
  const model = 'claude-sonnet-4-5'
  await server.addAccount({ ...account, name: 'first', kind: 'anthropic', models: [model], priority: 1 })
  await server.addAccount({ ...account, name: 'second', kind: 'gemini', models: { [model]: 'gemini' }, priority: 2 })
  const { key } = await server.addKey()
  upstream.script({ usage: { input: 900, output: 70 }, errorEvent: { afterEvents: 1, status: 529 } })
  // The first upstream fetches it itself; the second must be given its bytes, and such an address is not asked.
  const picture = { type: 'image', source: { type: 'url', url: 'http://127.0.0.1:1/a.png' } }
  const reply = await fetchWhole(`${server.url}/v1/messages`, {
    headers: { 'x-api-key': key },
    body: { model, max_tokens: 100, stream: true, messages: [{ role: 'user', content: [picture] }] },
  })
  assert.equal(reply.status, 400, reply.text)
  const [row] = await server.settledRecords()
  assert.deepEqual([row?.end_reason, row?.attempts, row?.charged_nanos], ['refused', 1, 0])
  const failed = await server.app.store.database.selectFrom('failed_attempt').selectAll().execute()
  assert.deepEqual(
    failed.map(({ request_id, attempt, input_tokens }) => [request_id, attempt, input_tokens]),
    [[row?.id, 1, 900]],
  )
})
