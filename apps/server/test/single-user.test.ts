/** A server that is one person's. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { fetchWhole, forEachDatabase } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

const someone = { email: 'other@example.com', password: 'correct horse battery' }

forEachDatabase('for one person alone', (database) => {
  let server: TestServer
  before(async () => {
    server = await startServer({ database, isDemo: true, env: { SINGLE_USER: 'true' } })
  })
  after(() => server[Symbol.asyncDispose]())

  async function outcome(path: string, body: object, method = 'POST') {
    const headers = { authorization: `Bearer ${server.token}` }
    const { status, json } = await fetchWhole(server.url + path, { method, body, headers })
    return (json as { code?: string }).code ?? status
  }
  async function info() {
    const app = await server.api<{ registration_open: boolean; single_user: boolean }>('GET', '/api/settings/app')
    return [app.registration_open, app.single_user]
  }

  it('is none of the demo’s people here: the administrator is the one', async () => {
    assert.equal((await server.api<object[]>('GET', '/admin/users')).length, 1)
  })

  it('is made no second account, by any door, and everybody is asked still who they are', async () => {
    assert.equal(await outcome('/api/auth/register', someone), 'single_user')
    assert.equal(await outcome('/admin/users', someone), 'single_user')
    assert.equal(await outcome('/admin/invitations', {}), 'single_user')
    assert.equal((await server.api<object[]>('GET', '/admin/users')).length, 1)
    assert.deepEqual(await info(), [false, true])
    assert.equal((await fetchWhole(`${server.url}/api/conversations`, { method: 'GET' })).status, 401)
  })

  it('can be said while it runs, where there is one account; invitations of before are void meanwhile', async () => {
    await server.api('PUT', '/admin/settings', { single_user: false })
    assert.deepEqual(await info(), [true, false])
    const { url } = await server.api<{ url: string }>('POST', '/admin/invitations', {})
    const invited = { ...someone, invitation: url.split('=')[1] }
    await server.api('PUT', '/admin/settings', { single_user: true })
    assert.equal(await outcome('/api/auth/register', invited), 'single_user')
    await server.api('PUT', '/admin/settings', { single_user: false })
    assert.equal(await outcome('/api/auth/register', invited), 201)
    assert.equal(await outcome('/admin/settings', { single_user: true }, 'PUT'), 'several_users')
    assert.deepEqual(await info(), [true, false])
  })
})
