/** The requests of the requirement documents as they print them, behind the mount that each is written for. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { prepareAccounts } from './prepare-accounts.ts'
import { type IdentityServer, startIdentityServer } from './testing/identity-server.ts'

forEachDatabase('the documents’ requests about people', (database) => {
  let server: IdentityServer
  before(async () => {
    server = await startIdentityServer(database, { isDemo: true })
  })
  after(() => server[Symbol.asyncDispose]())

  it('S1: register, sign in and use the token, without the envelope', async () => {
    const registered = await server.call('POST', '/bare/api/auth/register', {
      body: { email: 'test@test.com', password: '123456', nickname: 'Test' },
    })
    assert.equal(registered.status, 201)
    const { id, email, nickname, plan } = registered.body.user
    assert.deepEqual({ email, nickname, plan }, { email: 'test@test.com', nickname: 'Test', plan: 'free' })

    const signedIn = await server.call('POST', '/bare/api/auth/login', {
      body: { email: 'test@test.com', password: '123456' },
    })
    assert.deepEqual(signedIn.body.user, registered.body.user)
    const { token } = signedIn.body

    const profile = await server.call('GET', '/bare/api/user/profile', { token })
    assert.equal(profile.body.id, id)
    const renamed = await server.call('PATCH', '/bare/api/user/profile', { token, body: { nickname: '新昵称' } })
    assert.equal(renamed.body.nickname, '新昵称')
    const usage = await server.call('GET', '/bare/api/user/usage', { token })
    assert.deepEqual(usage.body, {
      token_quota: 1_000_000,
      token_used: 0,
      token_remaining: 1_000_000,
      usage_percent: 0,
    })

    const again = await server.call('POST', '/bare/api/auth/register', {
      body: { email: 'test@test.com', password: '123456', nickname: 'Test' },
    })
    assert.deepEqual([again.status, Object.keys(again.body)], [409, ['error']])
    assert.equal((await server.call('GET', '/bare/api/user/profile')).status, 401)
  })

  it('S2: register, sign in and ask who one is, with the envelope', async () => {
    const registered = await server.call('POST', '/api/auth/register', {
      body: { username: 'testuser', email: 'test@example.com', password: '123456' },
    })
    assert.equal(registered.status, 201)
    assert.deepEqual([registered.body.success, registered.body.data.user.username], [true, 'testuser'])
    const signedIn = await server.call('POST', '/api/auth/login', {
      body: { email: 'test@example.com', password: '123456' },
    })
    const me = await server.call('GET', '/api/auth/me', { token: signedIn.body.data.token })
    const { username, email } = me.body.data
    assert.deepEqual({ username, email }, { username: 'testuser', email: 'test@example.com' })
  })

  it('S2: the two preset accounts sign in, however often the demo is started', async () => {
    await server.store.database.deleteFrom('user').execute()
    for (let start = 0; start < 2; start++) await prepareAccounts(server.identity, { isDemo: true, admin: undefined })
    for (const [username, email] of [
      ['testuser', 'test@test.com'],
      ['testuser2', 'test2@test.com'],
    ]) {
      const { status, body } = await server.call('POST', '/api/auth/login', { body: { email, password: '123456' } })
      assert.deepEqual([status, body.data.user.username], [200, username])
    }
  })

  it('S3: change the password, with the error body that it prints', async () => {
    const { token } = (
      await server.call('POST', '/api/auth/login', { body: { email: 'test@test.com', password: '123456' } })
    ).body.data
    const wrong = await server.call('PUT', '/api/auth/password', {
      token,
      body: { currentPassword: 'wrong', newPassword: '654321' },
    })
    assert.deepEqual([wrong.body.success, typeof wrong.body.error, wrong.body.data], [false, 'string', null])
    const changed = await server.call('PUT', '/api/auth/password', {
      token,
      body: { currentPassword: '123456', newPassword: '654321' },
    })
    assert.deepEqual([changed.status, changed.body], [200, { success: true, data: null }])
  })
})
