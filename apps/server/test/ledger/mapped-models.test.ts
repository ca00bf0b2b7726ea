/** Limits on cost see what a model costs at its upstreams, whatever it is called here. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type FakeUpstream, fetchWhole, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from '../harness.ts'

const dollar = 1_000_000_000

describe('limits on cost of a model that has another name at its upstreams', () => {
  let upstream: FakeUpstream
  let server: TestServer

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer()
    // 3 dollars in and 15 out, per million; the other one costs a third of that.
    const models = { ours: 'claude-sonnet-4-5', nobodys: 'of-unknown-price' }
    const account = { kind: 'anthropic', base_url: upstream.url, api_key: 'sk' }
    await server.addAccount({ name: 'dear', ...account, models, priority: 2 })
    await server.addAccount({ name: 'cheap', ...account, models: { ours: 'claude-haiku-4-5' }, priority: 1 })
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await upstream.close()
  })

  const ask = (key: string, fields: object = {}) =>
    fetchWhole(`${server.url}/v1/messages`, {
      headers: { 'x-api-key': key },
      body: { model: 'ours', max_tokens: 1000, messages: [{ role: 'user', content: 'hi' }], ...fields },
    })

  interface LimitState {
    readonly used: number
    readonly held: number
  }
  const stateOf = async (id: string): Promise<LimitState | undefined> => {
    await server.app.ledger.flush()
    const limits = [{ what: 'cost', per: 'day', max: dollar }] as const
    return (await server.app.ledger.limitsOf({ kind: 'key', id }, limits))[0]
  }

  test('what it costs is held, by the dearest of them, and booked', async () => {
    const { id, key } = await server.addKey({ limits: [{ what: 'cost', per: 'day', max: '1' }] })
    const { promise, resolve } = Promise.withResolvers<void>()
    upstream.always({ hold: { afterEvents: 1, until: promise }, usage: { input: 100, output: 100 } })
    const running = ask(key)
    while (upstream.received.length === 0) await new Promise((done) => setTimeout(done, 5))
    // A thousand tokens of a reply, at 15 dollars per million.
    assert.ok(((await stateOf(id))?.held ?? 0) >= 1000 * 15_000)
    resolve()
    assert.equal((await running).status, 200)
    const [row] = await server.settledRecords()
    assert.equal(row?.upstream_model, 'claude-haiku-4-5')
    assert.ok((row?.charged_nanos ?? 0) > 0)
    assert.deepEqual(await stateOf(id), { ...(await stateOf(id)), used: row?.charged_nanos, held: 0 })
    upstream.clear()
  })

  test('a limit that is used up refuses it, and is not passed', async () => {
    const { id, key } = await server.addKey({ limits: [{ what: 'cost', per: 'day', max: '0.003' }] })
    upstream.always({ usage: { input: 1000, output: 100 } })
    let reply = await ask(key)
    for (let call = 0; call < 20 && reply.status === 200; call += 1) reply = await ask(key)
    assert.equal(reply.status, 429, reply.text)
    const used = (await stateOf(id))?.used ?? 0
    assert.ok(used > 1_000_000 && used <= 3_000_000, String(used))
    upstream.clear()
  })

  test('a model whose price nobody knows is let in, also where a limit on cost is used up', async () => {
    const { id, key } = await server.addKey({ limits: [{ what: 'cost', per: 'day', max: '0.000000001' }] })
    assert.equal((await ask(key, { model: 'nobodys' })).status, 200)
    assert.deepEqual((await server.settledRecords()).at(-1)?.price_source, 'unpriced')
    assert.equal((await stateOf(id))?.used, 0)
  })
})
