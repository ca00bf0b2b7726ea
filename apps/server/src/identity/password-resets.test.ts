import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { createAudit } from '../admin/audit.ts'
import { noticesRoutes } from '../admin/notices-routes.ts'
import { usersRoutes } from '../admin/users-routes.ts'
import { createStatistics } from '../ledger/statistics.ts'
import { type IdentityServer, startIdentityServer } from './testing/identity-server.ts'
import { findCredentials } from './users-repository.ts'
import { type MailServer, startMailServer } from './testing/mail-server.ts'

const password = 'correct horse 电池'
const newPassword = 'another long one'
const rules = () => ({ isRegistrationOpen: true, tokenQuota: 1 })

forEachDatabase('a forgotten password', (database) => {
  let mailServer: MailServer
  let server: IdentityServer
  let admin: string
  let emails = 0

  before(async () => {
    mailServer = await startMailServer()
    server = await startIdentityServer(database, {
      environment: {
        SMTP_URL: mailServer.url,
        MAIL_FROM: 'Parley <parley@example.com>',
        PUBLIC_URL: 'https://chat.example.com',
      },
      extend: async ({ store, clock }) => {
        const audit = createAudit(store, clock)
        const admins = (identity: IdentityServer['identity']) => [
          usersRoutes({ ...identity, audit, statistics: createStatistics(store), clock }),
          noticesRoutes({ ...identity, audit }),
        ]
        return { rules, api: () => [], admin: admins }
      },
    })
    await server.identity.firstAdmin.create({ email: 'root@example.com', password })
    admin = (await login('root@example.com')).body.data.token
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await mailServer[Symbol.asyncDispose]()
  })

  const post = (path: string, body: object, headers = {}) => server.call('POST', `/api/auth${path}`, { body, headers })
  const login = (email: string, secret = password) => post('/login', { email, password: secret })
  const settled = () => server.identity.passwordResets[Symbol.asyncDispose]()
  const notices = async () => (await server.call('GET', '/admin/notices', { token: admin })).body.data
  async function person() {
    const email = `forgetful${++emails}@example.com`
    const { body } = await post('/register', { email, password, nickname: 'buy at https://evil.example' })
    return { email, id: body.data.user.id as string, token: body.data.token as string }
  }
  const tokenIn = (text: string) =>
    /https:\/\/chat\.example\.com\/reset-password#([\w-]+)/.exec(text)?.[1] ?? assert.fail(text)
  async function mailed(email: string) {
    await post('/password/forgot', { email })
    await settled()
    return tokenIn(mailServer.received.at(-1)?.text ?? '')
  }

  describe('with mail', () => {
    it('is replaced with the link that comes, once, and signs out everywhere', async () => {
      const { email, token } = await person()
      const asked = await post('/password/forgot', { email: ` ${email.toUpperCase()}` })
      assert.deepEqual([asked.status, asked.body], [200, { success: true, data: null }])
      await settled()
      const mail = mailServer.received.at(-1)
      assert.deepEqual([mail?.from, mail?.to], ['parley@example.com', [email]])
      assert.doesNotMatch(mail?.text ?? '', /evil/)
      const link = { token: tokenIn(mail?.text ?? '') }

      const weak = await post('/password/reset', { ...link, password: 'short' })
      assert.deepEqual([weak.status, weak.body.code], [400, 'weak_password'])
      assert.equal((await post('/password/reset', { ...link, password: newPassword })).status, 200)
      assert.equal((await server.call('GET', '/api/auth/me', { token })).status, 401)
      assert.equal((await login(email)).status, 401)
      assert.equal((await login(email, newPassword)).status, 200)
      const again = await post('/password/reset', { ...link, password })
      assert.deepEqual([again.status, again.body.code], [400, 'reset_link_invalid'])
    })

    it('comes in the language of the page', async () => {
      const { email } = await person()
      await post('/password/forgot', { email }, { 'accept-language': 'zh-CN' })
      await settled()
      assert.match(mailServer.received.at(-1)?.text ?? '', /30 分钟内有效/)
    })

    it('has a link for half an hour, kept as a hash', async () => {
      const { email } = await person()
      const token = await mailed(email)
      const rows = JSON.stringify(await server.store.database.selectFrom('password_reset').selectAll().execute())
      assert.ok(rows.length > 2 && !rows.includes(token))
      server.pass(30 * 60_000 + 1)
      assert.equal((await post('/password/reset', { token, password: newPassword })).body.code, 'reset_link_invalid')
    })

    it('is replaced once by two who use the link at the same moment, and voids the other links', async () => {
      const { email } = await person()
      const [first, second] = [await mailed(email), await mailed(email)]
      const answers = await Promise.all(
        [1, 2].map((each) => post('/password/reset', { token: first, password: `${newPassword} ${each}` })),
      )
      assert.deepEqual(
        answers.map(({ status }) => status).toSorted((a, b) => a - b),
        [200, 400],
      )
      assert.equal((await post('/password/reset', { token: second, password: newPassword })).status, 400)
    })

    it('answers the same for an email that nobody has, and sends nothing', async () => {
      const before = mailServer.received.length
      const asked = await post('/password/forgot', { email: 'nobody@example.com' })
      assert.deepEqual([asked.status, asked.body], [200, { success: true, data: null }])
      await settled()
      assert.equal(mailServer.received.length, before)
      assert.deepEqual(await notices(), [])
    })

    it('answers before it has looked, so that the time tells nothing', async () => {
      const { email } = await person()
      let isAnswered = false
      let wasAnswered: boolean | undefined
      const { counters } = server.state
      const take = counters.take.bind(counters)
      counters.take = async (key, options) => {
        if (key.startsWith('forgot:')) {
          await new Promise((resolve) => setTimeout(resolve, 50))
          wasAnswered = isAnswered
        }
        return take(key, options)
      }
      try {
        await post('/password/forgot', { email })
        isAnswered = true
        await settled()
      } finally {
        counters.take = take
      }
      assert.equal(wasAnswered, true)
    })

    it('does not flood a mailbox', async () => {
      const { email } = await person()
      const before = mailServer.received.length
      for (let request = 0; request < 6; request++) await post('/password/forgot', { email })
      await settled()
      assert.equal(mailServer.received.length, before + 3)
    })

    it('sends nothing to somebody who is switched off', async () => {
      const { email, id } = await person()
      await server.identity.people.administer(id, { isActive: false })
      const before = mailServer.received.length
      await post('/password/forgot', { email })
      await settled()
      assert.equal(mailServer.received.length, before)
    })
  })

  describe('without mail', () => {
    it('tells administrators once for each person, who hand over a link', async () => {
      mailServer.refuse()
      const { email, id } = await person()
      await post('/password/forgot', { email })
      await post('/password/forgot', { email })
      await settled()
      const [notice, ...others] = await notices()
      assert.equal(others.length, 0)
      assert.deepEqual([notice.kind, notice.user_id, notice.email, notice.count], ['password_reset', id, email, 2])

      const made = await server.call('POST', `/admin/users/${id}/password-reset`, { token: admin })
      assert.equal(made.status, 201)
      const token = tokenIn(made.body.data.url)
      server.pass(23 * 3_600_000)
      assert.equal((await post('/password/reset', { token, password: newPassword })).status, 200)
      assert.deepEqual(await notices(), [], 'it is done')
      const [trace] = await server.store.database
        .selectFrom('audit')
        .selectAll()
        .where('action', '=', 'user.password_link')
        .execute()
      assert.equal(trace?.target_id, id)
      assert.ok(!JSON.stringify(trace).includes(token))
    })

    it('is no matter for others than administrators', async () => {
      const { email, id, token } = await person()
      await post('/password/forgot', { email })
      await settled()
      assert.equal((await server.call('GET', '/admin/notices', { token })).status, 403)
      assert.equal((await server.call('POST', `/admin/users/${id}/password-reset`, { token })).status, 403)
      assert.equal((await server.call('POST', '/admin/users/x/password-reset', { token: admin })).status, 404)
      const [notice] = await notices()
      const dismiss = () => server.call('DELETE', `/admin/notices/${notice.id}`, { token: admin })
      assert.deepEqual([(await dismiss()).status, (await dismiss()).status], [200, 404])
    })
  })

  it('has no other link any more once a password was set, in whatever way', async () => {
    const changed = await person()
    const linkBefore = await mailed(changed.email)
    const body = { currentPassword: password, newPassword }
    assert.equal((await server.call('PUT', '/api/auth/password', { token: changed.token, body })).status, 200)
    const reset = (token: string) => post('/password/reset', { token, password: 'of the thief, and long' })
    assert.equal((await reset(linkBefore)).body.code, 'reset_link_invalid')

    const administered = await person()
    const linkOfAnother = await mailed(administered.email)
    const asked = { token: admin, body: { password: newPassword } }
    assert.equal((await server.call('PATCH', `/admin/users/${administered.id}`, asked)).status, 200)
    assert.equal((await reset(linkOfAnother)).body.code, 'reset_link_invalid')
  })

  it('is no way in for a sign-in that began with the old one', async () => {
    const { email, id } = await person()
    const known = await findCredentials({ email }, server.store.database)
    assert.ok(known)
    await server.call('PATCH', `/admin/users/${id}`, { token: admin, body: { password: newPassword } })
    const client = { ip: '127.0.0.1', userAgent: null }
    await assert.rejects(server.identity.signIns.proceed(known, client), { code: 'invalid_credentials' })
    assert.deepEqual(
      await server.store.database
        .selectFrom('session')
        .selectAll()
        .where('user_id', '=', id)
        .where('revoked_at', 'is', null)
        .execute(),
      [],
    )
  })
})
