/** Whoever is refused by a limit is told which one it was, and when it counts anew. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type FakeUpstream, fetchWhole, startFakeUpstream, type WholeResponse } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

describe('a limit that is reached', () => {
  let server: TestServer
  let upstream: FakeUpstream

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer()
    await server.addAccount({ name: 'a', kind: 'openai', base_url: upstream.url, api_key: 'sk-1', models: ['m'] })
    const prices = { input: 1, output: 1 }
    await server.api('POST', '/admin/models', { id: 'm', name: 'm', provider: 'x', prices })
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })

  const call = (key: string) =>
    fetchWhole(`${server.url}/v1/chat/completions`, {
      headers: { 'x-api-key': key },
      body: { model: 'm', messages: [{ role: 'user', content: 'x' }] },
    })
  async function refusedBy(limit: object): Promise<WholeResponse> {
    const { key } = await server.addKey({ limits: [limit] })
    const answer = await call(key)
    const refused = answer.status === 429 ? answer : await call(key)
    assert.equal(refused.status, 429, refused.text)
    return refused
  }

  it('says how much it allows, that nothing is left, and when it begins anew', async () => {
    const { headers, text } = await refusedBy({ what: 'requests', per: 'day', max: 1 })
    assert.deepEqual([headers['ratelimit-limit'], headers['ratelimit-remaining']], ['1', '0'])
    const reset = Number(headers['ratelimit-reset'])
    assert.ok(reset > 0 && reset <= 86_400, String(reset))
    assert.ok(Math.abs(Number(headers['retry-after']) - reset) <= 1)
    assert.match(text, /The limit of 1 requests per day is reached\./)
  })

  it('says US dollars of cost', async () => {
    const { headers, text } = await refusedBy({ what: 'cost', per: 'month', max: 0.000_000_5 })
    assert.equal(headers['ratelimit-limit'], '0.0000005')
    assert.match(text, /The limit of \$0\.0000005 per month is reached\./)
  })

  it('that never begins anew has no time to come back at, and says so', async () => {
    const { headers, text } = await refusedBy({ what: 'requests', per: 'total', max: 1 })
    assert.deepEqual([headers['ratelimit-limit'], headers['ratelimit-remaining']], ['1', '0'])
    assert.deepEqual([headers['ratelimit-reset'], headers['retry-after']], [undefined, undefined])
    assert.match(text, /in total is reached; it does not reset, so ask an administrator for more\./)
  })

  it('in the chat stands in place of the one that let the request pass', async () => {
    const email = 'poor@example.com'
    const body = { email, password: 'correct horse battery' }
    const { id } = await server.api<{ id: string }>('POST', '/api/users', { ...body, username: 'poor' })
    await server.api('PATCH', `/api/users/${id}`, { token_quota: 5 })
    const signedIn = await fetchWhole(`${server.url}/api/auth/login`, { body })
    const { token } = (JSON.parse(signedIn.text) as { data: { token: string } }).data
    const send = async (path: string, sent: object) =>
      await fetchWhole(server.url + path, { headers: { authorization: `Bearer ${token}` }, body: sent })
    const made = JSON.parse((await send('/api/conversations', {})).text) as { data: { id: string } }
    const refused = await send(`/api/conversations/${made.data.id}/messages`, { content: 'x' })
    const { headers } = refused
    assert.equal(refused.status, 429, refused.text)
    assert.deepEqual([headers['ratelimit-limit'], headers['ratelimit-remaining']], ['5', '0'])
    assert.deepEqual([headers['ratelimit-reset'], headers['retry-after']], [undefined, undefined])
    assert.match(refused.text, /It does not reset/)
  })
})
