import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { type IdentityServer, startIdentityServer } from '../identity/testing/identity-server.ts'
import { createConfig } from '../config/config.ts'
import { createStatistics } from '../ledger/statistics.ts'
import { createAudit } from './audit.ts'
import { createSettings, type Settings } from './settings.ts'
import { adminSettingsRoutes, settingsRoutes } from './settings-routes.ts'
import { usersRoutes } from './users-routes.ts'

const password = 'correct horse battery'

forEachDatabase('settings and users', (database) => {
  let server: IdentityServer
  let settings: Settings
  let admin: string
  let user: string
  let adminId: string
  let userId: string

  before(async () => {
    server = await startIdentityServer(database, {
      extend: async ({ config, store, state, clock, log }) => {
        settings = await createSettings({ config, store, state, clock, log })
        const audit = createAudit(store, clock)
        const parts = { settings, audit, config }
        const counted = { audit, statistics: createStatistics(store), clock }
        return {
          rules: () => ({
            isRegistrationOpen: settings.system.registration_open,
            needsApproval: settings.system.registration_approval,
            emailDomains: settings.system.allowed_email_domains,
            groupId: settings.system.default_group_id,
            tokenQuota: settings.system.default_token_quota,
          }),
          api: (identity) => [settingsRoutes({ ...identity, ...parts }), usersRoutes({ ...identity, ...counted })],
          admin: (identity) => [
            adminSettingsRoutes({ ...identity, ...parts }),
            usersRoutes({ ...identity, ...counted }),
          ],
        }
      },
    })
    const root = await server.identity.firstAdmin.create({ email: 'root@example.com', password })
    adminId = root.id
    const signIn = async (email: string) =>
      (await server.call('POST', '/api/auth/login', { body: { email, password } })).body.data.token
    userId = (await server.identity.people.create({ email: 'ann@example.com', password })).id
    admin = await signIn('root@example.com')
    user = await signIn('ann@example.com')
  })
  after(async () => {
    await settings[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const auditOf = (action: string) =>
    server.store.database.selectFrom('audit').selectAll().where('action', '=', action).orderBy('id').execute()

  describe('the system’s settings', () => {
    it('are for administrators', async () => {
      for (const path of ['/api/settings/system', '/admin/settings']) {
        assert.equal((await server.call('GET', path, { token: user })).status, 403)
        assert.equal((await server.call('PUT', path, { token: user, body: {} })).status, 403)
        assert.equal((await server.call('GET', path)).status, 401)
      }
    })

    it('take effect at once, are kept, and leave a trace', async () => {
      const body = { registration_open: false }
      const changed = await server.call('PUT', '/api/settings/system', { token: admin, body })
      const { registration_open, default_token_quota, retention_days } = changed.body.data
      assert.deepEqual([registration_open, default_token_quota, retention_days], [false, 1_000_000, null])
      const refused = await server.call('POST', '/api/auth/register', { body: { email: 'x@example.com', password } })
      assert.deepEqual([refused.status, refused.body.code], [403, 'registration_closed'])
      assert.equal((await server.call('GET', '/bare/api/settings/app')).body.registration_open, false)

      const more = { registration_open: true, default_token_quota: 5, retention_days: 30 }
      await server.call('PUT', '/admin/settings', { token: admin, body: more })
      const made = await server.call('POST', '/api/auth/register', { body: { email: 'y@example.com', password } })
      const usage = await server.call('GET', '/bare/api/user/usage', { token: made.body.data.token })
      assert.equal(usage.body.token_quota, 5)
      const trace = await auditOf('settings.update')
      assert.deepEqual(
        trace.map((row) => [row.actor_id, JSON.parse(row.detail_json)]),
        [
          [adminId, body],
          [adminId, more],
        ],
      )
    })

    it('refuse what is none', async () => {
      const body = { default_token_quota: -1 }
      const { status, body: answer } = await server.call('PUT', '/api/settings/system', { token: admin, body })
      assert.equal(status, 400)
      assert.match(answer.error, /^default_token_quota: /)
    })
  })

  describe('one’s own settings', () => {
    it('begin with the defaults, change in part, and are one’s own', async () => {
      const path = '/bare/api/settings/personal'
      const defaults = { language: null, theme: 'system', default_model: null, retention_days: null, preferences: {} }
      assert.deepEqual((await server.call('GET', path, { token: user })).body, defaults)
      await server.call('PUT', path, { token: user, body: { theme: 'dark', preferences: { send: 'ctrl-enter' } } })
      await server.call('PUT', path, { token: user, body: { language: 'zh' } })
      const changed = { ...defaults, language: 'zh', theme: 'dark', preferences: { send: 'ctrl-enter' } }
      assert.deepEqual((await server.call('GET', path, { token: user })).body, changed)
      assert.deepEqual((await server.call('GET', path, { token: admin })).body, defaults)
    })

    it('do not grow without end', async () => {
      const body = { preferences: { much: 'x'.repeat(20_000) } }
      assert.equal((await server.call('PUT', '/api/settings/personal', { token: user, body })).status, 400)
    })
  })

  describe('the users', () => {
    it('are listed for administrators, found by part of their name, page by page', async () => {
      assert.equal((await server.call('GET', '/api/users', { token: user })).status, 403)
      const { body } = await server.call('GET', '/api/users?q=ANN@&limit=1', { token: admin })
      assert.deepEqual(body.pagination, { page: 1, limit: 1, total: 1 })
      assert.equal(body.data[0].email, 'ann@example.com')
      assert.equal('password_hash' in body.data[0], false)
      // A wildcard is a letter like any other.
      assert.equal((await server.call('GET', '/api/users?q=%25', { token: admin })).body.pagination.total, 0)
      assert.equal((await server.call('GET', '/api/users?q=_', { token: admin })).body.pagination.total, 0)
    })

    it('are made and changed by administrators, with both spellings of roles, and it leaves a trace without passwords', async () => {
      const body = { email: 'ben@example.com', password, nickname: '本', role: 'ADMIN' }
      const made = await server.call('POST', '/admin/users', { token: admin, body })
      assert.deepEqual([made.status, made.body.data.role, made.body.data.is_active], [201, 'admin', true])
      const { id } = made.body.data
      const change = { role: 'USER', token_quota: 42, plan: 'pro', password: 'another good one' }
      const changed = await server.call('PATCH', `/api/users/${id}`, { token: admin, body: change })
      const { role, token_quota, plan } = changed.body.data
      assert.deepEqual({ role, token_quota, plan }, { role: 'user', token_quota: 42, plan: 'pro' })
      const signedIn = await server.call('POST', '/api/auth/login', {
        body: { email: 'ben@example.com', password: 'another good one' },
      })
      assert.equal(signedIn.status, 200)
      const trace = [...(await auditOf('user.create')), ...(await auditOf('user.update'))]
      assert.equal(trace.length, 2)
      assert.equal(JSON.stringify(trace).includes('good one') || JSON.stringify(trace).includes(password), false)
    })

    it('who are promoted may do more with the token that they have', async () => {
      await server.call('PATCH', `/api/users/${userId}`, { token: admin, body: { role: 'admin' } })
      assert.equal((await server.call('GET', '/api/users', { token: user })).status, 200)
      await server.call('PATCH', `/api/users/${userId}`, { token: admin, body: { role: 'user' } })
      assert.equal((await server.call('GET', '/api/users', { token: user })).status, 403)
    })

    it('get rid of an authenticator that they lost, and it leaves a trace', async () => {
      const { id } = await server.identity.people.create({ email: 'lost@example.com', password })
      const { database } = server.store
      await database
        .insertInto('user_mfa')
        .values({ user_id: id, secret_sealed: 'x', enabled_at: 1, last_step: 0, created_at: 1 })
        .execute()
      const details = async () => (await server.call('GET', `/admin/users/${id}`, { token: admin })).body.data
      assert.equal((await details()).mfa_enabled, true)
      assert.equal((await server.call('DELETE', `/admin/users/${id}/mfa`, { token: user })).status, 403)
      assert.equal((await server.call('DELETE', `/admin/users/${id}/mfa`, { token: admin })).status, 200)
      assert.equal((await details()).mfa_enabled, false)
      const again = await server.call('DELETE', `/admin/users/${id}/mfa`, { token: admin })
      assert.deepEqual([again.status, again.body.code], [409, 'mfa_not_enabled'])
      assert.deepEqual(
        (await auditOf('user.mfa_reset')).map((row) => row.target_id),
        [id],
      )
    })

    it('that are not there are 404, and the last administrator stays', async () => {
      assert.equal((await server.call('GET', '/api/users/nobody', { token: admin })).status, 404)
      assert.equal((await server.call('PATCH', '/api/users/nobody', { token: admin, body: { plan: 'x' } })).status, 404)
      const { status, body } = await server.call('PATCH', `/api/users/${adminId}`, {
        token: admin,
        body: { is_active: false },
      })
      assert.deepEqual([status, body.code], [409, 'last_admin'])
    })
  })

  it('settings are the same on another node, at once', async () => {
    const config = createConfig({ DATA_DIR: server.dataDir })
    await using other = await createSettings({ ...server, config, clock: Date.now })
    await server.call('PUT', '/api/settings/system', { token: admin, body: { default_token_quota: 77 } })
    const deadline = performance.now() + 5_000
    while (other.system.default_token_quota !== 77 && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal(other.system.default_token_quota, 77)
  })
})
