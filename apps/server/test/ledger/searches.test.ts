import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type FakeUpstream, fetchWhole, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from '../harness.ts'

interface ListedCall {
  readonly web_searches: number
  readonly file_searches: number
  readonly input_tokens: number
  readonly cost_nanos: number
  readonly failed_cost_nanos: number
}

const claude = 'claude-sonnet-4-5'
const gpt = 'gpt-5'
/** The shipped table's: ten dollars for a thousand searches of the web, 2.50 for a thousand of files. */
const webSearch = 10_000_000
const fileSearch = 2_500_000

async function prepare(server: TestServer, upstream: FakeUpstream): Promise<void> {
  const account = { base_url: upstream.url, api_key: 'sk' }
  await server.addAccount({ name: 'claude', kind: 'anthropic', models: [claude], ...account })
  await server.addAccount({ name: 'gpt', kind: 'openai', models: [gpt], wires: ['openai-responses'], ...account })
}

const doors = {
  '/v1/messages': (model: string) => ({ model, max_tokens: 100, messages: [{ role: 'user', content: 'hello' }] }),
  '/v1/responses': (model: string) => ({ model, max_output_tokens: 100, input: 'hello', store: false }),
}

interface CallOptions {
  readonly key: string
  readonly isStream?: boolean
  readonly model?: string
}

async function call(
  server: TestServer,
  door: keyof typeof doors,
  { key, isStream = false, model = claude }: CallOptions,
): Promise<ListedCall> {
  const body = { ...doors[door](model), stream: isStream }
  const reply = await fetchWhole(server.url + door, { headers: { authorization: `Bearer ${key}` }, body })
  assert.equal(reply.status, 200)
  await server.settledRecords()
  const [listed] = await server.api<ListedCall[]>('GET', '/admin/usage/records')
  assert.ok(listed)
  return listed
}

describe('searches by the provider’s own tools', () => {
  const usage = { input: 1_000_000, output: 0, webSearches: 3, fileSearches: 2 }

  for (const door of ['/v1/messages', '/v1/responses'] as const) {
    for (const isStream of [true, false]) {
      test(`are on the bill of a ${isStream ? 'stream' : 'whole reply'} of ${door}, from either provider`, async () => {
        await using upstream = await startFakeUpstream()
        await using server = await startServer()
        await prepare(server, upstream)
        const { key } = await server.addKey()
        upstream.always(() => ({ usage }))
        const ofClaude = await call(server, door, { key, isStream })
        assert.deepEqual([ofClaude.web_searches, ofClaude.file_searches], [3, 0])
        assert.equal(ofClaude.cost_nanos, 6_000_000_000 + 3 * webSearch)
        const ofGpt = await call(server, door, { key, isStream, model: gpt })
        assert.deepEqual([ofGpt.web_searches, ofGpt.file_searches], [3, 2])
        assert.equal(ofGpt.cost_nanos, 1_250_000_000 + 3 * webSearch + 2 * fileSearch)
      })
    }
  }

  test('cost what the administrator says, also those of the past when they are priced again', async () => {
    await using upstream = await startFakeUpstream()
    await using server = await startServer()
    await prepare(server, upstream)
    const { key } = await server.addKey()
    upstream.always(() => ({ usage }))
    await call(server, '/v1/messages', { key })
    const prices = { input: 1, output: 1, web_search: '20' }
    const model = { id: claude, name: 'Claude', provider: 'Anthropic', prices }
    const shown = await server.api<{ prices: object }>('POST', '/admin/models', model)
    assert.deepEqual({ ...shown.prices, ...prices, web_search: 20, file_search: 0 }, shown.prices)
    const from = new Date(Date.now() - 3_600_000).toISOString()
    const to = new Date(Date.now() + 3_600_000).toISOString()
    await server.api('POST', '/admin/usage/reprice', { from, to })
    const [listed] = await server.api<ListedCall[]>('GET', '/admin/usage/records')
    assert.equal(listed?.cost_nanos, 1_000_000_000 + 3 * 2 * webSearch)
  })

  test('beyond a limit of cost are charged to nobody, and said', async () => {
    await using upstream = await startFakeUpstream()
    await using server = await startServer()
    await prepare(server, upstream)
    const { key } = await server.addKey({ limits: [{ what: 'cost', per: 'total', max: 0.025 }] })
    upstream.always(() => ({ usage: { ...usage, input: 100 } }))
    const listed = await call(server, '/v1/messages', { key })
    assert.deepEqual([listed.web_searches, listed.input_tokens], [2, 100])
    assert.equal(listed.failed_cost_nanos, webSearch)
    assert.ok(listed.cost_nanos <= 25_000_000)
  })
})
