import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type FakeUpstream, fetchWhole, forEachDatabase, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from '../harness.ts'

const body = { model: 'claude-sonnet-4-5', max_tokens: 100, messages: [{ role: 'user', content: 'hello' }] }

interface Sums {
  requests: number
  tokens: number
  cost_usd: number
  charged_usd: number
  subject: string
  errors: number
}

forEachDatabase('statistics', (database) => {
  let upstream: FakeUpstream
  let server: TestServer
  let first: { id: string; key: string }
  let second: { id: string; key: string }
  let account: { id: string }
  const calls = 7

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer({ database })
    account = await server.addAccount({
      name: 'a',
      kind: 'anthropic',
      base_url: upstream.url,
      api_key: 'sk',
      models: [body.model],
    })
    first = await server.addKey({ name: '=first', limits: [{ what: 'requests', per: 'day', max: 10 }] })
    second = await server.addKey({ name: 'second' })
    upstream.always({ usage: { input: 100, output: 50, cacheRead: 30 } })
    for (let call = 0; call < calls; call += 1) await ask(call < 5 ? first.key : second.key)
    upstream.always({ error: 400 })
    await ask(second.key)
    await server.settledRecords()
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })

  const ask = (key: string) => fetchWhole(`${server.url}/v1/messages`, { body, headers: { 'x-api-key': key } })
  const get = (path: string, headers: { [name: string]: string } = {}) =>
    fetchWhole(server.url + path, { headers: { authorization: `Bearer ${server.token}`, ...headers } })
  const usage = (query: string) => server.api<Sums[]>('GET', `/admin/usage?${query}`)

  test('usage over time is the sum of the calls, by whatever it is asked for', async () => {
    const records = await server.settledRecords()
    const cost = records.reduce((sum, row) => sum + row.cost_nanos, 0) / 1e9
    assert.ok(cost > 0)
    for (const by of ['all', 'key', 'model', 'wire']) {
      for (const per of ['hour', 'day', 'month']) {
        const rows = await usage(`by=${by}&per=${per}`)
        const sum = (read: (row: Sums) => number) => rows.reduce((total, row) => total + read(row), 0)
        assert.deepEqual([sum((row) => row.requests), sum((row) => row.errors)], [calls + 1, 1], `${by} per ${per}`)
        assert.equal(
          sum((row) => row.tokens),
          calls * 180,
        )
        assert.ok(Math.abs(sum((row) => row.cost_usd) - cost) < 1e-9)
      }
    }
    const byKey = await usage(`by=key&per=day&subject=${first.id}`)
    assert.deepEqual(
      byKey.map((row) => [row.subject, row.requests]),
      [[first.id, 5]],
    )
    assert.deepEqual(
      (await usage('by=account&per=month')).map((row) => [row.subject, row.requests]),
      [[account.id, calls + 1]],
    )
    assert.deepEqual(await usage('by=all&per=day&from=2020-01-01&to=2020-02-01'), [])
    assert.equal((await get('/admin/usage?from=2020-02-01&to=2020-01-01')).status, 400)
  })

  test('exports are the same rows', async () => {
    const rows = await usage('by=key&per=hour')
    const json = await get('/admin/usage/export?by=key&per=hour&format=json')
    assert.deepEqual(json.json, rows)
    const csv = await get('/admin/usage/export?by=key&per=hour')
    assert.match(String(csv.headers['content-type']), /text\/csv/)
    assert.equal(csv.text.trim().split('\r\n').length, rows.length + 1)
    const records = await get('/admin/usage/records/export?format=json')
    assert.equal((records.json as unknown[]).length, calls + 1)
    const recordsCsv = await get(`/admin/usage/records/export?key_id=${first.id}`)
    assert.equal(recordsCsv.text.trim().split('\r\n').length, 6)
    assert.match(recordsCsv.text, /^request_id,at,/)
  })

  test('the dashboard shows what was used, who used most, and how the accounts are', async () => {
    const dashboard = await server.api<{
      today: Sums
      hours: Sums[]
      top: { keys: Sums[]; models: Sums[] }
      accounts: { by_state: { ready: number } }
    }>('GET', '/admin/dashboard')
    assert.equal(dashboard.today.requests, calls + 1)
    assert.deepEqual(
      dashboard.top.keys.map(({ subject }) => subject),
      [first.id, second.id],
    )
    assert.equal(dashboard.top.models[0]?.subject, body.model)
    assert.equal(dashboard.accounts.by_state.ready, 2, 'with the simulator')
  })

  test('a key sees its own usage and limits, and nobody else’s', async () => {
    const own = (await get('/v1/usage', { authorization: `Bearer ${first.key}` })).json as {
      total: { requests: number; total_tokens: number }
      limits: { used: number; remaining: number; resets_at: string }[]
    }
    assert.deepEqual([own.total.requests, own.total.total_tokens], [5, 900])
    assert.deepEqual(
      own.limits.map(({ used, remaining }) => [used, remaining]),
      [[5, 5]],
    )
    assert.ok(Date.parse(own.limits[0]?.resets_at ?? '') > Date.now())
    const info = (await get('/api/v1/key-info', { authorization: `Bearer ${second.key}` })).json as {
      id: string
      limits: []
    }
    assert.deepEqual([info.id, info.limits], [second.id, []])
    assert.equal((await fetchWhole(`${server.url}/v1/usage`)).status, 401)
  })

  test('half of a limit is an alert', async () => {
    await server.app.ledger.flush()
    const alerts = await server.api<{ subject_id: string; percent: number; used: number }[]>('GET', '/admin/alerts')
    assert.deepEqual(
      alerts.map(({ subject_id, percent, used }) => [subject_id, percent, used]),
      [[first.id, 50, 5]],
    )
  })

  test('limits and multipliers are made, changed and taken away', async () => {
    const made = await server.api<{ id: string; max: number }>('POST', '/admin/limits', {
      subject_kind: 'model',
      subject_id: 'claude-*',
      what: 'cost',
      per: 'day',
      max: '1000.5',
    })
    assert.equal(made.max, 1000.5)
    const changed = await server.api<{ max: number }>('PUT', `/admin/limits/${made.id}`, {
      what: 'cost',
      per: 'month',
      max: '0.000000001',
    })
    assert.deepEqual(changed, { ...made, per: 'month', max: 1e-9 })
    assert.deepEqual(await server.api('GET', '/admin/limits'), [changed])
    assert.equal((await ask(first.key)).status, 429)
    await server.api('DELETE', `/admin/limits/${made.id}`)
    assert.deepEqual(await server.api('GET', '/admin/limits'), [])
    const twice = { subject_kind: 'key', subject_id: second.id, multiplier: 2 }
    await server.api('PUT', '/admin/multipliers', twice)
    assert.deepEqual(await server.api('GET', '/admin/multipliers'), [twice])
  })

  test('past calls get the prices of today only when it is asked for, and then the sums are right too', async () => {
    const range = { from: '2020-01-01', to: '2100-01-01' }
    const before = await server.settledRecords()
    const result = await server.api<{
      calls: number
      changed: number
      cost_before_usd: string
      cost_after_usd: string
    }>('POST', '/admin/usage/reprice', range)
    // The second key is charged twice since the test above.
    assert.deepEqual([result.calls, result.changed], [calls + 1, 2])
    assert.equal(result.cost_before_usd, result.cost_after_usd)
    const records = await server.settledRecords()
    for (const row of records) {
      const factor = row.key_id === second.id ? 2 : 1
      assert.equal(row.charged_nanos, row.cost_nanos * factor)
      assert.equal(row.cost_nanos, before.find(({ id }) => id === row.id)?.cost_nanos)
    }
    const [sums] = await usage('by=all&per=month')
    const charged = records.reduce((sum, row) => sum + row.charged_nanos, 0) / 1e9
    assert.ok(Math.abs((sums?.charged_usd ?? 0) - charged) < 1e-9)
    assert.equal((await server.api<{ changed: number }>('POST', '/admin/usage/reprice', range)).changed, 0)
    const audit = await server.app.store.database
      .selectFrom('audit')
      .select('action')
      .where('action', '=', 'usage.reprice')
      .execute()
    assert.equal(audit.length, 2)
  })
  test('a call without a price is no change, however often it is asked for', async () => {
    const simulated = { ...body, model: 'claude-3-opus' }
    const reply = await fetchWhole(`${server.url}/v1/messages`, {
      body: simulated,
      headers: { 'x-api-key': second.key },
    })
    assert.equal(reply.status, 200)
    const row = (await server.settledRecords()).find(({ model }) => model === simulated.model)
    assert.equal(row?.price_source, 'unpriced')
    const range = { from: '2020-01-01', to: '2100-01-01' }
    assert.equal((await server.api<{ changed: number }>('POST', '/admin/usage/reprice', range)).changed, 0)
  })

  test('by group it is the sum of the members of today, and of who is in none', async () => {
    const email = (name: string) => `${name}@example.com`
    const newUser = (name: string, group_id: string | null) =>
      server.api<{ id: string }>('POST', '/admin/users', {
        email: email(name),
        password: 'correct horse battery',
        group_id,
      })
    const group = await server.api<{ id: string }>('POST', '/admin/user-groups', { name: 'counted' })
    const [ann, bob, eve] = [await newUser('ann', group.id), await newUser('bob', group.id), await newUser('eve', null)]
    upstream.always({ usage: { input: 100, output: 50 } })
    for (const [user, times] of [
      [ann, 1],
      [bob, 2],
      [eve, 4],
    ] as const) {
      const { key } = await server.addKey({ user_id: user.id })
      for (let call = 0; call < times; call += 1) await ask(key)
    }
    await server.settledRecords()
    const requests = async (query: string) => {
      const rows = await usage(query)
      const sum = (subject: string) =>
        rows.filter((row) => row.subject === subject).reduce((total, row) => total + row.requests, 0)
      return Object.fromEntries(rows.map(({ subject }) => [subject, sum(subject)]))
    }
    for (const per of ['hour', 'day', 'month']) {
      assert.deepEqual(await requests(`by=group&per=${per}`), { '': 4, [group.id]: 3 }, per)
    }
    assert.deepEqual(await requests(`by=group&per=day&subject=${group.id}`), { [group.id]: 3 })
    assert.deepEqual(await requests('by=group&per=day&subject='), { '': 4 })
    assert.deepEqual(await requests('by=group&per=day&subject=unknown'), {})
    const [byGroup] = await usage(`by=group&per=month&subject=${group.id}`)
    assert.equal(byGroup?.tokens, 3 * 150)

    const listed = await server.api<{ email: string; month_cost_usd: number }[]>('GET', '/admin/users?sort=cost')
    const costs = listed.map(({ month_cost_usd }) => month_cost_usd)
    assert.deepEqual(
      listed.slice(0, 3).map((user) => user.email),
      ['eve', 'bob', 'ann'].map(email),
    )
    const one = costs[2] ?? 0
    assert.ok(one > 0)
    assert.deepEqual(costs.slice(0, 2), [one * 4, one * 2])
    assert.equal(costs.at(-1), 0, 'who asked for nothing has cost nothing')
    const rising = await server.api<{ email: string }[]>('GET', '/admin/users?sort=cost&order=asc')
    assert.equal(rising.at(-1)?.email, email('eve'))

    await server.api('PATCH', `/admin/users/${bob.id}`, { group_id: null })
    assert.deepEqual(await requests('by=group&per=day'), { '': 6, [group.id]: 1 })
  })

  test('keys say what they cost this month: to the operator, and charged to whose they are', async () => {
    const email = 'owner@example.com'
    const password = 'correct horse battery'
    const { id } = await server.api<{ id: string }>('POST', '/admin/users', { email, password })
    await server.api('PUT', '/admin/multipliers', { subject_kind: 'user', subject_id: id, multiplier: 2 })
    const key = await server.addKey({ user_id: id, name: 'dear' })
    upstream.always({ usage: { input: 100, output: 50 } })
    await ask(key.key)
    await server.settledRecords()
    type Listed = { id: string; month_cost_usd: number }[]
    const [listed] = await server.api<Listed>('GET', '/admin/api-keys?q=dear')
    const signedIn = await fetchWhole(`${server.url}/api/auth/login`, { body: { email, password } })
    const { token } = (signedIn.json as { data: { token: string } }).data
    const { json } = await get('/api/user/api-keys', { authorization: `Bearer ${token}` })
    const [own] = (json as { data: Listed }).data
    assert.ok(listed !== undefined && listed.month_cost_usd > 0)
    assert.equal(own?.month_cost_usd, 2 * listed.month_cost_usd)
    const unused = await server.addKey({ name: 'never used' })
    const [idle] = await server.api<Listed>('GET', '/admin/api-keys?q=never used')
    assert.deepEqual([idle?.id, idle?.month_cost_usd], [unused.id, 0])
  })
})
