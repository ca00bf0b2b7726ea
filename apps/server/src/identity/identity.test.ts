import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { forEachDatabase, type TestDatabase } from '@parley/testkit'
import { sql } from 'kysely'
import { prepareAccounts } from './prepare-accounts.ts'
import { type IdentityServer, startIdentityServer } from './testing/identity-server.ts'

const password = 'correct horse 电池'
let emails = 0
const freshEmail = () => `person${++emails}@example.com`

forEachDatabase('people', (database) => {
  let server: IdentityServer
  before(async () => {
    server = await startIdentityServer(database)
  })
  after(() => server[Symbol.asyncDispose]())

  const register = async (email = freshEmail()) => {
    const { status, body } = await server.call('POST', '/api/auth/register', { body: { email, password } })
    assert.equal(status, 201)
    return body.data
  }

  describe('registering', () => {
    it('answers as the documents print it: token and user, 201', async () => {
      const email = freshEmail()
      const answer = await server.call('POST', '/api/auth/register', {
        body: { email: email.toUpperCase(), password, nickname: 'Test' },
      })
      assert.equal(answer.status, 201)
      assert.equal(answer.body.success, true)
      const { token, refresh_token, user } = answer.body.data
      assert.deepEqual(user, {
        id: user.id,
        email,
        username: email.split('@')[0],
        nickname: 'Test',
        plan: 'free',
        role: 'user',
      })
      const payload = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())
      assert.equal(payload.userId, user.id)
      assert.equal(payload.exp - payload.iat, 7 * 86_400)
      assert.equal(typeof refresh_token, 'string')
    })

    it('is bare below /bare', async () => {
      const body = { email: freshEmail(), password, username: `名字${emails}` }
      const answer = await server.call('POST', '/bare/api/auth/register', { body })
      assert.equal(answer.status, 201)
      assert.equal(answer.body.user.username, body.username)
      assert.equal('success' in answer.body, false)
    })

    it('is refused with 409 for an email or a username that somebody has, whatever its case', async () => {
      const { user } = await register()
      const sameEmail = await server.call('POST', '/api/auth/register', {
        body: { email: user.email.toUpperCase(), password },
      })
      assert.deepEqual([sameEmail.status, sameEmail.body.code], [409, 'email_taken'])
      const sameName = await server.call('POST', '/bare/api/auth/register', {
        body: { email: freshEmail(), password, username: user.username },
        headers: { 'accept-language': 'zh-CN,zh' },
      })
      assert.deepEqual([sameName.status, sameName.body], [409, { error: '用户名已存在' }])
    })

    it('gives those with the same name before the @ different usernames', async () => {
      const first = await register(`same.name.${emails}@one.example`)
      const second = await register(`same.name.${emails}@two.example`)
      assert.notEqual(first.user.username, second.user.username)
    })

    it('lets exactly one of ten have an email that all want at once', async () => {
      const body = { email: freshEmail(), password }
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => server.call('POST', '/api/auth/register', { body })),
      )
      assert.deepEqual(
        answers.map((answer) => answer.status).toSorted((a, b) => a - b),
        [201, ...Array(9).fill(409)],
      )
    })

    it('names every field that is wrong', async () => {
      const answer = await server.call('POST', '/api/auth/register', { body: { email: 'nobody', username: 'a b' } })
      assert.equal(answer.status, 400)
      assert.equal(answer.body.code, 'invalid_input')
      assert.match(answer.body.error, /email: .*; password: expected string.*; username: must be letters/)
      assert.deepEqual(
        answer.body.details.fields.map((each: { field: string }) => each.field),
        ['email', 'password', 'username'],
      )
    })

    it('refuses passwords that are short, common, or the email', async () => {
      const email = freshEmail()
      for (const bad of ['short', 'password123', '88888888', email, 'x'.repeat(300)]) {
        const { status, body } = await server.call('POST', '/api/auth/register', { body: { email, password: bad } })
        assert.deepEqual([status, body.code], [400, 'weak_password'], bad)
      }
    })
  })

  describe('signing in', () => {
    it('works with the email in any case, and says who it is', async () => {
      const { user } = await register()
      const { status, body } = await server.call('POST', '/api/auth/login', {
        body: { email: ` ${user.email.toUpperCase()} `, password },
      })
      assert.equal(status, 200)
      const me = await server.call('GET', '/api/auth/me', { token: body.data.token })
      assert.equal(me.body.data.id, user.id)
      assert.equal(me.body.data.token_quota, 1_000_000)
      assert.equal('password_hash' in me.body.data, false)
    })

    it('says the same for a wrong password as for an email that nobody has', async () => {
      const { user } = await register()
      const wrong = await server.call('POST', '/bare/api/auth/login', {
        body: { email: user.email, password: 'wrong' },
      })
      const nobody = await server.call('POST', '/bare/api/auth/login', {
        body: { email: 'nobody@example.com', password: 'wrong' },
      })
      assert.deepEqual([wrong.status, wrong.body], [401, { error: 'Email or password is wrong.' }])
      assert.deepEqual([nobody.status, nobody.body], [401, wrong.body])
    })

    it('is needed: without a token, with a bad one, or an API key there is 401', async () => {
      const { token } = await register()
      for (const bad of [undefined, 'nonsense', `${token.slice(0, -2)}xx`, 'cr_0123456789abcdef', unsigned(token)]) {
        const { status, body } = await server.call('GET', '/api/auth/me', bad === undefined ? {} : { token: bad })
        assert.deepEqual([status, body.code, body.data], [401, 'unauthenticated', null])
      }
    })

    it('ends after seven days', async () => {
      const { token } = await register()
      server.pass(7 * 86_400_000 + 1000)
      const { status, body } = await server.call('GET', '/api/auth/me', { token })
      assert.deepEqual([status, body.code], [401, 'token_expired'])
    })
  })

  describe('staying signed in', () => {
    const refresh = (refresh_token: string) => server.call('POST', '/api/auth/refresh', { body: { refresh_token } })

    it('gives new tokens for a refresh token, and the old one is used up', async () => {
      const first = await register()
      const second = (await refresh(first.refresh_token)).body.data
      assert.notEqual(second.refresh_token, first.refresh_token)
      const me = await server.call('GET', '/api/auth/me', { token: second.token })
      assert.equal(me.body.data.id, first.user.id)
      assert.equal((await refresh(second.refresh_token)).status, 200)
    })

    it('gives two tabs that refresh at once the same next token', async () => {
      const first = await register()
      const answers = await Promise.all([1, 2, 3].map(() => refresh(first.refresh_token)))
      assert.deepEqual(
        answers.map((answer) => answer.status),
        [200, 200, 200],
      )
      assert.equal(new Set(answers.map((answer) => answer.body.data.refresh_token)).size, 1)
      assert.equal((await refresh(answers[0]?.body.data.refresh_token)).status, 200)
    })

    it('ends the whole sign-in when a used token is used again: then two parties have it', async () => {
      const first = await register()
      const second = (await refresh(first.refresh_token)).body.data
      server.pass(11_000)
      const again = await refresh(first.refresh_token)
      assert.deepEqual([again.status, again.body.code], [401, 'token_reused'])
      assert.equal((await refresh(second.refresh_token)).status, 401)
      assert.equal((await server.call('GET', '/api/auth/me', { token: second.token })).status, 401)
    })

    it('ends it even within the moment of grace when the token is two steps old', async () => {
      const first = await register()
      const second = (await refresh(first.refresh_token)).body.data
      await refresh(second.refresh_token)
      assert.equal((await refresh(first.refresh_token)).body.code, 'token_reused')
    })

    it('cannot be ended by a stranger with an invented token', async () => {
      const { refresh_token, token } = await register()
      const [session, step] = refresh_token.split('.')
      const invented = await refresh(`${session}.${step}.${'A'.repeat(43)}`)
      assert.deepEqual([invented.status, invented.body.code], [401, 'token_expired'])
      assert.equal((await server.call('GET', '/api/auth/me', { token })).status, 200)
    })

    it('ends after thirty days without a refresh', async () => {
      const { refresh_token } = await register()
      server.pass(30 * 86_400_000 + 1000)
      assert.equal((await refresh(refresh_token)).status, 401)
    })
  })

  describe('signing out', () => {
    it('makes both tokens worthless at once', async () => {
      const { token, refresh_token } = await register()
      const out = await server.call('POST', '/api/auth/logout', { token })
      assert.deepEqual([out.status, out.body], [200, { success: true, data: null }])
      assert.equal((await server.call('GET', '/api/auth/me', { token })).status, 401)
      assert.equal((await server.call('POST', '/api/auth/refresh', { body: { refresh_token } })).status, 401)
    })

    it('of another device is possible from the list of sessions, and only of one’s own', async () => {
      const here = await register()
      const there = (await server.call('POST', '/api/auth/login', { body: { email: here.user.email, password } })).body
        .data
      const stranger = await register()
      const { body } = await server.call('GET', '/api/auth/sessions', { token: here.token })
      assert.deepEqual(body.data.map((each: { is_current: boolean }) => each.is_current).sort(), [false, true])
      const other = body.data.find((each: { is_current: boolean }) => !each.is_current)

      const notTheirs = await server.call('DELETE', `/api/auth/sessions/${other.id}`, { token: stranger.token })
      assert.equal(notTheirs.status, 403)
      await server.call('DELETE', `/api/auth/sessions/${other.id}`, { token: here.token })
      assert.equal((await server.call('GET', '/api/auth/me', { token: there.token })).status, 401)
      assert.equal((await server.call('GET', '/api/auth/me', { token: here.token })).status, 200)
    })

    it('of all others leaves this one', async () => {
      const here = await register()
      const body = { email: here.user.email, password }
      const others = await Promise.all([1, 2].map(() => server.call('POST', '/api/auth/login', { body })))
      await server.call('DELETE', '/api/auth/sessions', { token: here.token })
      for (const other of others) {
        assert.equal((await server.call('GET', '/api/auth/me', { token: other.body.data.token })).status, 401)
      }
      assert.equal((await server.call('GET', '/api/auth/me', { token: here.token })).status, 200)
    })
  })

  describe('changing the password', () => {
    it('needs the current one, takes effect, and signs out all other devices', async () => {
      const here = await register()
      const there = (await server.call('POST', '/api/auth/login', { body: { email: here.user.email, password } })).body
        .data
      const change = (currentPassword: string, newPassword: string) =>
        server.call('PUT', '/api/auth/password', { token: here.token, body: { currentPassword, newPassword } })

      const wrong = await change('wrong', 'a better password')
      assert.deepEqual([wrong.status, wrong.body.code], [400, 'wrong_password'])
      const weak = (await change(password, 'short')).body
      assert.deepEqual([weak.code, weak.details], ['weak_password', { field: 'newPassword' }])
      assert.equal((await change(password, 'a better password')).status, 200)

      assert.equal((await server.call('GET', '/api/auth/me', { token: there.token })).status, 401)
      assert.equal((await server.call('GET', '/api/auth/me', { token: here.token })).status, 200)
      const signIn = (pass: string) =>
        server.call('POST', '/api/auth/login', { body: { email: here.user.email, password: pass } })
      assert.equal((await signIn(password)).status, 401)
      assert.equal((await signIn('a better password')).status, 200)
    })
  })

  describe('the profile', () => {
    it('has S1’s fields, bare as S1 prints them', async () => {
      const { token, user } = await register()
      const { body } = await server.call('GET', '/bare/api/user/profile', { token })
      const { id, email, nickname, plan, token_quota, token_used } = body
      assert.deepEqual(
        { id, email, nickname, plan, token_quota, token_used },
        { id: user.id, email: user.email, nickname: null, plan: 'free', token_quota: 1_000_000, token_used: 0 },
      )
      assert.match(body.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    })

    it('lets one change the nickname and nothing else', async () => {
      const { token } = await register()
      const { body } = await server.call('PATCH', '/api/user/profile', {
        token,
        body: { nickname: '小明', role: 'admin' },
      })
      assert.equal(body.data.nickname, '小明')
      assert.equal(body.data.role, 'user')
      for (const path of ['/api/auth/me', '/api/user/profile']) {
        const { nickname, role } = (await server.call('GET', path, { token })).body.data
        assert.deepEqual([nickname, role], ['小明', 'user'], path)
      }
    })

    it('says how much of the quota is used, in per cent with two decimals', async () => {
      const { token, user } = await register()
      await server.store.database.updateTable('user').set({ token_used: 123_456 }).where('id', '=', user.id).execute()
      const { body } = await server.call('GET', '/bare/api/user/usage', { token })
      assert.deepEqual(body, {
        token_quota: 1_000_000,
        token_used: 123_456,
        token_remaining: 876_544,
        usage_percent: 12.35,
      })
    })
  })

  describe('switching a user off', () => {
    it('ends their sessions at once and keeps them out', async () => {
      const { token, user } = await register()
      await server.identity.people.administer(user.id, { isActive: false })
      assert.equal((await server.call('GET', '/api/auth/me', { token })).status, 401)
      const again = await server.call('POST', '/api/auth/login', { body: { email: user.email, password } })
      assert.deepEqual([again.status, again.body.code], [403, 'account_disabled'])
    })
  })
})

