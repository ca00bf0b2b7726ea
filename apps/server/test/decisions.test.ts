/** How calls are decided: who is considered, who is pinned to whom, what of it is written down and explained. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type FakeUpstream, fetchWhole, forEachDatabase, startFakeUpstream, type TestDatabase } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

interface Trace {
  readonly candidates: readonly { readonly account_id: string; readonly out: string | null }[]
  readonly order: readonly string[]
  readonly attempts: readonly {
    readonly account_id: string
    readonly upstream_status: number
    readonly error: string
  }[]
  readonly end: { readonly status: number; readonly end_reason: string }
}

interface Explanation {
  readonly would_go_to: string | null
  readonly refusal: { readonly code: string } | null
  readonly order: readonly string[]
  readonly accounts: readonly {
    readonly account_id: string
    readonly out: string | null
    readonly until: string | null
  }[]
}

// Hooks of the inner suite run before the database is dropped.
forEachDatabase('decisions', (database) => describe('about calls', () => declare(database)))

function declare(database: TestDatabase): void {
  let upstreams: FakeUpstream[]
  let server: TestServer

  before(async () => {
    upstreams = await Promise.all([startFakeUpstream(), startFakeUpstream()])
    server = await startServer({ database })
  })
  beforeEach(async () => {
    for (const upstream of upstreams) upstream.clear()
    for (const { id, kind } of server.app.upstreams.admin.list()) {
      if (kind !== 'simulator') await server.api('DELETE', `/admin/accounts/${id}`)
    }
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
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
  const ask = (key: string) =>
    fetchWhole(`${server.url}/v1/messages`, {
      body: { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] },
      headers: { 'x-api-key': key },
    })
  const traceOf = (id: unknown) => server.api<Trace>('GET', `/admin/usage/records/${String(id)}/trace`)
  const explain = (query: object) => server.api<Explanation>('POST', '/admin/explain', { model: 'm', ...query })
  const counts = () => upstreams.map(({ served }) => served.length)

  test('the trace of a call says who was tried, who could not be, and why', async () => {
    const first = await account(0, { priority: 1 })
    const second = await account(1, { priority: 2 })
    const idle = await account(1, { priority: 3 })
    await server.api('POST', `/admin/accounts/${idle.id}/pause`, { seconds: 600 })
    upstreams[0]?.script({ error: 529 })
    const reply = await ask((await server.addKey()).key)
    assert.equal(reply.status, 200, reply.text)
    const trace = await traceOf(reply.headers['request-id'])
    assert.deepEqual(trace.order, [first.id, second.id])
    assert.deepEqual(
      trace.candidates.map(({ account_id, out }) => [account_id, out]),
      [
        [first.id, null],
        [second.id, null],
        [idle.id, 'paused'],
      ],
    )
    assert.deepEqual(
      trace.attempts.map(({ account_id, upstream_status }) => [account_id, upstream_status]),
      [
        [first.id, 529],
        [second.id, 200],
      ],
    )
    assert.deepEqual([trace.end.status, trace.end.end_reason], [200, 'done'])
  })

  test('a call that nobody served has a trace, too', async () => {
    const { id } = await account(0)
    await server.api('POST', `/admin/accounts/${id}/pause`, { seconds: 600 })
    const reply = await ask((await server.addKey()).key)
    assert.equal(reply.status, 503)
    const trace = await traceOf(reply.headers['request-id'])
    assert.deepEqual([trace.attempts.length, trace.candidates[0]?.out, trace.end.status], [0, 'paused', 503])
  })

  test('an unknown call has none, and others than administrators are not told', async () => {
    const path = `${server.url}/admin/usage/records/none/trace`
    const authorization = `Bearer ${server.token}`
    assert.equal((await fetchWhole(path, { method: 'GET', headers: { authorization } })).status, 404)
    assert.equal((await fetchWhole(path, { method: 'GET' })).status, 401)
  })

  test('explaining says where a call would go, as things stand, and makes none', async () => {
    const first = await account(0, { priority: 1 })
    const second = await account(1, { priority: 2 })
    assert.equal((await explain({})).would_go_to, first.id)
    await server.api('POST', `/admin/accounts/${first.id}/pause`, { seconds: 600 })
    const { would_go_to, order, accounts } = await explain({})
    assert.deepEqual([would_go_to, order], [second.id, [second.id]])
    const out = accounts.find(({ account_id }) => account_id === first.id)
    assert.deepEqual([out?.out, typeof out?.until], ['paused', 'string'])
    assert.match(accounts.find(({ account_id }) => account_id === 'simulator')?.out ?? '', /stands in only/)
    assert.deepEqual(counts(), [0, 0])
  })

  test('explaining takes the rules of a key into account', async () => {
    const first = await account(0)
    const second = await account(1)
    const pinned = await server.addKey({ account_ids: [second.id] })
    assert.deepEqual((await explain({ key_id: pinned.id })).order, [second.id])
    const other = await server.addKey({ models: ['another'] })
    const refused = await explain({ key_id: other.id })
    assert.deepEqual([refused.would_go_to, refused.refusal?.code], [null, 'model_forbidden'])
    const off = await server.addKey({ enabled: false })
    assert.equal((await explain({ key_id: off.id })).refusal?.code, 'key_disabled')
    assert.equal((await explain({ model: 'nobody-has-it' })).would_go_to, null)
    assert.ok(first.id)
  })

  test('a key that is pinned to a group uses its accounts only, also those that are for nobody else', async () => {
    await account(0)
    await account(1, { groups: ['reserved'], schedulable: false })
    const free = (await server.addKey()).key
    const pinned = (await server.addKey({ account_groups: ['reserved'] })).key
    for (let call = 0; call < 4; call += 1) assert.equal((await ask(free)).status, 200)
    assert.deepEqual(counts(), [4, 0])
    for (let call = 0; call < 3; call += 1) assert.equal((await ask(pinned)).status, 200)
    assert.deepEqual(counts(), [4, 3])
    const nowhere = (await server.addKey({ account_groups: ['empty'] })).key
    assert.equal((await ask(nowhere)).status, 404)
  })

  test('what upstreams say of their limits is shown with the account', async () => {
    const { id } = await account(0)
    const reset = new Date(Date.now() + 60_000).toISOString()
    upstreams[0]?.script({
      error: 429,
      headers: { 'anthropic-ratelimit-tokens-remaining': '0', 'anthropic-ratelimit-tokens-reset': reset },
    })
    assert.equal((await ask((await server.addKey()).key)).status, 429)
    const { holds, seen_limits } = await server.api<{
      holds: { until: string }[]
      seen_limits: { limits: { name: string; remaining: number }[] }
    }>('GET', `/admin/accounts/${id}`)
    assert.deepEqual(
      seen_limits.limits.map(({ name, remaining }) => [name, remaining]),
      [['tokens', 0]],
    )
    assert.ok(Math.abs(Date.parse(holds[0]?.until ?? '') - Date.parse(reset)) < 1000, holds[0]?.until)
  })
}
