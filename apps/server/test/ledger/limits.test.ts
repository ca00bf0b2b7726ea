import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type FakeUpstream, fetchWhole, parseSse, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from '../harness.ts'

const question = [{ role: 'user', content: 'hello' }]
const doors = {
  anthropic: {
    path: '/v1/messages',
    model: 'claude-sonnet-4-5',
    body: { max_tokens: 64_000, messages: question },
    kind: 'anthropic',
    reason: /"stop_reason":"max_tokens"/,
    last: 'message_stop',
  },
  'openai-chat': {
    path: '/v1/chat/completions',
    model: 'gpt-5',
    body: { messages: question },
    kind: 'openai',
    reason: /"finish_reason":"length"/,
    last: '[DONE]',
  },
  'openai-responses': {
    path: '/v1/responses',
    model: 'gpt-5',
    body: { input: 'hello' },
    kind: 'openai',
    reason: /"reason":"max_output_tokens"/,
    last: 'response.incomplete',
  },
  gemini: {
    path: '/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
    model: 'gemini-2.5-pro',
    body: { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
    kind: 'gemini',
    reason: /"finishReason":"MAX_TOKENS"/,
    last: 'MAX_TOKENS',
  },
} as const

describe('limits at the relay’s doors', () => {
  let upstream: FakeUpstream
  let server: TestServer

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer()
    for (const kind of ['anthropic', 'openai', 'gemini'] as const) {
      const models = [...new Set(Object.values(doors).flatMap((door) => (door.kind === kind ? [door.model] : [])))]
      await server.addAccount({ name: kind, kind, base_url: upstream.url, api_key: 'sk', models })
    }
    await server.addAccount({
      name: 'crossed',
      kind: 'anthropic',
      base_url: upstream.url,
      api_key: 'sk',
      models: ['crossed'],
    })
  })
  beforeEach(() => upstream.clear())
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })

  const keyWith = async (...limits: object[]) => (await server.addKey({ limits })).key
  const ask = (wire: keyof typeof doors, key: string, fields: object = {}) => {
    const { path, model, body } = doors[wire]
    const named = wire === 'gemini' ? body : { ...body, model, stream: true }
    return fetchWhole(server.url + path, { body: { ...named, ...fields }, headers: { 'x-api-key': key } })
  }

  for (const wire of ['anthropic', 'openai-chat', 'openai-responses', 'gemini'] as const) {
    test(`${wire}: a reply that outgrows its limit is ended for its length, and the row says so`, async () => {
      const key = await keyWith({ what: 'tokens', per: 'total', max: 900 })
      upstream.always({ words: 20_000, split: 4096, eventEveryMs: 1 })
      const reply = await ask(wire, key)
      assert.equal(reply.status, 200)
      assert.equal(reply.error, undefined)
      assert.match(reply.text, doors[wire].reason)
      const last = parseSse(reply.text).at(-1)
      assert.ok(`${last?.event} ${last?.data}`.includes(doors[wire].last), reply.text.slice(-300))
      const row = (await server.settledRecords()).at(-1)
      assert.equal(row?.end_reason, 'limit_reached')
      const tokens = (row?.input_tokens ?? 0) + (row?.output_tokens ?? 0)
      assert.ok(tokens > 600 && tokens <= 900, `${tokens} tokens`)
    })
  }

  test('a translated reply is ended in the caller’s own wire', async () => {
    const key = await keyWith({ what: 'tokens', per: 'total', max: 1000 })
    upstream.always({ words: 20_000, split: 4096, eventEveryMs: 1 })
    const reply = await ask('openai-chat', key, { model: 'crossed' })
    assert.match(reply.text, /"finish_reason":"length"/)
    assert.equal(parseSse(reply.text).at(-1)?.data, '[DONE]')
    assert.equal((await server.settledRecords()).at(-1)?.end_reason, 'limit_reached')
  })

  test('a reply that stays within its limit is not touched', async () => {
    const key = await keyWith({ what: 'tokens', per: 'total', max: 100_000 })
    upstream.always({ words: 3000 })
    const reply = await ask('anthropic', key)
    assert.match(reply.text, /"stop_reason":"end_turn"/)
    assert.equal((await server.settledRecords()).at(-1)?.end_reason, 'done')
  })

  test('a limit that is reached is a 429 in the form of the door, with the time to wait', async () => {
    const key = await keyWith({ what: 'requests', per: 'day', max: 1 })
    assert.equal((await ask('anthropic', key)).status, 200)
    const refused = await ask('anthropic', key)
    assert.equal(refused.status, 429)
    assert.equal((refused.json as { error: { type: string } }).error.type, 'rate_limit_error')
    assert.ok(Number(refused.headers['retry-after']) > 0)
    assert.equal((await ask('openai-chat', key)).status, 429)
  })

  test('of many calls at once exactly as many pass as the limit says', async () => {
    const key = await keyWith(
      { what: 'requests', per: 'total', max: 37 },
      { what: 'concurrency', per: 'total', max: 500 },
    )
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, call) => ask(call % 2 ? 'anthropic' : 'openai-chat', key)),
    )
    assert.equal(replies.filter(({ status }) => status === 200).length, 37)
    assert.equal(replies.filter(({ status }) => status === 429).length, 163)
    assert.equal(upstream.served.length, 37)
  })

  test('an account whose own limit is reached leaves the call to another one', async () => {
    const other = await server.addAccount({
      name: 'other',
      kind: 'anthropic',
      base_url: upstream.url,
      api_key: 'sk-other',
      models: ['crossed'],
      priority: 60,
    })
    const first = server.app.upstreams.admin.list().find(({ name }) => name === 'crossed')
    await server.app.ledger.rules.add({
      subjectKind: 'account',
      subjectId: first?.id ?? '',
      what: 'requests',
      per: 'total',
      max: 2,
    })
    const { key } = await server.addKey()
    const calls = 4
    for (let call = 0; call < calls; call += 1)
      assert.equal((await ask('anthropic', key, { model: 'crossed' })).status, 200)
    const rows = (await server.settledRecords()).slice(-calls)
    assert.ok(rows.filter((row) => row.account_id === other.id).length >= 2)
  })
})