forEachDatabase('the first administrator', (database: TestDatabase) => {
  let server: IdentityServer
  beforeEach(async () => {
    server = await startIdentityServer(database)
    await server.store.database.deleteFrom('user').execute()
  })
  after(() => server[Symbol.asyncDispose]())

  const claim = (token: string, email = freshEmail()) =>
    server.call('POST', '/api/setup', { body: { token, email, password } })

  it('is made with the one-time link, once', async () => {
    assert.deepEqual((await server.call('GET', '/bare/api/setup')).body, { is_needed: true })
    const token = await server.identity.firstAdmin.makeToken()
    const made = await claim(token)
    assert.deepEqual([made.status, made.body.data.user.role], [201, 'admin'])
    const again = await claim(token)
    assert.deepEqual([again.status, again.body.code], [409, 'setup_done'])
    assert.deepEqual((await server.call('GET', '/bare/api/setup')).body, { is_needed: false })
    await server[Symbol.asyncDispose]()
  })

  it('is not made with a wrong token, and a failed try does not use the token up, nor does the start of another node', async () => {
    const token = await server.identity.firstAdmin.makeToken()
    const other = await server.identity.firstAdmin.makeToken()
    assert.equal((await claim('nonsense')).body.code, 'setup_token_invalid')
    const taken = freshEmail()
    await server.call('POST', '/api/auth/register', { body: { email: taken, password } })
    assert.equal((await claim(token, taken)).body.code, 'email_taken')
    assert.equal((await claim(token)).status, 201)
    assert.equal((await claim(other)).body.code, 'setup_done')
    await server[Symbol.asyncDispose]()
  })

  it('is somebody who registered with the address before, and nobody else gets in as them any more', async () => {
    const email = freshEmail()
    await server.call('POST', '/api/auth/register', { body: { email, password } })
    const { rows } = await sql<{ id: string }>`select id from "user" where email = ${email}`.execute(
      server.store.database,
    )
    const userId = rows[0]?.id ?? ''
    const { database: tables } = server.store
    const now = Date.now()
    await tables
      .insertInto('oidc_identity')
      .values({ issuer: 'https://sso.example', subject: userId, user_id: userId, created_at: now })
      .execute()
    await tables
      .insertInto('user_mfa')
      .values({ user_id: userId, secret_sealed: 'x', enabled_at: now, last_step: 0, created_at: now })
      .execute()
    await tables
      .insertInto('password_reset')
      .values({ hash: userId, user_id: userId, created_at: now, expires_at: now + 60_000 })
      .execute()
    await server.identity.firstAdmin.create({ email, password: `${password} 2` })
    for (const table of ['oidc_identity', 'user_mfa', 'password_reset'] as const)
      assert.deepEqual(await tables.selectFrom(table).select('user_id').where('user_id', '=', userId).execute(), [])
    await server[Symbol.asyncDispose]()
  })

  it('is one, however many claim at once', async () => {
    const token = await server.identity.firstAdmin.makeToken()
    const answers = await Promise.all(Array.from({ length: 5 }, () => claim(token)))
    assert.deepEqual(answers.map((answer) => answer.status === 201).filter(Boolean), [true])
    await server[Symbol.asyncDispose]()
  })

  it('is one, however it is made at once on several nodes', async () => {
    const { firstAdmin } = server.identity
    const token = await firstAdmin.makeToken()
    const [first, second] = [freshEmail(), freshEmail()]
    const made = await Promise.allSettled([
      firstAdmin.create({ email: first, password }),
      firstAdmin.create({ email: first, password: 'what another node was told' }),
      firstAdmin.create({ email: second, password }),
      firstAdmin.claim(token, { email: freshEmail(), password }, { ip: '127.0.0.1', userAgent: 'test' }),
    ])
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const one of made) if (one.status === 'rejected') assert.equal(one.reason.code, 'setup_done')
    const { total } = await server.identity.people.list({ q: '', page: 1, limit: 10 })
    assert.equal(total, 1)
    await server[Symbol.asyncDispose]()
  })

  it('made by the operator takes over an email that a stranger registered before', async () => {
    const email = freshEmail()
    const stranger = await server.call('POST', '/api/auth/register', { body: { email, password } })
    await server.identity.firstAdmin.create({ email, password: 'only the operator knows' })
    assert.equal((await server.call('GET', '/api/auth/me', { token: stranger.body.data.token })).status, 401)
    assert.equal((await server.call('POST', '/api/auth/login', { body: { email, password } })).status, 401)
    await server[Symbol.asyncDispose]()
  })

  it('cannot be demoted while there is no other, even by two at once', async () => {
    const { people, firstAdmin } = server.identity
    const first = await firstAdmin.create({ email: freshEmail(), password })
    await assert.rejects(people.administer(first.id, { role: 'user' }), { code: 'last_admin' })
    const second = await people.create({ email: freshEmail(), password })
    await people.administer(second.id, { role: 'admin' })
    const results = await Promise.allSettled(
      [first.id, second.id].map((id) => people.administer(id, { isActive: false })),
    )
    assert.deepEqual(results.map((result) => result.status).sort(), ['fulfilled', 'rejected'])
    await server[Symbol.asyncDispose]()
  })
})

