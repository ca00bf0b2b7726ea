/** The fourth document: every endpoint that it names, and the flow of a key's call and of an OAuth account, step by step. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type FakeUpstream, fetchWhole, forEachDatabase, startFakeUpstream, startHttpProxy } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

const isPageBuilt = existsSync(fileURLToPath(new URL('../../web/dist/index.html', import.meta.url)))
const body = { model: 'claude-sonnet-4-5', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] }

/** A token endpoint that checks the code verifier against the challenge of the page that the person was sent to. */
async function startAuthorizationServer() {
  const seen: { challenge: string; grants: string[] } = { challenge: '', grants: [] }
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const parameters = new URLSearchParams(Buffer.concat(chunks).toString())
      const grant = parameters.get('grant_type') ?? ''
      seen.grants.push(grant)
      const verified = createHash('sha256')
        .update(parameters.get('code_verifier') ?? '')
        .digest('base64url')
      const isGood = grant === 'refresh_token' || (parameters.get('code') === 'good' && verified === seen.challenge)
      const number = seen.grants.length
      // It expires within the ten seconds before which the document has it refreshed.
      const expires_in = grant === 'refresh_token' ? 3600 : 9
      const tokens = { access_token: `access-${number}`, refresh_token: `refresh-${number}`, expires_in }
      response
        .writeHead(isGood ? 200 : 400, { 'content-type': 'application/json' })
        .end(JSON.stringify(isGood ? tokens : { error: 'invalid_grant' }))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return { seen, url: `http://127.0.0.1:${port}`, close: () => void server.close() }
}

forEachDatabase('S4', (database) => {
  let upstream: FakeUpstream
  let authorization: Awaited<ReturnType<typeof startAuthorizationServer>>
  let server: TestServer
  let key: string

  before(async () => {
    upstream = await startFakeUpstream()
    authorization = await startAuthorizationServer()
    const oauth = {
      authorize_url: `${authorization.url}/authorize`,
      token_url: `${authorization.url}/token`,
      client_id: 'team',
      scopes: 'inference',
      redirect_uri: 'http://localhost:1/callback',
    }
    server = await startServer({ database, env: { UPSTREAM_OAUTH_ANTHROPIC: JSON.stringify(oauth) } })
    key = (await server.addKey({ name: 's4' })).key
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
    authorization?.close()
  })

  const get = (path: string, headers: { [name: string]: string } = {}) =>
    fetchWhole(server.url + path, { method: 'GET', headers })

  test('an OAuth account is added, refreshed and used, all of it through its own proxy', async () => {
    await using proxy = await startHttpProxy({ password: { user: 'u', password: 'p' } })
    const started = await server.api<{ authorization_id: string; auth_url: string }>(
      'POST',
      '/admin/claude-accounts/generate-auth-url',
      { proxy: proxy.url },
    )
    const page = new URL(started.auth_url)
    assert.equal(page.searchParams.get('code_challenge_method'), 'S256')
    authorization.seen.challenge = page.searchParams.get('code_challenge') ?? ''
    const { authorization_id } = started
    const code = `good#${page.searchParams.get('state') ?? ''}`
    await server.api('POST', '/admin/claude-accounts/exchange-code', { authorization_id, code })
    const account = await server.api<{ id: string; proxy: string; oauth: object; api_key: null }>(
      'POST',
      '/admin/claude-accounts',
      { name: 'oauth', base_url: upstream.url, authorization_id, models: [body.model] },
    )
    assert.deepEqual([account.api_key, account.proxy.includes(':***@')], [null, true])
    assert.ok(proxy.tunnels.length > 0, 'the exchange went through the proxy')

    const callers = Array.from({ length: 5 }, () =>
      fetchWhole(`${server.url}/api/v1/messages`, { body, headers: { 'x-api-key': key } }),
    )
    for (const reply of await Promise.all(callers)) assert.equal(reply.status, 200, reply.text)
    assert.deepEqual(authorization.seen.grants, ['authorization_code', 'refresh_token'], 'refreshed once for all')
    for (const { headers } of upstream.received) {
      assert.equal(headers['authorization'], 'Bearer access-2')
      assert.equal(headers['x-api-key'], undefined)
      assert.ok(!JSON.stringify(headers).includes(key), 'the caller’s own key stays here')
    }
    const stored = JSON.stringify(await server.app.store.database.selectFrom('account').selectAll().execute())
    assert.doesNotMatch(stored, /access-2|refresh-2/)
    // The proxy ends with this test, the account does not.
    await server.api('PATCH', `/admin/accounts/${account.id}`, { proxy: null })
  })

  describe('relay endpoints', () => {
    test('POST /api/v1/messages streams', async () => {
      const reply = await fetchWhole(`${server.url}/api/v1/messages`, {
        body: { ...body, stream: true },
        headers: { authorization: `Bearer ${key}` },
      })
      assert.equal(reply.status, 200, reply.text)
      assert.match(String(reply.headers['content-type']), /^text\/event-stream/)
      assert.match(reply.text, /event: message_stop/)
    })

    test('GET /api/v1/models, /api/v1/usage and /api/v1/key-info answer to the key', async () => {
      const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01' }
      const models = (await get('/api/v1/models', headers)).json as { data: { id: string }[] }
      assert.ok(models.data.some(({ id }) => id === body.model))
      const usage = (await get('/api/v1/usage', headers)).json as { total: { requests: number } }
      assert.ok(usage.total.requests >= 5)
      const info = (await get('/api/v1/key-info', headers)).json as { name: string; is_enabled: boolean }
      assert.deepEqual([info.name, info.is_enabled], ['s4', true])
      for (const path of ['/api/v1/models', '/api/v1/usage', '/api/v1/key-info'])
        assert.equal((await get(path)).status, 401, path)
    })

    test('a key has the prefix cr_, is stored as a hash, and one that is none is refused', async () => {
      assert.match(key, /^cr_[0-9a-f]{64}$/)
      const rows = JSON.stringify(await server.app.store.database.selectFrom('api_key').selectAll().execute())
      assert.ok(!rows.includes(key.slice(10, -4)))
      assert.equal((await get('/api/v1/models', { 'x-api-key': 'cr_none' })).status, 401)
    })
  })

  describe('system endpoints', () => {
    test('GET /health', async () => {
      const { status, json } = await get('/health')
      assert.deepEqual([status, (json as { status: string }).status], [200, 'ok'])
    })

    test('GET /web is the page', { skip: !isPageBuilt && 'the page is not built' }, async () => {
      const { status, headers } = await get('/web')
      assert.equal(status, 200)
      assert.match(String(headers['content-type']), /text\/html/)
    })

    test('GET /admin/dashboard is for administrators', async () => {
      assert.equal((await get('/admin/dashboard')).status, 401)
      const { today } = await server.api<{ today: { requests: number } }>('GET', '/admin/dashboard')
      assert.ok(today.requests >= 5)
    })
  })
})
