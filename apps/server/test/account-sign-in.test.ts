/** An account whose sign-in is lost is an administrator's to mend: they are told, once, until somebody has. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type FakeUpstream, fetchWhole, forEachDatabase, startFakeUpstream, type TestDatabase } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

interface Notice {
  readonly kind: string
  readonly user_id: string | null
  readonly account_id: string | null
  readonly count: number
}

// Hooks of the inner suite run before the database is dropped.
forEachDatabase('lost sign-ins', (database) => describe('of accounts', () => declare(database)))

function declare(database: TestDatabase): void {
  let upstream: FakeUpstream
  let server: TestServer
  let tokens: Server
  /** The provider takes the refresh token. */
  let isGood = true

  before(async () => {
    upstream = await startFakeUpstream()
    tokens = createServer((request, response) => {
      request.resume().on('end', () => {
        const body = isGood
          ? { access_token: `a${Math.random()}`, refresh_token: 'r', expires_in: 1 }
          : { error: 'invalid_grant' }
        response.writeHead(isGood ? 200 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      })
    }).listen(0, '127.0.0.1')
    await once(tokens, 'listening')
    const url = `http://127.0.0.1:${(tokens.address() as AddressInfo).port}`
    const settings = { authorize_url: url, token_url: url, client_id: 'c', scopes: 's', redirect_uri: url }
    server = await startServer({ database, env: { UPSTREAM_OAUTH_ANTHROPIC: JSON.stringify(settings) } })
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
    tokens.closeAllConnections()
    tokens.close()
  })

  async function signIn(): Promise<string> {
    const { authorization_id } = await server.api<{ authorization_id: string }>(
      'POST',
      '/admin/accounts/generate-auth-url',
      { kind: 'anthropic' },
    )
    await server.api('POST', '/admin/accounts/exchange-code', { authorization_id, code: 'code' })
    return authorization_id
  }
  const notices = () => server.api<Notice[]>('GET', '/admin/notices')
  /** They are written beside the call. */
  async function untilNotices(count: number): Promise<Notice[]> {
    let list = await notices()
    for (const endsAt = Date.now() + 5_000; list.length !== count && Date.now() < endsAt; ) list = await notices()
    assert.equal(list.length, count)
    return list
  }

  test('are told once, and no longer when somebody has signed in', async () => {
    const { key } = await server.addKey()
    const ask = () =>
      fetchWhole(`${server.url}/v1/messages`, {
        headers: { 'x-api-key': key },
        body: { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] },
      })
    const authorization_id = await signIn()
    const fields = { name: 'o', kind: 'anthropic', base_url: upstream.url, models: ['m'], authorization_id }
    const { id } = await server.addAccount(fields)
    assert.equal((await ask()).status, 200)
    assert.deepEqual(await notices(), [])

    isGood = false
    for (let call = 0; call < 3; call += 1) assert.equal((await ask()).status, 503)
    const [notice] = await untilNotices(1)
    assert.deepEqual(
      [notice?.kind, notice?.user_id, notice?.account_id, notice?.count],
      ['account_sign_in', null, id, 1],
    )

    isGood = true
    await server.api('PATCH', `/admin/accounts/${id}`, { authorization_id: await signIn() })
    await untilNotices(0)
    assert.equal((await ask()).status, 200)

    isGood = false
    await ask()
    await untilNotices(1)
    await server.api('DELETE', `/admin/accounts/${id}`)
    await untilNotices(0)
  })
}
