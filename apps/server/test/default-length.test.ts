/** Anthropic must be told how long a reply may become. The model's own limit counts, and what the client says below it. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type FakeUpstream, fetchWhole, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

describe('the length of replies', () => {
  let upstream: FakeUpstream
  let server: TestServer
  let key: string
  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer()
    const models = ['claude-3-opus-20240229', 'claude-3-5-haiku-20241022', 'claude-sonnet-4-5', 'small-window']
    const account = { name: 'a', kind: 'anthropic', base_url: upstream.url, api_key: 'x' }
    await server.addAccount({
      ...account,
      models: { ...Object.fromEntries(models.map((id) => [id, id])), old: models[0] },
    })
    await server.api('POST', '/admin/models', { id: 'small-window', name: 's', provider: 'p', context_limit: 8000 })
    key = (await server.addKey()).key
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })

  for (const [model, said, expected] of [
    ['claude-3-opus-20240229', {}, 4_096],
    ['old', {}, 4_096],
    ['claude-3-5-haiku-20241022', {}, 8_192],
    ['claude-sonnet-4-5', {}, 32_000],
    ['claude-sonnet-4-5', { reasoning_effort: 'high' }, 56_576],
    ['small-window', {}, 4_000],
    ['claude-3-opus-20240229', { max_tokens: 5_000 }, 4_096],
    ['claude-3-opus-20240229', { max_tokens: 3_000 }, 3_000],
    ['small-window', { max_tokens: 6_000 }, 6_000],
  ] as const) {
    test(`${model}, ${JSON.stringify(said)}: ${expected}`, async () => {
      const reply = await fetchWhole(`${server.url}/v1/chat/completions`, {
        headers: { 'x-api-key': key },
        body: { model, messages: [{ role: 'user', content: 'hi' }], ...said },
      })
      assert.equal(reply.status, 200, reply.text)
      const sent = JSON.parse(upstream.received.at(-1)?.body.toString() ?? '{}') as { max_tokens: number }
      assert.equal(sent.max_tokens, expected)
    })
  }
})
