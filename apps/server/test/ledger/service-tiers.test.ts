/** What a call costs follows the tier of service that its upstream says it was served at. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type FakeUpstream, fetchWhole, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from '../harness.ts'

const bodies = {
  '/v1/messages': { model: 'claude-opus-4-6', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] },
  '/v1/chat/completions': { model: 'gpt-5', messages: [{ role: 'user', content: 'hi' }] },
  '/v1/responses': { model: 'gpt-5', input: 'hi', store: false },
}
type Door = keyof typeof bodies

describe('calls at other tiers of service', () => {
  let upstream: FakeUpstream
  let server: TestServer
  let key: string

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer()
    const account = { base_url: upstream.url, api_key: 'sk' }
    await server.addAccount({ name: 'claude', kind: 'anthropic', models: ['claude-opus-4-6'], ...account })
    const wires = ['openai-chat', 'openai-responses']
    await server.addAccount({ name: 'gpt', kind: 'openai', models: ['gpt-5'], wires, ...account })
    key = (await server.addKey()).key
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await upstream.close()
  })

  async function call(door: Door, fields: object = {}, own = key) {
    const headers = { authorization: `Bearer ${own}` }
    const reply = await fetchWhole(server.url + door, { headers, body: { ...bodies[door], ...fields } })
    assert.equal(reply.status, 200)
    return (await server.settledRecords()).at(-1)
  }

  const million = { input: 1_000_000, output: 0 }
  const served = [
    ['/v1/messages', null, 5, ''],
    ['/v1/messages', 'fast', 30, ' fast'],
    ['/v1/messages', 'priority', 5, ' priority'],
    ['/v1/chat/completions', 'flex', 0.625, ' flex'],
    ['/v1/chat/completions', 'priority', 2.5, ' priority'],
    ['/v1/responses', 'flex', 0.625, ' flex'],
    ['/v1/responses', 'priority', 2.5, ' priority'],
    ['/v1/responses', 'hyper', 1.25, ' unpriced tier'],
  ] as const

  for (const [door, serviceTier, dollars, source] of served) {
    for (const stream of [true, false]) {
      test(`a ${stream ? 'stream' : 'whole reply'} of ${door} at ${serviceTier ?? 'the everyday one'}`, async () => {
        upstream.script({ usage: { ...million, serviceTier } })
        const row = await call(door, { stream })
        assert.equal(row?.service_tier, serviceTier)
        assert.equal(row?.cost_nanos, dollars * 1_000_000_000)
        assert.match(row?.price_source ?? '', new RegExp(`^genai-prices@[\\d.]+${source}$`))
      })
    }
  }

  test('an upstream of another wire says it too', async () => {
    upstream.script({ usage: { ...million, serviceTier: 'fast' } })
    const row = await call('/v1/chat/completions', { model: 'claude-opus-4-6', stream: true })
    assert.deepEqual([row?.service_tier, row?.cost_nanos], ['fast', 30_000_000_000])
  })

  test('what no upstream has counted is estimated at the tier that was asked for', async () => {
    upstream.script({ sayUsage: 'none' }, { sayUsage: 'none' })
    const everyday = await call('/v1/responses', { stream: true })
    const asked = await call('/v1/responses', { stream: true, service_tier: 'flex' })
    assert.deepEqual([everyday?.service_tier, asked?.service_tier], [null, 'flex'])
    assert.match(asked?.price_source ?? '', / flex$/)
  })

  test('what is held is enough for the tier that is asked for', async () => {
    const heldFor = async (fields: object) => {
      const { id, key: own } = await server.addKey({ limits: [{ what: 'cost', per: 'day', max: '100' }] })
      const { promise, resolve } = Promise.withResolvers<void>()
      upstream.script({ hold: { afterEvents: 1, until: promise }, usage: { input: 1, output: 1 } })
      const before = upstream.received.length
      const running = call('/v1/responses', { stream: true, max_output_tokens: 1000, ...fields }, own)
      while (upstream.received.length === before) await new Promise((done) => setTimeout(done, 5))
      const limits = [{ what: 'cost', per: 'day', max: 100_000_000_000 }] as const
      const [state] = await server.app.ledger.limitsOf({ kind: 'key', id }, limits)
      resolve()
      await running
      return state?.held ?? 0
    }
    const everyday = await heldFor({})
    assert.ok(everyday > 0)
    assert.ok((await heldFor({ service_tier: 'priority' })) > 1.8 * everyday)
    assert.ok(
      (await heldFor({ service_tier: 'flex' })) >= everyday,
      'it may be served at the everyday tier all the same',
    )
  })

  test('an administrator says what a tier costs, also of the past', async () => {
    upstream.script({ usage: { ...million, serviceTier: 'flex' } })
    const before = await call('/v1/responses')
    const prices = { input: 10, output: 20, service_tiers: { flex: 0.3 } }
    await server.api('POST', '/admin/models', { id: 'gpt-5', name: 'GPT-5', provider: 'OpenAI', prices })
    const from = new Date(Date.now() - 3_600_000).toISOString()
    const to = new Date(Date.now() + 3_600_000).toISOString()
    await server.api('POST', '/admin/usage/reprice', { from, to, model: 'gpt-5' })
    const rows = await server.settledRecords()
    const row = rows.find(({ id }) => id === before?.id)
    assert.deepEqual([row?.cost_nanos, row?.price_source], [3_000_000_000, 'admin@1 flex'])
    const shown = await server.api<{ service_tiers: object; tiers: { prices: { service_tiers: object } }[] }>(
      'GET',
      '/admin/prices/gpt-5',
    )
    assert.deepEqual(shown.service_tiers, { flex: 0.3, priority: 2, fast: 2, scale: 1 })
    assert.deepEqual(shown.tiers[0]?.prices.service_tiers, { flex: 0.3 })
  })
})
