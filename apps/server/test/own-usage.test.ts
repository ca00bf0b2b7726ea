/** What people see of their own use: over time, call by call, and what is left of their limits. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { fetchWhole, forEachDatabase } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

const password = 'correct horse battery'

interface Tokens {
  readonly input_tokens: number
  readonly output_tokens: number
}

interface Row {
  readonly requests: number
  readonly cost_usd: number
  readonly charged_usd: number
}

forEachDatabase('one’s own usage', (database) => {
  let server: TestServer
  before(async () => {
    server = await startServer({ database })
  })
  after(() => server[Symbol.asyncDispose]())

  async function newPerson(fields: object = {}) {
    const email = `p${Math.random().toString(36).slice(2)}@example.com`
    const { id } = await server.api<{ id: string }>('POST', '/admin/users', { email, password, ...fields })
    const { json } = await fetchWhole(`${server.url}/api/auth/login`, { body: { email, password } })
    const { token } = (json as { data: { token: string } }).data
    const get = async (path: string, method = 'GET') => {
      const reply = await fetchWhole(server.url + path, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(method === 'PATCH' && { body: { nickname: 'new' } }),
      })
      return { status: reply.status, data: (reply.json as { data: never }).data as never, text: reply.text }
    }
    return { id, get, first: await server.addKey({ user_id: id }), second: await server.addKey({ user_id: id }) }
  }

  const ask = ({ key }: { key: string }) =>
    fetchWhole(`${server.url}/v1/messages`, {
      headers: { 'x-api-key': key },
      body: { model: 'gpt-4', max_tokens: 16, messages: [{ role: 'user', content: 'hello' }] },
    })

  it('is the calls of all one’s keys, or of one of them, and nobody else’s', async () => {
    const [ann, ben] = [await newPerson(), await newPerson()]
    await ask(ann.first)
    await ask(ann.first)
    await ask(ann.second)
    await ask(ben.first)
    await server.settledRecords()
    const requests = async (path: string) => {
      const { data } = await ann.get(path)
      return (data as Row[]).reduce((sum, row) => sum + row.requests, 0)
    }
    assert.equal(await requests('/api/user/usage/series'), 3)
    assert.equal(await requests(`/api/user/usage/series?key_id=${ann.first.id}`), 2)
    assert.equal(await requests('/api/user/usage/series?per=hour'), 3)
    const calls = async (query = '') => ((await ann.get(`/api/user/usage/records${query}`)).data as object[]).length
    assert.equal(await calls(), 3)
    assert.equal(await calls(`?key_id=${ann.second.id}`), 1)
    assert.equal((await ann.get(`/api/user/usage/series?key_id=${ben.first.id}`)).status, 403)
    assert.equal((await ann.get(`/api/user/usage/records?key_id=${ben.first.id}`)).status, 403)
    assert.equal((await ann.get('/api/user/usage/series?key_id=none')).status, 404)
  })

  it('is counted wherever people read of themselves, as soon as a call has ended', async () => {
    for (const [method, path] of [
      ['GET', '/api/auth/me'],
      ['GET', '/api/user/profile'],
      ['GET', '/api/user/usage'],
      ['PATCH', '/api/user/profile'],
    ] as const) {
      const person = await newPerson()
      await ask(person.first)
      const { token_used: counted } = (await person.get(path, method)).data as { token_used: number }
      const [record] = (await person.get('/api/user/usage/records')).data as Tokens[]
      assert.ok(counted > 0, `${method} ${path}`)
      assert.equal(counted, (record?.input_tokens ?? 0) + (record?.output_tokens ?? 0))
    }
  })

  it('tells nothing of the operator’s accounts and prices', async () => {
    const ann = await newPerson()
    await ask(ann.first)
    await server.settledRecords()
    const { data } = await ann.get('/api/user/usage/records')
    const [record] = data as { account_id: null; upstream_model: null; price_source: null }[]
    assert.deepEqual([record?.account_id, record?.upstream_model, record?.price_source], [null, null, null])
  })

  it('comes with the limits that hold for one, and what is left of them', async () => {
    const { id: groupId } = await server.api<{ id: string }>('POST', '/admin/user-groups', { name: 'limited' })
    const [ann, ben] = [await newPerson({ group_id: groupId }), await newPerson({ group_id: groupId })]
    const add = (kind: string, id: string, max: number, per = 'day') =>
      server.api('POST', '/admin/limits', { subject_kind: kind, subject_id: id, what: 'requests', per, max })
    await add('user', ann.id, 10)
    await add('member', groupId, 50, 'month')
    await add('group', groupId, 100)
    await ask(ann.first)
    await ask(ben.first)
    await server.settledRecords()
    const { data } = await ann.get('/api/user/limits')
    const limits = (data as { scope: string; max: number; used: number; remaining: number }[]).map(
      ({ scope, max, used, remaining }) => [scope, max, used, remaining],
    )
    assert.deepEqual(limits, [
      ['own', 10, 1, 9],
      ['member', 50, 1, 49],
      ['group', 100, 2, 98],
    ])
  })
})

forEachDatabase('the provider to sign in with', (database) => {
  it('can be tested, and says why it cannot be used', async () => {
    const env = { OIDC_ISSUER: 'http://127.0.0.1:9', OIDC_CLIENT_ID: 'parley', OIDC_NAME: 'Nowhere' }
    await using server = await startServer({ database, env })
    const provider = await server.api<{ name: string; redirect_uri: string }>('GET', '/admin/sign-in-provider')
    assert.equal(provider.name, 'Nowhere')
    assert.match(provider.redirect_uri, /\/api\/auth\/oidc\/callback$/)
    const { ok, error } = await server.api<{ ok: boolean; error: string }>('POST', '/admin/sign-in-provider/test')
    assert.equal(ok, false)
    assert.ok(error.length > 0)
  })
})
