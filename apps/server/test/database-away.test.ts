/**
 * PostgreSQL is stopped for a while, or falls silent, and comes back: what callers are told meanwhile, and that nothing
 * needs a restart.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fetchWhole, type FakeUpstream, startEmbeddedPostgres, startFakeUpstream } from '@parley/testkit'
import { type AwayServer, waysToBeAway } from './away-server.ts'
import { startServer, type TestServer } from './harness.ts'

const skip = process.env['TEST_POSTGRES_URL'] ? false : 'no PostgreSQL: TEST_POSTGRES_URL is not set'
const text = 'The database cannot be reached at the moment. Try again shortly.'
const question = [{ role: 'user', content: 'hello' }]

const doors = {
  anthropic: {
    path: '/v1/messages',
    body: { model: 'claude-sonnet-4-5', max_tokens: 100, messages: question },
    error: { type: 'error', error: { type: 'api_error', message: text } },
  },
  'openai-chat': {
    path: '/v1/chat/completions',
    body: { model: 'claude-sonnet-4-5', messages: question },
    error: { error: { message: text, type: 'server_error', param: null, code: 'database_unavailable' } },
  },
  'openai-responses': {
    path: '/v1/responses',
    body: { model: 'claude-sonnet-4-5', input: 'hello' },
    error: { error: { message: text, type: 'server_error', param: null, code: 'database_unavailable' } },
  },
  gemini: {
    path: '/v1beta/models/claude-sonnet-4-5:generateContent',
    body: { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
    error: { error: { code: 503, message: text, status: 'UNAVAILABLE' } },
  },
} as const

for (const [name, start] of Object.entries(waysToBeAway))
  describe(`while PostgreSQL ${name}`, { skip }, () => {
    const cleanUp = new AsyncDisposableStack()
    let postgres: AwayServer
    let upstream: FakeUpstream
    let server: TestServer
    let key = ''
    let limited = ''

    before(async () => {
      postgres = await start(cleanUp.use(await startEmbeddedPostgres()), cleanUp)
      upstream = await startFakeUpstream()
      cleanUp.defer(() => upstream.close())
      const env = { DATABASE_TIMEOUT_MS: '500' }
      server = cleanUp.use(await startServer({ database: { kind: 'postgres', url: postgres.url }, env }))
      const models = ['claude-sonnet-4-5']
      await server.addAccount({ name: 'a', kind: 'anthropic', base_url: upstream.url, api_key: 'sk', models })
      key = (await server.addKey()).key
      limited = (await server.addKey({ limits: [{ what: 'requests', per: 'day', max: 1000 }] })).key
      for (const each of [key, limited]) assert.equal((await ask('anthropic', each)).status, 200)
      await postgres.goAway()
    })
    after(() => cleanUp.disposeAsync())

    const ask = (wire: keyof typeof doors, apiKey: string, fields: object = {}) => {
      const { path, body } = doors[wire]
      return fetchWhole(server.url + path, { body: { ...body, ...fields }, headers: { 'x-api-key': apiKey } })
    }
    const comeBack = async () => {
      await postgres.comeBack()
      while ((await fetchWhole(`${server.url}/health`, { method: 'GET' })).status !== 200);
    }
    const isToldToComeAgain = (reply: Awaited<ReturnType<typeof fetchWhole>>) => {
      assert.equal(reply.status, 503, reply.text)
      assert.equal(reply.headers['retry-after'], '5')
    }

    for (const wire of ['anthropic', 'openai-chat', 'openai-responses', 'gemini'] as const) {
      test(`${wire}: a call is told to come again, in the form of its door`, async () => {
        for (const fields of [{}, wire === 'gemini' ? {} : { stream: true }]) {
          const reply = await ask(wire, key, fields)
          isToldToComeAgain(reply)
          assert.partialDeepStrictEqual(reply.json, doors[wire].error)
        }
      })
    }

    test('so is a call with a limit, and one with a key that has not been seen', async () => {
      isToldToComeAgain(await ask('anthropic', limited))
      isToldToComeAgain(await ask('anthropic', 'cr_0123456789012345678901234567890123456789'))
      assert.equal(upstream.served.length, 2)
    })

    test('and the API’s routes, in the caller’s language, with and without the envelope', async () => {
      const headers = { authorization: `Bearer ${server.token}` }
      const [reading, writing, chinese, bare] = await Promise.all([
        fetchWhole(`${server.url}/api/conversations`, { method: 'GET', headers }),
        fetchWhole(`${server.url}/api/auth/login`, {
          body: { email: 'admin@example.com', password: 'wrong password' },
        }),
        fetchWhole(`${server.url}/admin/usage/records`, {
          method: 'GET',
          headers: { ...headers, 'accept-language': 'zh' },
        }),
        fetchWhole(`${server.url}/bare/api/conversations`, { method: 'GET', headers }),
      ])
      for (const reply of [reading, writing, chinese, bare]) isToldToComeAgain(reply)
      assert.partialDeepStrictEqual(reading.json, { success: false, code: 'database_unavailable', error: text })
      assert.partialDeepStrictEqual(chinese.json, { error: '数据库暂时无法访问，请稍后再试。' })
      assert.deepEqual(bare.json, { error: text })
    })

    test('afterwards everything works again, and what ended meanwhile is in the ledger', async () => {
      await comeBack()
      for (const wire of ['anthropic', 'openai-chat', 'openai-responses', 'gemini'] as const)
        assert.equal((await ask(wire, key)).status, 200)
      upstream.always({ words: 5, firstEventAfterMs: 300 })
      const running = ask('anthropic', limited, { stream: true })
      while (upstream.served.length < 7) await new Promise((resolve) => setTimeout(resolve, 5))
      await postgres.goAway()
      assert.equal((await running).status, 200)
      isToldToComeAgain(await ask('anthropic', limited))
      await comeBack()
      const rows = await server.settledRecords()
      assert.deepEqual([rows.length, rows.filter(({ end_reason: reason }) => reason === 'done').length], [7, 7])
    })
  })
