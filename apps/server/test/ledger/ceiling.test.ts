/** What arrives in one piece cannot be ended in its middle: the upstream is told how long it may become. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { fetchWhole, type FakeUpstream, startFakeUpstream } from '@parley/testkit'
import { isObject, type JsonObject } from '@parley/wires'
import { startServer, type TestServer } from '../harness.ts'
import { toldLimit } from './told-limit.ts'

const doors = {
  anthropic: { path: '/v1/messages', model: 'claude-sonnet-4-5', kind: 'anthropic', field: 'max_tokens' },
  'openai-chat': { path: '/v1/chat/completions', model: 'gpt-5', kind: 'openai', field: 'max_completion_tokens' },
  'openai-responses': { path: '/v1/responses', model: 'gpt-5', kind: 'openai', field: 'max_output_tokens' },
  gemini: {
    path: '/v1beta/models/gemini-2.5-pro:generateContent',
    model: 'gemini-2.5-pro',
    kind: 'gemini',
    field: 'maxOutputTokens',
  },
} as const
type Door = keyof typeof doors

describe('the length of replies near a limit', () => {
  let upstream: FakeUpstream
  let server: TestServer
  const bodies: JsonObject[] = []

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer()
    for (const kind of ['anthropic', 'openai', 'gemini'] as const) {
      const models = [...new Set(Object.values(doors).flatMap((door) => (door.kind === kind ? [door.model] : [])))]
      const spoken = kind === 'openai' ? { wires: ['openai-chat', 'openai-responses'] } : {}
      await server.addAccount({ name: kind, kind, base_url: upstream.url, api_key: 'sk', models, ...spoken })
    }
    const crossed = { name: 'crossed', kind: 'anthropic', base_url: upstream.url, api_key: 'sk', models: ['crossed'] }
    await server.addAccount(crossed)
  })
  beforeEach(() => {
    bodies.length = 0
    // Models that go on for as long as they may.
    upstream.always(({ body }) => {
      bodies.push(body)
      return { words: 20, usage: { input: 40, output: Math.min(toldLimit(body) ?? 90_000, 90_000) }, finish: 'length' }
    })
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })

  const ask = (wire: Door, key: string, fields: JsonObject = {}) => {
    const { path, model } = doors[wire]
    const messages = [{ role: 'user', content: 'hello' }]
    const body = {
      anthropic: { model, messages, max_tokens: 64_000 },
      'openai-chat': { model, messages },
      'openai-responses': { model, input: 'hello', store: false },
      gemini: { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
    }[wire]
    return fetchWhole(server.url + path, { body: { ...body, ...fields }, headers: { 'x-api-key': key } })
  }
  const usedBy = async (keyId: string) => {
    const rows = (await server.settledRecords()).filter((row) => row.key_id === keyId)
    return {
      tokens: rows.reduce((sum, row) => sum + row.input_tokens + row.output_tokens, 0),
      nanos: rows.reduce((sum, row) => sum + row.charged_nanos, 0),
    }
  }

  for (const wire of Object.keys(doors) as Door[]) {
    test(`${wire}: whole replies end within the tokens that are left`, async () => {
      const { id, key } = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 20_000 }] })
      let calls = 0
      while ((await ask(wire, key)).status === 200) calls += 1
      const { tokens } = await usedBy(id)
      assert.ok(calls > 1 && tokens > 19_000 && tokens <= 20_000, `${calls} calls, ${tokens} tokens`)
      for (const body of bodies) assert.ok((toldLimit(body) ?? Infinity) <= 20_000, JSON.stringify(body))
      const said = bodies[0]?.generationConfig ?? bodies[0]
      assert.equal(typeof (said as JsonObject)[doors[wire].field], 'number')
    })

    test(`${wire}: and within the money`, async () => {
      const { id, key } = await server.addKey({ limits: [{ what: 'cost', per: 'total', max: 0.2 }] })
      while ((await ask(wire, key)).status === 200);
      const { nanos } = await usedBy(id)
      assert.ok(nanos > 180_000_000 && nanos <= 200_000_000, `${nanos} nano-dollars`)
    })
  }

  test('many at once stay within the limit together', async () => {
    const { id, key } = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 30_000 }] })
    const replies = await Promise.all(Array.from({ length: 12 }, () => ask('openai-chat', key)))
    assert.ok(replies.some(({ status }) => status === 200))
    const { tokens } = await usedBy(id)
    assert.ok(tokens > 15_000 && tokens <= 30_000, `${tokens} tokens`)
  })

  test('a translated reply is kept as short', async () => {
    const { id, key } = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 9_000 }] })
    assert.match((await ask('openai-chat', key, { model: 'crossed' })).text, /"finish_reason":"length"/)
    assert.ok((await usedBy(id)).tokens <= 9_000)
    assert.ok((toldLimit(bodies[0] ?? {}) ?? 0) > 1_000)
  })

  test('a stream is told what has not been used', async () => {
    const { id, key } = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 9_000 }] })
    assert.equal((await ask('anthropic', key, { stream: true })).status, 200)
    const told = toldLimit(bodies[0] ?? {}) ?? 0
    assert.ok(told > 8_500 && told < 9_000, `${told}`)
    assert.ok((await usedBy(id)).tokens <= 9_000)
  })

  test('never more than the client asked, and every other byte is its own', async () => {
    const { key } = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 500_000 }] })
    const said = { max_tokens: 300, metadata: { user_id: 'u' }, unknown_field: 1.0 }
    assert.equal((await ask('anthropic', key, said)).status, 200)
    const expected = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'hello' }], ...said }
    assert.equal(upstream.received.at(-1)?.body.toString(), JSON.stringify(expected))
    assert.equal((await ask('anthropic', key, { ...said, max_tokens: 1 })).status, 200)
    assert.equal(toldLimit(bodies.at(-1) ?? {}), 1)
  })

  test('Gemini’s other spelling is told in the same words, and not twice', async () => {
    const { key } = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 9_000 }] })
    const said = { generation_config: { temperature: 0.5, max_output_tokens: 64_000 } }
    assert.equal((await ask('gemini', key, said)).status, 200)
    const { generationConfig, generation_config: told } = bodies.at(-1) ?? {}
    assert.equal(generationConfig, undefined)
    assert.ok(isObject(told) && told.temperature === 0.5)
    assert.ok(Number(told.max_output_tokens) < 9_000, JSON.stringify(told))
  })

  test('choices share what is left, and a budget of thinking fits under it', async () => {
    const { key } = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 20_000 }] })
    await ask('openai-chat', key, { n: 4, max_tokens: 8_000 })
    assert.ok((toldLimit(bodies.at(-1) ?? {}) ?? 0) <= 5_000)
    assert.equal(bodies.at(-1)?.max_completion_tokens, undefined)
    const other = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 10_000 }] })
    await ask('anthropic', other.key, { thinking: { type: 'enabled', budget_tokens: 32_000 } })
    const { thinking } = bodies.at(-1) ?? {}
    assert.ok(isObject(thinking) && Number(thinking.budget_tokens) < (toldLimit(bodies.at(-1) ?? {}) ?? 0))
  })
})
