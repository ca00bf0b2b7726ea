import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import {
  type FakeUpstream,
  fetchWhole,
  forEachDatabase,
  send,
  startFakeUpstream,
  type TestDatabase,
} from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

const account = { kind: 'anthropic', api_key: 'secret', models: ['claude-a', 'claude-b'] }
let prompts = 0
/** Nobody has asked for this yet. */
const fresh = () => `question ${prompts++}`

interface Asked {
  readonly prompt: string
  readonly stream?: boolean
  readonly body?: { readonly [field: string]: unknown }
  readonly cache?: string
  readonly signal?: AbortSignal
}

const requestOf = (key: string, { prompt, stream = false, body = {}, cache, signal }: Asked) => ({
  headers: { 'x-api-key': key, ...(cache !== undefined && { 'x-parley-cache': cache }) },
  body: { model: 'claude-a', max_tokens: 100, stream, messages: [{ role: 'user', content: prompt }], ...body },
  ...(signal && { signal }),
})

forEachDatabase('the cache of replies', (database) => describe('in a whole server', () => declare(database)))

function declare(database: TestDatabase): void {
  let upstream: FakeUpstream
  let server: TestServer
  let key: { id: string; key: string }
  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer({ database })
    await server.addAccount({ name: 'a', ...account, base_url: upstream.url })
    key = await server.addKey({ cache_seconds: 3600 })
  })
  beforeEach(() => upstream.clear())
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })
  const ask = (asked: Asked, by = key.key) => fetchWhole(`${server.url}/v1/messages`, requestOf(by, asked))
  const marks = (replies: readonly { headers: NodeJS.Dict<string | string[]> }[]) =>
    replies.map(({ headers }) => headers['x-parley-cache'])
  const still = { body: { temperature: 0 } }

  for (const stream of [false, true]) {
    test(`${stream ? 'a stream' : 'a whole reply'} comes again byte for byte, at no cost`, async () => {
      upstream.script({ text: '你好 from upstream', usage: { input: 1000, output: 500 } })
      const asked = { prompt: fresh(), stream, ...still }
      const first = await ask(asked)
      const second = await ask(asked)
      assert.deepEqual(marks([first, second]), ['miss', 'hit'])
      assert.equal(first.status, 200, first.text)
      assert.equal(second.text, first.text)
      assert.equal(second.headers['content-type'], first.headers['content-type'])
      assert.match(second.text, /你好/)
      assert.equal(upstream.received.length, 1)
      const [made, cached] = (await server.settledRecords()).slice(-2)
      assert.equal(made?.end_reason, 'done')
      assert.deepEqual(
        [cached?.end_reason, cached?.http_status, cached?.cost_nanos, cached?.input_tokens, cached?.output_tokens],
        ['cached', 200, 0, 0, 0],
      )
      assert.equal(cached?.account_id, null)
    })
  }

  test('other wires’ clients get theirs again too', async () => {
    for (const [path, body] of [
      ['/v1/chat/completions', { model: 'claude-a', temperature: 0, messages: [{ role: 'user', content: fresh() }] }],
      ['/v1/responses', { model: 'claude-a', temperature: 0, input: fresh() }],
      [
        '/v1beta/models/claude-a:streamGenerateContent',
        { contents: [{ role: 'user', parts: [{ text: fresh() }] }], generationConfig: { temperature: 0 } },
      ],
    ] as const) {
      const call = () => fetchWhole(server.url + path, { headers: { 'x-api-key': key.key }, body })
      const [first, second] = [await call(), await call()]
      assert.equal(first.status, 200, first.text)
      assert.deepEqual(marks([first, second]), ['miss', 'hit'], path)
      assert.deepEqual(second.json, first.json)
    }
    assert.equal(upstream.received.length, 3)
  })

  test('who asks does not matter, what is asked does', async () => {
    const prompt = fresh()
    await ask({ prompt, body: { temperature: 0, metadata: { user_id: 'one' } } })
    const replies = [
      await ask({ prompt, body: { temperature: 0, metadata: { user_id: 'two' } } }),
      await ask({ prompt, body: { temperature: 0, max_tokens: 99 } }),
      await ask({ prompt, body: { temperature: 0, model: 'claude-b' } }),
      await ask({ prompt, stream: true, ...still }),
    ]
    assert.deepEqual(marks(replies), ['hit', 'miss', 'miss', 'miss'])
  })

  test('without temperature 0 the header must say it, and it can say no', async () => {
    const prompt = fresh()
    const replies = [
      await ask({ prompt }),
      await ask({ prompt, cache: '60' }),
      await ask({ prompt, cache: '60' }),
      await ask({ prompt, ...still, cache: '60' }),
      await ask({ prompt, ...still, cache: 'off' }),
      await ask({ prompt, ...still, cache: '0' }),
    ]
    assert.deepEqual(marks(replies), [undefined, 'miss', 'hit', 'miss', undefined, undefined])
  })

  test('a key that says nothing gets nothing from the header, unless the server offers it', async () => {
    const silent = await server.addKey()
    const asked = { prompt: fresh(), ...still, cache: '60' }
    assert.deepEqual(marks([await ask(asked, silent.key), await ask(asked, silent.key)]), [undefined, undefined])
    assert.equal(upstream.received.length, 2)
  })

  test('another key does not get it', async () => {
    const other = await server.addKey({ cache_seconds: 3600 })
    const asked = { prompt: fresh(), ...still }
    assert.deepEqual(marks([await ask(asked), await ask(asked, other.key)]), ['miss', 'miss'])
  })

  test('errors and replies that were cut are made anew', async () => {
    for (const failure of [{ error: 400 }, { words: 30, cut: { afterEvents: 8 } }]) {
      const asked = { prompt: fresh(), stream: true, ...still }
      upstream.script(failure, { text: 'well now' })
      const [first, second] = [await ask(asked), await ask(asked)]
      assert.doesNotMatch(first.text, /well now/)
      assert.equal(second.headers['x-parley-cache'], 'miss')
      assert.match(second.text, /well/)
    }
  })

  test('a reply that a limit made short is made anew', async () => {
    const limits = [{ what: 'tokens', per: 'day', max: 5000 }]
    const limited = await server.addKey({ cache_seconds: 3600, limits })
    const asked = { prompt: fresh(), body: { temperature: 0, max_tokens: 64_000 } }
    const replies = [await ask(asked, limited.key), await ask(asked, limited.key)]
    assert.deepEqual(marks(replies), ['miss', 'miss'], replies[0]?.text)
  })

  test('equal calls under way share one upstream call, and its first caller may leave', async () => {
    const hold = Promise.withResolvers<void>()
    upstream.script({ words: 30, hold: { afterEvents: 8, until: hold.promise } })
    const asked = { prompt: fresh(), stream: true, ...still }
    const leaving = new AbortController()
    const leader = await send(`${server.url}/v1/messages`, requestOf(key.key, { ...asked, signal: leaving.signal }))
    leader.on('error', () => {})
    const followers = [ask(asked), ask(asked)]
    const early = await send(`${server.url}/v1/messages`, requestOf(key.key, asked))
    assert.equal(early.headers['x-parley-cache'], 'hit')
    early.destroy()
    leaving.abort()
    hold.resolve()
    const replies = await Promise.all(followers)
    assert.deepEqual(marks(replies), ['hit', 'hit'])
    assert.match(replies[0]?.text ?? '', /message_stop/)
    assert.equal(replies[0]?.text, replies[1]?.text)
    assert.equal(upstream.received.length, 1)
    const records = (await server.settledRecords()).slice(-4)
    assert.deepEqual(new Set(records.map(({ end_reason }) => end_reason)), new Set(['cached', 'done']))
    assert.ok((records.find(({ end_reason }) => end_reason === 'done')?.output_tokens ?? 0) > 0)
    assert.equal((await ask(asked)).text, replies[0]?.text)
  })

  test('when all have left the upstream is left too', async () => {
    const hold = Promise.withResolvers<void>()
    upstream.script({ words: 3000, hold: { afterEvents: 8, until: hold.promise } }, { text: 'anew' })
    const asked = { prompt: fresh(), stream: true, ...still }
    const leaving = new AbortController()
    const leader = await send(`${server.url}/v1/messages`, requestOf(key.key, { ...asked, signal: leaving.signal }))
    leader.on('error', () => {})
    leaving.abort()
    hold.resolve()
    const records = await server.settledRecords()
    assert.equal(records.at(-1)?.end_reason, 'client_gone')
    assert.equal((await ask(asked)).headers['x-parley-cache'], 'miss')
  })

  test('an error of the shared call is everybody’s', async () => {
    upstream.script({ error: 400, headersAfterMs: 200 }, { text: 'not this' })
    const asked = { prompt: fresh(), ...still }
    const replies = await Promise.all([ask(asked), ask(asked)])
    assert.deepEqual(
      replies.map(({ status }) => status),
      [400, 400],
    )
    const records = (await server.settledRecords()).slice(-2)
    assert.deepEqual(
      records.map(({ end_reason, cost_nanos }) => [end_reason, Number(cost_nanos)]),
      [
        ['upstream_error', 0],
        ['upstream_error', 0],
      ],
    )
  })

  test('what is kept is sealed, and goes when there is too much of it or its time is over', async () => {
    const { database: db } = server.app.store
    upstream.script({ text: 'a secret reply' })
    const rowsNow = () => db.selectFrom('cached_reply').selectAll().execute()
    const before = (await rowsNow()).length
    await ask({ prompt: fresh(), ...still })
    // It is written after the reply has ended.
    let rows = await rowsNow()
    while (rows.length === before) {
      await turn()
      rows = await rowsNow()
    }
    assert.doesNotMatch(JSON.stringify(rows), /secret reply/)
    await db
      .updateTable('cached_reply')
      .set({ expires_at: 1 })
      .where('name', '!=', rows[0]?.name ?? '')
      .execute()
    await server.app.doors.cache.shrunk()
    assert.equal((await db.selectFrom('cached_reply').select('name').execute()).length, 1)
    await db
      .updateTable('cached_reply')
      .set({ size: 2 ** 40 })
      .execute()
    await server.app.doors.cache.shrunk()
    assert.equal((await db.selectFrom('cached_reply').select('name').execute()).length, 0)
  })
}

describe('the cache of replies, as the server offers it', () => {
  test('any key may ask for it by the header, up to what is offered, and has others’ replies where that is allowed', async () => {
    const upstream = await startFakeUpstream()
    const env = { RESPONSE_CACHE_SECONDS: '60', RESPONSE_CACHE_SHARED: 'true' }
    const server = await startServer({ env })
    try {
      await server.addAccount({ name: 'a', ...account, base_url: upstream.url })
      const keys = [await server.addKey(), await server.addKey(), await server.addKey({ cache_seconds: 0 })]
      const marks: unknown[] = []
      for (const { key } of keys) {
        const asked = requestOf(key, { prompt: 'the same', cache: '3600' })
        marks.push((await fetchWhole(`${server.url}/v1/messages`, asked)).headers['x-parley-cache'])
      }
      assert.deepEqual(marks, ['miss', 'hit', undefined])
      const row = await server.app.store.database.selectFrom('cached_reply').selectAll().executeTakeFirstOrThrow()
      assert.equal(Number(row.expires_at) - Number(row.created_at), 60_000)
    } finally {
      await server[Symbol.asyncDispose]()
      await upstream.close()
    }
  })
})
