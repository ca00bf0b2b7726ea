/** What a key forbids is forbidden at every door, because one place decides it. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fetchWhole, forEachDatabase, type TestDatabase } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

const model = 'gpt-4'
const messages = [{ role: 'user', content: 'hi' }]
const gemini = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }

/** All doors that make calls, with a call for the simulator. */
const doors = [
  { path: '/v1/messages', wire: 'anthropic', body: { model, max_tokens: 10, messages } },
  { path: '/api/v1/messages', wire: 'anthropic', body: { model, max_tokens: 10, messages } },
  { path: '/v1/chat/completions', wire: 'openai-chat', body: { model, messages } },
  { path: '/v1/responses', wire: 'openai-responses', body: { model, input: 'hi' } },
  { path: `/v1beta/models/${model}:generateContent`, wire: 'gemini', body: gemini },
  { path: `/v1beta/models/${model}:streamGenerateContent?alt=sse`, wire: 'gemini', body: gemini },
] as const

// Hooks of the inner suite run before the database is dropped.
forEachDatabase('the rules of keys', (database) => describe('at every door', () => declare(database)))

function declare(database: TestDatabase): void {
  let server: TestServer
  before(async () => {
    server = await startServer({ database })
  })
  after(() => server?.[Symbol.asyncDispose]())

  const call = async (path: string, body: object | undefined, headers: { [name: string]: string }) => {
    const method = body === undefined ? 'GET' : 'POST'
    return await fetchWhole(server.url + path, { method, headers, ...(body && { body }) })
  }

  for (const { path, wire, body } of doors) {
    describe(path, () => {
      const refused: [string, { [field: string]: unknown }, number, { [name: string]: string }?][] = [
        ['an address that is not allowed', { ip_allow: ['203.0.113.0/24'] }, 403],
        [
          'an address that a proxy tells, not allowed',
          { ip_allow: ['127.0.0.1'] },
          403,
          { 'x-forwarded-for': '8.8.8.8' },
        ],
        ['a client that is not allowed', { clients: ['claude-code'] }, 403, { 'user-agent': 'curl/8' }],
        ['a model that is not allowed', { models: ['another'] }, 403],
        ['a wire that is not allowed', { wires: [wire === 'gemini' ? 'anthropic' : 'gemini'] }, 403],
        ['a key that is switched off', { enabled: false }, 401],
        ['a key at its end', { expires_at: '2020-01-01T00:00:00Z' }, 401],
      ]
      for (const [what, restriction, status, headers] of refused) {
        test(`refuses ${what}`, async () => {
          const { key } = await server.addKey(restriction)
          const reply = await call(path, body, { 'x-api-key': key, ...headers })
          assert.equal(reply.status, status, reply.text)
          assert.equal((await server.settledRecords()).filter(({ key_id }) => key_id === key).length, 0)
        })
      }

      test('serves a key whose rules all hold', async () => {
        const restriction = {
          ip_allow: ['203.0.113.0/24'],
          clients: ['claude-code'],
          models: [model],
          wires: [wire],
          expires_at: '2100-01-01T00:00:00Z',
        }
        const { key } = await server.addKey(restriction)
        const headers = { 'user-agent': 'claude-cli/2.1.329 (external, cli)', 'x-forwarded-for': '203.0.113.7' }
        const reply = await call(path, body, { 'x-api-key': key, ...headers })
        assert.equal(reply.status, 200, reply.text)
      })
    })
  }

  test('the list of models is behind the same rules', async () => {
    const { key } = await server.addKey({ ip_allow: ['203.0.113.0/24'] })
    assert.equal((await call('/v1/models', undefined, { 'x-api-key': key })).status, 403)
    const far = { 'x-api-key': key, 'x-forwarded-for': '203.0.113.9' }
    assert.equal((await call('/v1/models', undefined, far)).status, 200)
  })

  test('a key with active_seconds ends so long after its first use', async () => {
    const { id, key } = await server.addKey({ active_seconds: 3600 })
    const read = () =>
      server.api<{ activated_at: string | null; ends_at: string | null }>('GET', `/admin/api-keys/${id}`)
    assert.deepEqual([(await read()).activated_at, (await read()).ends_at], [null, null])
    for (const path of ['/v1/models', `/v1/models/${model}`, '/v1beta/models', '/v1/key-info', '/v1/usage'])
      assert.equal((await call(path, undefined, { 'x-api-key': key })).status, 200)
    assert.equal((await read()).activated_at, null, 'looking at what there is is no use')
    const [door] = doors
    assert.equal((await call(door.path, door.body, { 'x-api-key': key })).status, 200)
    const { activated_at, ends_at } = await read()
    assert.equal(Date.parse(ends_at ?? '') - Date.parse(activated_at ?? ''), 3_600_000)
    await server.app.store.database
      .updateTable('api_key')
      .set({ activated_at: Date.now() - 3_600_000 })
      .where('id', '=', id)
      .execute()
    await server.app.keys.update(id, {})
    assert.equal((await call(door.path, door.body, { 'x-api-key': key })).status, 401)
  })

  test('what an administrator does to a key of somebody is not theirs to lift, until it is handed over', async () => {
    const { token, user } = await server.api<{ token: string; user: { id: string } }>('POST', '/api/auth/register', {
      email: 'bound@example.com',
      password: 'long enough words',
    })
    const headers = { authorization: `Bearer ${token}`, 'accept-language': 'zh' }
    const change = (id: string, body: object) =>
      fetchWhole(`${server.url}/api/user/api-keys/${id}`, { method: 'PATCH', headers, body })
    const made = await fetchWhole(`${server.url}/api/user/api-keys`, { headers, body: { name: 'mine' } })
    const own = (made.json as { data: { id: string } }).data.id
    const given = (await server.addKey({ user_id: user.id, models: [model], limits: [] })).id
    const lifted = { enabled: true, limits: [], models: null, expires_at: null }
    assert.equal((await change(own, { models: [model] })).status, 200)
    const refused = await change(given, lifted)
    assert.equal(refused.status, 403)
    assert.match(refused.text, /由管理员管理/)
    await server.api('PATCH', `/admin/api-keys/${own}`, { name: 'named by an administrator' })
    assert.equal((await change(own, { models: null })).status, 200)
    await server.api('PATCH', `/admin/api-keys/${own}`, { enabled: false })
    assert.equal((await change(own, { enabled: true })).status, 403)
    for (const id of [own, given]) {
      await server.api('PATCH', `/admin/api-keys/${id}`, { managed_by: 'user' })
      assert.equal((await change(id, lifted)).status, 200)
    }
  })

  test('people make keys of their own, and cannot pin them to accounts', async () => {
    const email = 'owner@example.com'
    const { token } = await server.api<{ token: string }>('POST', '/api/auth/register', {
      email,
      password: 'long enough words',
    })
    const headers = { authorization: `Bearer ${token}` }
    const made = await fetchWhole(`${server.url}/api/user/api-keys`, {
      headers,
      body: { name: 'mine', account_groups: ['x'] },
    })
    assert.equal(made.status, 201, made.text)
    const { data } = made.json as { data: { key: string; account_groups: null } }
    assert.equal(data.account_groups, null)
    const [door] = doors
    assert.equal((await call(door.path, door.body, { 'x-api-key': data.key })).status, 200)
  })
}
