import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type FakeUpstream, fetchWhole, forEachDatabase, readSse, send, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

const anthropicBody = { model: 'claude-sonnet-4-5', max_tokens: 100, messages: [{ role: 'user', content: '你好' }] }
const openaiBody = { model: 'gpt-5', messages: [{ role: 'user', content: '你好' }] }

const doors = [
  { name: 'Anthropic Messages', path: '/v1/messages', body: anthropicBody, kind: 'anthropic' },
  { name: 'OpenAI Chat', path: '/v1/chat/completions', body: openaiBody, kind: 'openai' },
] as const

/** The fake upstream numbers its replies; a heart-beat may come in between on a slow machine. */
const withoutIds = (text: string) => text.replace(/fake\w+/g, 'fake').replaceAll(': ping\n\n', '')

forEachDatabase('the relay', (database) => {
  let upstream: FakeUpstream
  let server: TestServer
  /** Its time-outs are so short that a busy machine would trip over them anywhere else. */
  let hasty: TestServer
  let key: string
  let hastyKey: string

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer({ database, env: { DRAIN_MS: '300' } })
    hasty = await startServer({
      env: {
        MAX_BODY_BYTES: '65536',
        PROVIDER_MAX_IDLE_MS: '800',
        PROVIDER_FIRST_BYTE_TIMEOUT_MS: '900',
        SSE_HEARTBEAT_INTERVAL_MS: '200',
      },
    })
    for (const { kind, body } of doors) {
      const account = { name: kind, kind, base_url: upstream.url, api_key: `sk-${kind}`, models: [body.model] }
      await server.addAccount(account)
      await hasty.addAccount(account)
    }
    key = (await server.addKey()).key
    hastyKey = (await hasty.addKey()).key
  })
  beforeEach(async () => {
    upstream.clear()
    await server.settledRecords()
    await server.app.store.database.deleteFrom('usage_record').execute()
    for (const { app } of [server, hasty])
      for (const { id } of app.upstreams.admin.list()) app.upstreams.admin.reset(id)
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await hasty?.[Symbol.asyncDispose]()
    await upstream?.close()
  })

  const post = (path: string, body: object, headers: { [name: string]: string } = {}) =>
    fetchWhole(server.url + path, { body, headers: { 'x-api-key': key, ...headers } })

  const hurry = (path: string, body: object) =>
    fetchWhole(hasty.url + path, { body, headers: { 'x-api-key': hastyKey } })

  for (const { name, path, body, kind } of doors) {
    describe(name, () => {
      for (const isStream of [true, false]) {
        test(`${isStream ? 'a stream' : 'a whole reply'} passes byte for byte, and the ledger has what the upstream counted`, async () => {
          const asked = {
            ...body,
            stream: isStream,
            ...(kind === 'openai' && isStream && { stream_options: { include_usage: true } }),
          }
          const direct = await fetchWhole(upstream.url + path, { body: asked })
          upstream.clear()
          const reply = await post(path, asked)
          assert.equal(reply.status, 200)
          assert.equal(reply.headers['content-type'], direct.headers['content-type'])
          assert.equal(withoutIds(reply.text), withoutIds(direct.text))
          const [received] = upstream.received
          assert.equal(received?.body.toString(), JSON.stringify(asked))
          assert.equal(received?.credential, `sk-${kind}`)
          const [row] = await server.settledRecords()
          const { usage } = upstream.served[0] ?? assert.fail()
          assert.equal(row?.end_reason, 'done')
          assert.equal(row?.usage_source, 'upstream')
          assert.deepEqual([row?.input_tokens, row?.output_tokens], [usage.input, usage.output])
        })
      }

      test('every cut of the stream into bytes gives the same bytes and the same usage', async () => {
        const asked = { ...body, stream: true }
        upstream.script({}, { split: 1 }, { split: 7 }, { lineEnd: 'crlf', split: 3 })
        const whole = await post(path, asked)
        for (let round = 0; round < 2; round += 1)
          assert.equal(withoutIds((await post(path, asked)).text), withoutIds(whole.text))
        assert.equal(withoutIds((await post(path, asked)).text).replaceAll('\r\n', '\n'), withoutIds(whole.text))
        const rows = await server.settledRecords()
        const { usage } = upstream.served[0] ?? assert.fail()
        assert.deepEqual(
          rows.map((row) => row.output_tokens),
          Array(4).fill(usage.output),
        )
      })

      test('an error before the first content has its own status, and the body is the upstream’s', async () => {
        upstream.always({ error: 400 })
        const direct = await fetchWhole(upstream.url + path, { body })
        const reply = await post(path, { ...body, stream: true })
        assert.equal(reply.status, 400)
        assert.deepEqual(reply.json, direct.json)
        const [row] = await server.settledRecords()
        assert.deepEqual([row?.end_reason, row?.http_status, row?.output_tokens], ['upstream_error', 400, 0])
      })

      test('a credential that the upstream refuses is not shown as the caller’s own fault', async () => {
        upstream.always({ error: 401 })
        const reply = await post(path, body)
        assert.equal(reply.status, 503)
        assert.doesNotMatch(reply.text, /sk-/)
      })

      for (const [what, behaviour] of [
        ['a page of HTML with 200', { contentType: 'text/html', error: { status: 502, body: 'html' }, status: 200 }],
        ['an empty body', { error: { status: 500, body: 'empty' } }],
        ['a connection reset', { reset: true }],
      ] as const) {
        test(`${what} becomes an error in this wire’s form`, async () => {
          upstream.always(behaviour)
          const reply = await post(path, { ...body, stream: true })
          assert.ok(reply.status >= 500, String(reply.status))
          assert.equal(typeof (reply.json as { error: { message: unknown } }).error.message, 'string')
        })
      }

      test('a stream that is cut after its first content ends with an error event, never cleanly', async () => {
        upstream.always({ words: 30, cut: { afterEvents: 8 } })
        const reply = await post(path, { ...body, stream: true })
        assert.equal(reply.status, 200)
        assert.match(reply.text, /"error"/)
        assert.doesNotMatch(reply.text, /message_stop|\[DONE\]/)
        const [row] = await server.settledRecords()
        assert.equal(row?.end_reason, 'upstream_cut')
        assert.ok((row?.output_tokens ?? 0) > 0, 'what was streamed is counted')
      })

      test('a whole reply that is cut is an error with a status', async () => {
        upstream.always({ words: 200, cut: { afterEvents: 1 } })
        assert.equal((await post(path, body)).status, 502)
      })

      test('an upstream that falls silent is given up, with an error event; before that there are heart-beats', async () => {
        upstream.always({ words: 30, stall: { afterEvents: 8 } })
        const reply = await hurry(path, { ...body, stream: true })
        assert.match(reply.text, /: ping\n\n/)
        assert.match(reply.text, /fell silent/)
        const row = (await hasty.settledRecords()).at(-1)
        assert.equal(row?.end_reason, 'idle_timeout')
      })

      test('an upstream that never answers is given up with 504 for a whole reply', async () => {
        upstream.always({ stall: 'before-headers' })
        assert.equal((await hurry(path, body)).status, 504)
        const row = (await hasty.settledRecords()).at(-1)
        assert.equal(row?.end_reason, 'first_byte_timeout')
      })

      test('a client that leaves ends the upstream call, and is billed for what it got', async () => {
        upstream.always({ words: 2000, eventEveryMs: 5 })
        const response = await send(server.url + path, {
          body: { ...body, stream: true },
          headers: { 'x-api-key': key },
        })
        let events = 0
        for await (const _event of readSse(response)) if (++events === 10) break
        const [row] = await server.settledRecords()
        assert.deepEqual([row?.end_reason, row?.http_status], ['client_gone', 499])
        assert.ok((row?.output_tokens ?? 0) >= 8)
        await upstream.idle()
        assert.equal(upstream.served[0]?.outcome, 'closed-by-peer')
      })

      test('a slow reader holds the upstream back', async () => {
        const size = 64 * 1024 * 1024
        upstream.always({ bytes: size })
        const response = await send(server.url + path, {
          body: { ...body, stream: true },
          headers: { 'x-api-key': key },
        })
        await new Promise((resolve) => response.once('readable', resolve))
        const served = upstream.served[0] ?? assert.fail()
        let last = -1
        while (last !== served.takenBytes) {
          last = served.takenBytes
          await new Promise((resolve) => setTimeout(resolve, 150))
        }
        assert.ok(last < size / 2, `${last} bytes were taken while nobody read`)
        response.destroy()
        await server.settledRecords()
      })

      test('a failure before the first content goes to another account that the client never notices', async () => {
        const second = await startFakeUpstream()
        try {
          const account = await server.addAccount({
            name: 'second',
            kind,
            base_url: second.url,
            api_key: 'sk-2',
            models: [body.model],
            priority: 60,
          })
          upstream.always({ error: 529 })
          const reply = await post(path, { ...body, stream: true })
          assert.equal(reply.status, 200)
          assert.equal(second.served.length, 1)
          const [row] = await server.settledRecords()
          assert.deepEqual([row?.attempts, row?.account_id], [2, account.id])
          await server.api('DELETE', `/admin/accounts/${account.id}`)
        } finally {
          await second.close()
        }
      })
    })
  }

  test('a client that did not ask for the usage of an OpenAI stream does not see it, and the ledger has it', async () => {
    const reply = await post('/v1/chat/completions', { ...openaiBody, stream: true })
    assert.doesNotMatch(reply.text, /"choices":\[\]/)
    const [row] = await server.settledRecords()
    assert.equal(row?.usage_source, 'upstream')
    assert.equal(row?.output_tokens, upstream.served[0]?.usage.output)
  })

  test('a mapped model changes only the model in the body', async () => {
    const account = await server.addAccount({
      name: 'mapped',
      kind: 'anthropic',
      base_url: upstream.url,
      api_key: 'x',
      models: { nice: 'claude-sonnet-4-5' },
    })
    const reply = await post('/v1/messages', { ...anthropicBody, model: 'nice' })
    assert.equal(reply.status, 200)
    assert.equal(upstream.received[0]?.body.toString(), JSON.stringify(anthropicBody))
    await server.api('DELETE', `/admin/accounts/${account.id}`)
  })

  for (const [what, headers, code] of [
    ['no key', {}, 'key_missing'],
    ['an unknown key', { authorization: 'Bearer cr_0000' }, 'key_invalid'],
  ] as const) {
    test(`${what} is a 401 in each wire’s form`, async () => {
      const anthropic = await fetchWhole(`${server.url}/v1/messages`, { body: anthropicBody, headers })
      assert.equal(anthropic.status, 401)
      assert.equal((anthropic.json as { type: string }).type, 'error')
      const openai = await fetchWhole(`${server.url}/v1/chat/completions`, { body: openaiBody, headers })
      assert.equal(openai.status, 401)
      assert.equal((openai.json as { error: { code: string } }).error.code, code)
    })
  }

  for (const [what, body, field] of [
    ['no model', { messages: [] }, 'model'],
    ['a stream that is no boolean', { ...anthropicBody, stream: 'yes' }, 'stream'],
  ] as const) {
    test(`${what}: 400 that names the field`, async () => {
      const reply = await post('/v1/messages', body)
      assert.equal(reply.status, 400)
      assert.match(reply.text, new RegExp(field))
    })
  }

  test('a body that is too large is a 413 that names the limit of the relay', async () => {
    for (const { path, body } of doors) {
      const reply = await hurry(path, { ...body, padding: ' '.repeat(65_536) })
      assert.equal(reply.status, 413)
      assert.match(reply.text, /65536 bytes/)
    }
    assert.equal(
      (await post('/v1/messages', { ...anthropicBody, metadata: { padding: ' '.repeat(2_000_000) } })).status,
      200,
    )
  })

  test('a model whose id has slashes is found by it, as it is and encoded', async () => {
    const id = 'meta/llama-3.1/8b'
    const { id: account } = await server.addAccount({
      name: 'slashes',
      kind: 'openai',
      base_url: upstream.url,
      api_key: 'sk-slashes',
      models: [id],
    })
    for (const path of ['/v1/models/', '/api/v1/models/'])
      for (const written of [id, encodeURIComponent(id)]) {
        const { status, json } = await fetchWhole(server.url + path + written, { headers: { 'x-api-key': key } })
        assert.deepEqual([status, (json as { id: string }).id], [200, id], path + written)
      }
    const gemini = await fetchWhole(`${server.url}/v1beta/models/${id}`, { headers: { 'x-goog-api-key': key } })
    assert.equal((gemini.json as { name: string }).name, `models/${id}`)
    assert.equal((await fetchWhole(`${server.url}/v1/models/meta/x`, { headers: { 'x-api-key': key } })).status, 404)
    await server.api('DELETE', `/admin/accounts/${account}`)
  })

  test('a body that is no JSON is a 400', async () => {
    const reply = await fetchWhole(`${server.url}/v1/messages`, {
      method: 'POST',
      body: '{"model":',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
    })
    assert.equal(reply.status, 400)
  })

  test('a model that nobody serves is a 404 that says where the list is', async () => {
    const reply = await post('/v1/messages', { ...anthropicBody, model: 'nobody' })
    assert.equal(reply.status, 404)
    assert.match(reply.text, /GET \/v1\/models/)
  })

  test('an X-Request-ID that comes again, one after another and at once: every call is answered and in the ledger', async () => {
    const headers = { 'x-request-id': 'id-of-a-client-1' }
    const first = await post('/v1/messages', anthropicBody, headers)
    const again = await Promise.all(Array.from({ length: 3 }, () => post('/v1/messages', anthropicBody, headers)))
    const atOnce = await Promise.all(
      Array.from({ length: 3 }, () => post('/v1/chat/completions', openaiBody, { 'x-request-id': 'id-of-a-client-2' })),
    )
    const replies = [first, ...again, ...atOnce]
    assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([200]))
    assert.equal(first.headers['request-id'], 'id-of-a-client-1')
    assert.equal(again[0]?.headers['x-request-id'], 'id-of-a-client-1', 'the proxy finds its own id')
    const ids = (await server.settledRecords()).map(({ id }) => id)
    assert.equal(ids.length, 7)
    assert.deepEqual(new Set(ids), new Set(replies.map(({ headers: sent }) => sent['request-id'])))
  })

  test('the same doors stand below /api', async () => {
    assert.equal((await post('/api/v1/messages', anthropicBody)).status, 200)
  })

  test('the list of models has the form of the client that asks', async () => {
    const get = async (headers: { [name: string]: string }) =>
      (await fetchWhole(`${server.url}/v1/models`, { headers })).json
    const openai = (await get({ authorization: `Bearer ${key}` })) as { object: string; data: { id: string }[] }
    assert.equal(openai.object, 'list')
    assert.ok(openai.data.some(({ id }) => id === 'gpt-5'))
    const anthropic = (await get({ 'x-api-key': key, 'anthropic-version': '2023-06-01' })) as {
      data: { display_name: string }[]
    }
    assert.equal(typeof anthropic.data[0]?.display_name, 'string')
    const gemini = (await get({ 'x-goog-api-key': key })) as { models: { name: string }[] }
    assert.match(gemini.models[0]?.name ?? '', /^models\//)
  })
})
