import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  type FakeUpstream,
  fetchWhole,
  forEachDatabase,
  startFakeUpstream,
  startHttpProxy,
  type TestDatabase,
} from '@parley/testkit'
import { startServer, type TestServer } from '../../test/harness.ts'

interface Reply {
  readonly status: number
  readonly body: { data: Record<string, unknown>; error?: string; code?: string; details?: object; pagination?: object }
  readonly text: string
}

// Hooks of the inner suite run before the database is dropped.
forEachDatabase('admin routes', (database) => describe('of accounts, keys and models', () => declare(database)))

function declare(database: TestDatabase): void {
  let server: TestServer
  let upstream: FakeUpstream

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer({ database })
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await upstream.close()
  })

  async function call(method: string, path: string, body?: object, token = server.token): Promise<Reply> {
    const headers = { authorization: `Bearer ${token}` }
    const { status, json, text } = await fetchWhole(server.url + path, { method, headers, ...(body && { body }) })
    return { status, text, body: (json ?? {}) as Reply['body'] }
  }
  async function add(fields: object = {}): Promise<Record<string, unknown> & { id: string }> {
    const account = { name: 'fake', kind: 'openai', base_url: upstream.url, api_key: 'sk-0123456789abcdef', ...fields }
    const { status, body, text } = await call('POST', '/admin/accounts', account)
    assert.equal(status, 201, text)
    return body.data as Record<string, unknown> & { id: string }
  }
  const audited = async (action: string) =>
    await server.app.store.database.selectFrom('audit').selectAll().where('action', '=', action).execute()

  describe('accounts', () => {
    test('are made from the documented shape, and come back masked', async () => {
      const account = await add({
        models: { 'public-id': 'upstream-id' },
        priority: 10,
        weight: 3,
        max_concurrency: 4,
        proxy: 'socks5://user:secretpass@127.0.0.1:1080',
        headers: { 'x-team': 'secretvalue' },
        tags: ['t'],
      })
      const { id, created_at, updated_at, ...rest } = account
      assert.equal(new Date(created_at as string).toISOString(), updated_at)
      assert.deepEqual(rest, {
        name: 'fake',
        kind: 'openai',
        base_url: upstream.url,
        api_key: 'sk-0…cdef',
        oauth: null,
        models: { 'public-id': 'upstream-id' },
        wires: null,
        priority: 10,
        weight: 3,
        max_concurrency: 4,
        proxy: 'socks5://user:***@127.0.0.1:1080',
        headers: { 'x-team': '***' },
        enabled: true,
        schedulable: true,
        groups: [],
        daily_budget: null,
        tags: ['t'],
        notes: '',
        state: 'ready',
        holds: [],
        problem: null,
        active_calls: 0,
        seen_limits: null,
        last_used_at: null,
      })
      const rows = await audited('account.create')
      const text = JSON.stringify(rows)
      assert.ok(text.includes(id))
      for (const secret of ['0123456789', 'secretpass', 'secretvalue']) assert.ok(!text.includes(secret), secret)
      await call('DELETE', `/admin/accounts/${id}`)
    })

    test('take a list of models as names that the upstream uses too', async () => {
      const { id, models } = await add({ models: ['a', 'b'] })
      assert.deepEqual(models, { a: 'a', b: 'b' })
      await call('DELETE', `/admin/accounts/${id}`)
    })

    test('say which wires an OpenAI-compatible upstream speaks, and others may not', async () => {
      const { id, wires } = await add({ wires: ['openai-responses'] })
      assert.deepEqual(wires, ['openai-responses'])
      const changed = await call('PATCH', `/admin/accounts/${id}`, { wires: null })
      assert.equal(changed.body.data['wires'], null)
      const foreign = await call('PATCH', `/admin/accounts/${id}`, { wires: ['anthropic'] })
      assert.deepEqual([foreign.status, foreign.text.includes('openai-chat')], [400, true])
      const fixed = { name: 'x', kind: 'gemini', api_key: 'k', wires: ['openai-chat'] }
      assert.equal((await call('POST', '/admin/accounts', fixed)).status, 400)
      await call('DELETE', `/admin/accounts/${id}`)
    })

    test('are listed, found, changed and removed', async () => {
      const { id } = await add({ name: 'findable', notes: 'old' })
      const listed = await call('GET', '/admin/accounts?q=FINDABLE')
      assert.deepEqual(listed.body.pagination, { page: 1, limit: 100, total: 1 })
      const changed = await call('PATCH', `/admin/accounts/${id}`, { notes: 'new', enabled: false })
      assert.deepEqual([changed.body.data['notes'], changed.body.data['state']], ['new', 'paused'])
      assert.equal((await call('DELETE', `/admin/accounts/${id}`)).status, 200)
      assert.equal((await call('GET', `/admin/accounts/${id}`)).status, 404)
    })

    test('have a daily budget, which is a limit of the ledger', async () => {
      const { id, daily_budget } = await add({ daily_budget: '2.50' })
      assert.equal(daily_budget, 2.5)
      const rules = () => server.app.ledger.rules.ofAccount(id).map(({ what, per, max }) => [what, per, max])
      assert.deepEqual(rules(), [['cost', 'day', 2_500_000_000]])
      assert.equal((await call('PATCH', `/admin/accounts/${id}`, { daily_budget: 1 })).body.data['daily_budget'], 1)
      assert.equal((await call('PATCH', `/admin/accounts/${id}`, { notes: 'x' })).body.data['daily_budget'], 1)
      assert.deepEqual(rules(), [['cost', 'day', 1_000_000_000]])
      assert.equal((await call('PATCH', `/admin/accounts/${id}`, { daily_budget: '0.00000000001' })).status, 400)
      await call('DELETE', `/admin/accounts/${id}`)
      assert.deepEqual(rules(), [])
    })

    test('are in groups, which are listed by name', async () => {
      const first = await add({ groups: ['b', 'a'], schedulable: false })
      const second = await add({ groups: ['b'] })
      assert.equal(first['schedulable'], false)
      const { data } = (await call('GET', '/admin/groups')).body as unknown as { data: object[] }
      assert.deepEqual(data, [
        { name: 'a', account_ids: [first.id] },
        { name: 'b', account_ids: [first.id, second.id] },
      ])
      for (const { id } of [first, second]) await call('DELETE', `/admin/accounts/${id}`)
    })

    test('of kind anthropic have an alias', async () => {
      const made = await call('POST', '/admin/claude-accounts', { name: 'claude', api_key: 'sk-ant-0123456789' })
      assert.deepEqual([made.status, made.body.data['kind']], [201, 'anthropic'])
      const listed = await call('GET', '/admin/claude-accounts')
      assert.deepEqual(
        (listed.body.data as unknown as { id: string }[]).map(({ id }) => id),
        [made.body.data['id']],
      )
      await call('DELETE', `/admin/accounts/${String(made.body.data['id'])}`)
    })

    test('are tested with a real call through their own proxy', async () => {
      await using proxy = await startHttpProxy({ password: { user: 'u', password: 'p' } })
      const { id } = await add({ proxy: proxy.url, models: ['gpt-5'] })
      const good = (await call('POST', `/admin/accounts/${id}/test`)).body.data
      assert.deepEqual([good['ok'], good['status'], good['model'], good['error']], [true, 200, 'gpt-5', null])
      assert.ok((good['models'] as string[]).includes('gpt-5'))
      assert.ok(proxy.tunnels.length > 0)
      assert.equal(upstream.received.at(-1)?.headers['authorization'], 'Bearer sk-0123456789abcdef')

      await proxy.close()
      const bad = (await call('POST', `/admin/accounts/${id}/test`, { model: 'gpt-5' })).body.data
      assert.deepEqual([bad['ok'], bad['status']], [false, null])
      assert.match(String(bad['error']), /ECONNREFUSED/)
      await call('DELETE', `/admin/accounts/${id}`)
    })

    test('are asked by a test on the wire that a call would take', async () => {
      const spoken = { 'gpt-5-pro': '/v1/responses', 'gpt-5-codex': '/v1/responses', 'gpt-4o': '/v1/chat/completions' }
      const { id } = await add({ wires: ['openai-chat', 'openai-responses'], models: Object.keys(spoken) })
      for (const [model, path] of Object.entries(spoken)) {
        const probe = (await call('POST', `/admin/accounts/${id}/test`, { model })).body.data
        assert.deepEqual([probe['ok'], probe['model']], [true, model])
        assert.equal(upstream.received.at(-1)?.path, path)
      }
      const only = await add({ wires: ['openai-responses'], models: ['gpt-4o'] })
      assert.equal((await call('POST', `/admin/accounts/${only.id}/test`)).body.data['ok'], true)
      assert.equal(upstream.received.at(-1)?.path, '/v1/responses')
      for (const account of [id, only.id]) await call('DELETE', `/admin/accounts/${account}`)
    })

    test('are back after a test that is in the audit trail', async () => {
      const { id } = await add({ models: ['m'] })
      await call('POST', `/admin/accounts/${id}/pause`, { seconds: 600 })
      assert.equal((await call('POST', `/admin/accounts/${id}/test`)).body.data['ok'], true)
      assert.equal((await call('GET', `/admin/accounts/${id}`)).body.data['state'], 'ready')
      const [entry, ...others] = (await audited('account.test')).filter((entry) => entry.target_id === id)
      assert.deepEqual([entry?.detail_json, others], ['{"model":"m","ok":true}', []])
      await call('DELETE', `/admin/accounts/${id}`)
    })

    for (const kind of ['anthropic', 'openai', 'gemini']) {
      test(`of kind ${kind} say what the upstream said when a test fails`, async () => {
        const { id } = await add({ kind, models: ['m'] })
        assert.equal((await call('POST', `/admin/accounts/${id}/test`)).body.data['ok'], true)
        upstream.always({ status: 401 })
        const { ok, status, error } = (await call('POST', `/admin/accounts/${id}/test`)).body.data
        upstream.always()
        assert.deepEqual([ok, status], [false, 401])
        assert.ok(String(error).length > 3)
        await call('DELETE', `/admin/accounts/${id}`)
      })
    }

    test('are paused, resumed and reset', async () => {
      const { id } = await add()
      const state = async (action: string, body?: object) =>
        (await call('POST', `/admin/accounts/${id}/${action}`, body)).body.data['state']
      assert.equal(await state('pause', { seconds: 60 }), 'out')
      assert.equal(await state('reset'), 'ready')
      assert.equal(await state('pause'), 'paused')
      assert.equal(await state('resume'), 'ready')
      await call('DELETE', `/admin/accounts/${id}`)
    })

    test('say what is missing for an OAuth sign-in', async () => {
      const start = await call('POST', '/admin/claude-accounts/generate-auth-url', {})
      assert.deepEqual([start.status, start.body.code], [400, 'invalid_input'])
      assert.match(start.body.error ?? '', /OAuth is not set up for anthropic/)
      const code = { authorization_id: 'unknown', code: 'c' }
      assert.match((await call('POST', '/admin/accounts/exchange-code', code)).body.error ?? '', /authorization_id: /)
      const { id } = await add()
      assert.equal((await call('POST', `/admin/accounts/${id}/refresh`)).status, 400)
      await call('DELETE', `/admin/accounts/${id}`)
    })

    test('name every field that is wrong', async () => {
      const { status, body } = await call('POST', '/admin/accounts', { kind: 'nonsense', priority: -1 })
      assert.equal(status, 400)
      for (const field of ['name', 'kind', 'priority']) assert.match(body.error ?? '', new RegExp(`${field}: `))
    })
  })

  describe('API keys', () => {
    test('are shown once, with exact limits', async () => {
      const limits = [
        { what: 'cost', per: 'day', max: 0.07 },
        { what: 'cost', per: 'month', max: '12.345678901' },
        { what: 'requests', per: 'minute', max: 20 },
        { what: 'concurrency', max: 3 },
      ]
      const made = await call('POST', '/admin/api-keys', { name: 'k', limits, expires_at: '2030-01-01T00:00:00+08:00' })
      assert.equal(made.status, 201, made.text)
      const { id, key } = made.body.data as { id: string; key: string }
      assert.match(key, /^cr_[0-9a-f]{64}$/)
      const read = await call('GET', `/admin/api-keys/${id}`)
      assert.ok(!read.text.includes(key.slice(10, 60)))
      assert.deepEqual(read.body.data['limits'], [
        { what: 'cost', per: 'day', max: 0.07 },
        { what: 'cost', per: 'month', max: 12.345678901 },
        { what: 'requests', per: 'minute', max: 20 },
        { what: 'concurrency', per: 'total', max: 3 },
      ])
      assert.equal(read.body.data['expires_at'], '2029-12-31T16:00:00.000Z')
      const found = await server.app.keys.find(key)
      assert.deepEqual(
        found?.limits.map(({ max }) => max),
        [70_000_000, 12_345_678_901, 20, 3],
      )
    })

    const refused: [string, object, RegExp][] = [
      [
        'a cost finer than a nano-dollar',
        { limits: [{ what: 'cost', per: 'day', max: '0.0000000001' }] },
        /limits\[0\]\.max/,
      ],
      ['half a request', { limits: [{ what: 'requests', per: 'day', max: 1.5 }] }, /limits\[0\]\.max/],
      ['an address that is none', { ip_allow: ['10.0.0.0/33'] }, /ip_allow/],
      ['a wire that does not exist', { wires: ['smtp'] }, /wires/],
      ['an owner that does not exist', { user_id: 'nobody' }, /user_id/],
    ]
    for (const [what, fields, message] of refused) {
      test(`refuse ${what}`, async () => {
        const { status, body } = await call('POST', '/admin/api-keys', { name: 'k', ...fields })
        assert.equal(status, 400)
        assert.match(body.error ?? '', message)
      })
    }

    test('are switched off, removed and restored', async () => {
      const { id, key } = await server.addKey()
      await call('PATCH', `/admin/api-keys/${id}`, { enabled: false })
      assert.equal((await server.app.keys.find(key))?.isEnabled, false)
      await call('PATCH', `/admin/api-keys/${id}`, { enabled: true })
      await call('DELETE', `/admin/api-keys/${id}`)
      assert.equal((await server.app.keys.find(key))?.isEnabled, false)
      assert.equal((await call('POST', `/admin/api-keys/${id}/restore`)).status, 200)
      assert.equal((await server.app.keys.find(key))?.isEnabled, true)
    })

    test('are made in bulk and exported as CSV without secrets', async () => {
      const made = await call('POST', '/admin/api-keys/bulk', { name: '=cmd, "x"', count: 3, tags: ['bulk'] })
      const keys = made.body.data as unknown as { key: string; name: string }[]
      assert.equal(new Set(keys.map(({ key }) => key)).size, 3)
      const csv = await call('GET', '/admin/api-keys/export.csv?tag=bulk')
      const lines = csv.text.split('\r\n')
      assert.match(lines[0] ?? '', /^id,name,hint,/)
      assert.equal(lines.length, 5)
      assert.ok(lines[1]?.includes(`"'=cmd, ""x"" 3"`), lines[1])
      for (const { key } of keys) assert.ok(!csv.text.includes(key))
    })

    test('are found by text, owner and state, page by page', async () => {
      await server.addKey({ name: 'needle one' })
      await server.addKey({ name: 'needle two', enabled: false })
      const { body } = await call('GET', '/admin/api-keys?q=NEEDLE&limit=1')
      assert.deepEqual(body.pagination, { page: 1, limit: 1, total: 2 })
      assert.deepEqual((await call('GET', '/admin/api-keys?q=needle&state=disabled')).body.pagination, {
        page: 1,
        limit: 100,
        total: 1,
      })
    })
  })

  describe('models', () => {
    test('are listed for people as the requirement prints them', async () => {
      const { body } = await call('GET', '/api/models')
      const gpt4 = (body.data as unknown as { id: string }[]).find(({ id }) => id === 'gpt-4')
      assert.partialDeepStrictEqual(gpt4, {
        id: 'gpt-4',
        name: 'GPT-4',
        provider: 'OpenAI',
        context_limit: 8192,
        pricing_per_1k_tokens: '0.03',
        is_active: 1,
      })
    })

    test('have prices with their source, tiers and history', async () => {
      type Priced = {
        tiers: { above_input_tokens: number; prices: { output: number; source: string } }[]
        history: object[]
      }
      const read = async (method: string, model: string, body?: object) =>
        (await call(method, `/admin/prices/${model}`, body)).body.data as unknown as Priced
      const shipped = await read('GET', 'claude-sonnet-4-5')
      assert.deepEqual(
        shipped.tiers.map((tier) => [tier.above_input_tokens, tier.prices.output]),
        [
          [0, 15],
          [200_000, 22.5],
        ],
      )
      const own = await read('PUT', 'gpt-4-turbo', { input: 1, output: '2.5' })
      assert.deepEqual([own.tiers[0]?.prices.source, own.tiers[0]?.prices.output], ['admin@1', 2.5])
      const back = await read('DELETE', 'gpt-4-turbo')
      assert.match(back.tiers[0]?.prices.source ?? '', /^genai-prices@/)
      assert.equal(back.history.length, 2)
      assert.equal((await call('PUT', '/admin/prices/nope', { input: 1, output: 1 })).status, 404)
      const fine = { input: 1, output: '0.00000000001' }
      const refused = [
        await call('PUT', '/admin/prices/gpt-4', fine),
        await call('PATCH', '/admin/models/gpt-4', { prices: fine }),
      ]
      assert.deepEqual(
        refused.map(({ body: { details } }) => details),
        [{ field: 'output' }, { field: 'prices.output' }],
      )
      assert.equal((await call('GET', '/admin/prices')).status, 200)
    })

    test('say what they can do: as their names say, or as it was set', async () => {
      const shown = async () => {
        const { body } = await call('GET', '/api/models')
        const all = body.data as unknown as { id: string; inputs: string[]; features: string[] }[]
        const { inputs, features } = all.find(({ id }) => id === 'claude-opus-4-20250514') ?? {}
        return { inputs, features }
      }
      const byName = { inputs: ['image', 'document'], features: ['tools', 'thinking'] }
      assert.deepEqual(await shown(), byName)
      const path = '/admin/models/claude-opus-4-20250514'
      const set = await call('PATCH', path, { inputs: [], features: ['tools'] })
      assert.partialDeepStrictEqual(set.body.data, { inputs: [], features: ['tools'], has_own_abilities: true })
      assert.deepEqual(await shown(), { inputs: [], features: ['tools'] })
      assert.equal((await call('PATCH', path, { features: ['flying'] })).status, 400)
      const back = await call('PATCH', path, { inputs: null, features: null })
      assert.partialDeepStrictEqual(back.body.data, { ...byName, has_own_abilities: false })
      assert.deepEqual(await shown(), byName)
    })

    test('are added with prices, changed and removed', async () => {
      const model = { id: 'vendor/model-1', name: 'M', provider: 'V', prices: { input: 0.1, output: '0.4' } }
      const made = await call('POST', '/admin/models', model)
      assert.equal(made.status, 201, made.text)
      assert.deepEqual((made.body.data['prices'] as { output: number }).output, 0.4)
      const path = `/admin/models/${encodeURIComponent('vendor/model-1')}`
      const changed = await call('PATCH', path, { is_active: false, prices: { input: 1, output: 2, cache_read: 0.1 } })
      assert.deepEqual((changed.body.data['prices'] as { source: string }).source, 'admin@2')
      const listed = await call('GET', '/api/models')
      assert.ok(!listed.text.includes('vendor/model-1'))
      assert.equal((await call('DELETE', path)).status, 200)
      assert.equal((await call('GET', path)).status, 404)
    })
  })

  test('the trail says what became of a model of everybody’s, without its key', async () => {
    const fields = {
      name: 'M',
      provider: 'openai',
      apiUrl: 'https://old.example',
      apiKey: 'sk-of-the-model',
      modelId: 'm',
    }
    const { id } = (await call('POST', '/api/models/system', fields)).body.data as { id: string }
    const change = { apiUrl: 'https://new.example', apiKey: 'sk-another-key' }
    assert.equal((await call('PUT', `/api/models/${encodeURIComponent(id)}`, change)).status, 200)
    const [entry] = (await audited('model.update')).filter(({ target_id: target }) => target === id)
    assert.deepEqual(JSON.parse(entry?.detail_json ?? ''), { apiUrl: 'https://new.example', apiKey: '[redacted]' })
    assert.deepEqual(JSON.parse(entry?.before_json ?? ''), { apiUrl: 'https://old.example' })
    await call('DELETE', `/api/models/${encodeURIComponent(id)}`)
  })

  test('all of them are for administrators only, and written down', async () => {
    const person = { email: 'person@example.com', password: 'a long enough one' }
    const registered = await call('POST', '/api/auth/register', person)
    const { token } = registered.body.data as { token: string }
    for (const path of ['/admin/accounts', '/admin/claude-accounts', '/admin/api-keys', '/admin/models']) {
      assert.equal((await call('GET', path, undefined, token)).status, 403, path)
      assert.equal((await call('POST', path, {}, token)).status, 403, path)
      assert.equal((await fetchWhole(server.url + path)).status, 401, path)
    }
    for (const action of ['account.update', 'api_key.create', 'api_key.delete', 'model.create', 'model.update']) {
      assert.notEqual((await audited(action)).length, 0, action)
    }
  })
}