forEachDatabase('sign-in limits and the demo', (database) => {
  it('lets an address try ten times a minute, and says when it may again', async () => {
    await using server = await startIdentityServer(database, { environment: { SIGN_INS_PER_MINUTE: '10' } })
    const body = { email: 'nobody@example.com', password: 'guess' }
    const headers = { 'accept-language': 'zh-CN' }
    const answers = []
    for (let index = 0; index < 11; index++)
      answers.push(await server.call('POST', '/bare/api/auth/login', { body, headers }))
    const last = answers.at(-1)
    // The minute may have turned meanwhile; then the first of the new minute is let in.
    assert.ok(answers.filter((answer) => answer.status === 401).length >= 10)
    if (last?.status === 429) {
      assert.deepEqual(last.body, { error: '请求过于频繁，请稍后再试' })
      assert.ok(Number(last.headers['retry-after']) >= 1)
      assert.equal(last.headers['ratelimit-limit'], '10')
      assert.equal(last.headers['ratelimit-remaining'], '0')
    }
  })

  it('lets nobody guess one person’s password from ever new addresses', async () => {
    await using server = await startIdentityServer(database, {
      environment: { SIGN_INS_PER_MINUTE: '2', TRUSTED_PROXIES: 'loopback' },
    })
    const guess = (email: string, at: number) =>
      server.call('POST', '/api/auth/login', {
        body: { email, password: 'guess' },
        headers: { 'x-forwarded-for': `203.0.113.${at}` },
      })
    const statuses = []
    for (let at = 1; at <= 21; at++) statuses.push((await guess('Somebody@example.com', at)).status)
    // The hour may have turned meanwhile.
    assert.deepEqual(new Set(statuses.slice(0, 20)), new Set([401]))
    const others = await guess('another@example.com', 30)
    assert.ok(statuses[20] === 429 || new Date().getMinutes() === 0)
    assert.equal(others.status, 401)
  })

  it('makes no demo where others are at home, whose passwords nobody knows', async () => {
    await using server = await startIdentityServer(database, { isDemo: true })
    const { people } = server.identity
    await people.create({ email: 'ada@example.com', password })
    await assert.rejects(
      prepareAccounts(server.identity, { isDemo: true, admin: undefined }),
      /a database that is not the demo/,
    )
    assert.equal(await people.count(), 1)
  })

  it('lets the demo’s passwords have six characters and be common', async () => {
    await using server = await startIdentityServer(database, { isDemo: true })
    const body = { username: 'testuser', email: 'test@example.com', password: '123456' }
    assert.equal((await server.call('POST', '/api/auth/register', { body })).status, 201)
    assert.equal((await server.call('POST', '/api/auth/login', { body })).status, 200)
  })
})

/** The same claims, "signed" with the algorithm `none`. */
function unsigned(token: string): string {
  const header = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
  return `${header}.${token.split('.')[1]}.`
}

forEachDatabase('a server for one person, before there is one', (database) => {
  it('is nobody’s who registers: the one is the administrator', async () => {
    await using server = await startIdentityServer(database, { environment: { SINGLE_USER: 'true' } })
    const body = { email: freshEmail(), password }
    const refused = await server.call('POST', '/api/auth/register', { body })
    assert.deepEqual([refused.status, refused.body.code], [403, 'single_user'])
    const token = await server.identity.firstAdmin.makeToken()
    const { status } = await server.call('POST', '/api/setup', { body: { ...body, token } })
    assert.equal(status, 201)
  })
})
