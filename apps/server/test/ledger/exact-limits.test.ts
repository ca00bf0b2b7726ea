/** No limit is passed by one, however replies arrive and whatever upstreams have counted. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { fetchWhole, type FakeUpstream, parseSse, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from '../harness.ts'

const redis = process.env['TEST_REDIS_URL']
const states = [
  { name: 'memory', env: {}, skip: false as const },
  {
    name: 'Redis',
    env: { REDIS_URL: redis ?? '' },
    skip: redis ? (false as const) : 'no Redis: TEST_REDIS_URL is not set',
  },
]
const messages = [{ role: 'user' as const, content: 'hello' }]
const model = 'claude-sonnet-4-5'

for (const { name, env, skip } of states) {
  describe(`exact limits in ${name}`, { skip }, () => {
    let upstream: FakeUpstream
    let server: TestServer

    before(async () => {
      upstream = await startFakeUpstream()
      server = await startServer({ env })
      const account = { kind: 'anthropic', base_url: upstream.url, api_key: 'sk' }
      await server.addAccount({ ...account, name: 'own', models: [model] })
      // Asked in OpenAI's wire, so that the reply is translated.
      await server.addAccount({ ...account, name: 'crossed', models: ['crossed'] })
    })
    after(async () => {
      await server?.[Symbol.asyncDispose]()
      await upstream?.close()
    })

    const stream = (key: string, asked = model) =>
      fetchWhole(server.url + (asked === model ? '/v1/messages' : '/v1/chat/completions'), {
        body: { model: asked, stream: true, messages, ...(asked === model && { max_tokens: 4_000 }) },
        headers: { 'x-api-key': key },
      })
    const rowsOf = async (keyId: string) => (await server.settledRecords()).filter((row) => row.key_id === keyId)
    const tokensOf = (row: { input_tokens: number; output_tokens: number; thinking_tokens: number }) =>
      row.input_tokens + row.output_tokens + row.thinking_tokens
    const failedOf = (requestId: string) =>
      server.app.store.database
        .selectFrom('failed_attempt')
        .selectAll()
        .where('request_id', '=', requestId)
        .executeTakeFirst()

    for (const asked of [model, 'crossed']) {
      test(`streams of ${asked} that come in one piece, many at once, end at the limit of tokens`, async () => {
        const { id, key } = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 3_000 }] })
        upstream.always({ bytes: 6_000 })
        const replies = await Promise.all(Array.from({ length: 12 }, () => stream(key, asked)))
        assert.ok(replies.some(({ status }) => status === 200))
        const rows = await rowsOf(id)
        assert.ok(rows.some((row) => row.end_reason === 'limit_reached'))
        const tokens = rows.reduce((sum, row) => sum + tokensOf(row), 0)
        // Those that come in the very same moment hold what the others lack: some end, and leave it to the others.
        assert.ok(tokens > 1_500 && tokens <= 3_000, `${tokens} tokens`)
      })
    }

    test('and at the limit of money, to the nano-dollar', async () => {
      const { id, key } = await server.addKey({ limits: [{ what: 'cost', per: 'total', max: 0.03 }] })
      upstream.always({ bytes: 4_000 })
      while ((await Promise.all(Array.from({ length: 6 }, () => stream(key)))).some(({ status }) => status === 200));
      const nanos = (await rowsOf(id)).reduce((sum, row) => sum + row.charged_nanos, 0)
      assert.ok(nanos > 15_000_000 && nanos <= 30_000_000, `${nanos} nano-dollars`)
    })

    test('thinking that nobody saw is charged as far as the limit has it, and the rest is kept beside', async () => {
      const { id, key } = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 2_000 }] })
      upstream.always({ words: 20, usage: { input: 40, output: 20, thinking: 5_000 } })
      const reply = await stream(key)
      assert.match(reply.text, /"stop_reason":"max_tokens"/)
      const [row] = await rowsOf(id)
      assert.ok(row)
      assert.equal(tokensOf(row), 2_000)
      const beyond = await failedOf(row.id)
      assert.equal(tokensOf(row) + (beyond?.input_tokens ?? 0) + (beyond?.output_tokens ?? 0), 5_060)
      assert.equal((await stream(key)).status, 429)
    })

    test('a whole reply to more input than was thought is charged up to the limit', async () => {
      const { id, key } = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 2_000 }] })
      upstream.always({ words: 5, usage: { input: 90_000 } })
      const body = { model, max_tokens: 100, messages }
      const reply = await fetchWhole(`${server.url}/v1/messages`, { body, headers: { 'x-api-key': key } })
      assert.equal(reply.status, 200)
      const [row] = await rowsOf(id)
      assert.ok(row)
      assert.equal(tokensOf(row), 2_000)
      assert.equal((await failedOf(row.id))?.input_tokens, 90_000 - row.input_tokens)
    })

    test('what does not fit does not reach the caller, and its own SDK can read the end', async () => {
      const { id, key } = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 600 }] })
      upstream.always({ words: 5_000, split: 1_500, eventEveryMs: 1 })
      const client = new Anthropic({ baseURL: server.url, apiKey: key, maxRetries: 0 })
      const message = await client.messages.stream({ model, max_tokens: 4_000, messages }).finalMessage()
      assert.equal(message.stop_reason, 'max_tokens')
      const [row] = await rowsOf(id)
      assert.ok(row && tokensOf(row) > 500 && tokensOf(row) <= 600)
      const text = message.content.map((block) => (block.type === 'text' ? block.text : '')).join('')
      assert.ok(text.length > 0 && Math.ceil(text.length / 3.5) <= row.output_tokens, `${text.length} characters`)
    })

    test('a first piece that does not fit is a stream of its own, well ended', async () => {
      const { key } = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 100 }] })
      for (const [asked, last] of [
        [model, '"type":"message_stop"'],
        ['crossed', '[DONE]'],
      ] as const) {
        upstream.always({ bytes: 16_000 })
        const reply = await stream(key, asked)
        assert.equal(reply.status, 200)
        assert.ok(reply.text.length < 3_000, `${reply.text.length} characters`)
        const events = parseSse(reply.text)
        assert.ok(events.at(-1)?.data.includes(last), reply.text)
        assert.equal(events.filter(({ data }) => data.includes('message_start')).length, asked === model ? 1 : 0)
      }
    })
  })
}
