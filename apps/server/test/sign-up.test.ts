/** Who may come by themselves: the sign-up switch, allowed domains, waiting for an administrator, the group of new users. */
import assert from 'node:assert/strict'
import { after, afterEach, before, it } from 'node:test'
import { fetchWhole, forEachDatabase } from '@parley/testkit'
import { openStore } from '../src/store/testing/open-store.ts'
import { startServer, type TestServer } from './harness.ts'

const password = 'correct horse battery'
/** For two servers, one after the other, on the same database. */
const secrets = { KEY_PEPPER: 'wQ8nT4vB1zX6mK9pL3sD7fG2hJ5cRyUe', ENCRYPTION_KEY: 'Zx3Cv6Bn9Ml2Kj5Hg8Fd1Sa4Qw7Er0Ty' }

interface UserDetails {
  readonly id: string
  readonly role: string
  readonly email: string
  readonly status: string
  readonly group_id: string | null
  readonly token_quota: number
  readonly last_seen_at: string | null
}

forEachDatabase('signing up', (database) => {
  let server: TestServer
  before(async () => {
    server = await startServer({ database })
  })
  after(() => server[Symbol.asyncDispose]())
  // The role first: what it needs is taken back only after it.
  const changed = [
    'default_role',
    'registration_approval',
    'registration_open',
    'allowed_email_domains',
    'default_group_id',
  ]
  afterEach(async () => {
    for (const field of changed) await server.api('DELETE', `/admin/settings/${field}`)
  })

  const post = (path: string, body: object) => fetchWhole(server.url + path, { body })
  const codeOf = ({ json }: { json: unknown }) => (json as { code?: string }).code
  const find = async (email: string) => (await server.api<UserDetails[]>('GET', `/admin/users?q=${email}`))[0]

  it('can need an administrator: until then they are told to wait, and then they come in', async () => {
    await server.api('PUT', '/admin/settings', { registration_approval: true })
    const credentials = { email: 'new@example.com', password }
    const registered = await post('/api/auth/register', credentials)
    assert.equal(registered.status, 202, registered.text)
    assert.equal((registered.json as { data: { approval_required: boolean } }).data.approval_required, true)
    assert.ok(!registered.text.includes('token"'))
    const refused = await post('/api/auth/login', credentials)
    assert.deepEqual([refused.status, codeOf(refused)], [403, 'account_pending'])

    const waiting = await server.api<UserDetails[]>('GET', '/admin/users?status=pending')
    assert.deepEqual(
      waiting.map(({ email, status }) => [email, status]),
      [['new@example.com', 'pending']],
    )
    await server.api('PATCH', `/admin/users/${waiting[0]?.id}`, { is_active: true })
    assert.equal((await post('/api/auth/login', credentials)).status, 200)
    assert.equal((await find('new@example.com'))?.status, 'active')
  })

  it('ends with a no where an administrator says so', async () => {
    await server.api('PUT', '/admin/settings', { registration_approval: true })
    const credentials = { email: 'declined@example.com', password }
    await post('/api/auth/register', credentials)
    const user = await find(credentials.email)
    await server.api('PATCH', `/admin/users/${user?.id}`, { is_active: false })
    assert.equal(codeOf(await post('/api/auth/login', credentials)), 'account_disabled')
    assert.equal((await find(credentials.email))?.status, 'blocked')
  })

  it('is for certain domains only where that is said, whatever their spelling', async () => {
    await server.api('PUT', '/admin/settings', { allowed_email_domains: ['Example.COM'] })
    const outside = await post('/api/auth/register', { email: 'x@elsewhere.test', password })
    assert.deepEqual([outside.status, codeOf(outside)], [403, 'email_domain_forbidden'])
    const trick = await post('/api/auth/register', { email: 'x@notexample.com', password })
    assert.equal(trick.status, 403)
    assert.equal((await post('/api/auth/register', { email: 'inside@EXAMPLE.com', password })).status, 201)
    // An administrator adds whom they like.
    await server.api('POST', '/admin/users', { email: 'guest@elsewhere.test', password })
  })

  it('gives whoever registers the role that is said; at first that of a user', async () => {
    await post('/api/auth/register', { email: 'one@example.com', password })
    await server.api('PUT', '/admin/settings', { default_role: 'admin', registration_approval: true })
    await post('/api/auth/register', { email: 'two@example.com', password })
    assert.deepEqual([(await find('one@example.com'))?.role, (await find('two@example.com'))?.role], ['user', 'admin'])
    const refused = await fetchWhole(`${server.url}/admin/settings`, {
      method: 'PUT',
      body: { default_role: 'owner' },
      headers: { authorization: `Bearer ${server.token}` },
    })
    assert.equal(refused.status, 400)
    await server.api('PATCH', `/admin/users/${(await find('two@example.com'))?.id}`, { role: 'user' })
  })

  it('never makes administrators of whoever comes: both orders of saying so are refused, with the field', async () => {
    const change = async (body: object) => {
      const headers = { authorization: `Bearer ${server.token}` }
      const { status, json } = await fetchWhole(`${server.url}/admin/settings`, { method: 'PUT', body, headers })
      const { code, details } = json as { code?: string; details?: { field?: string } }
      return status === 200 ? 200 : [status, code, details?.field]
    }
    const refusedAt = (field: string) => [400, 'open_to_administrators', field]
    assert.deepEqual(await change({ default_role: 'admin' }), refusedAt('default_role'))
    assert.deepEqual(
      await change({ default_role: 'admin', allowed_email_domains: ['example.com'] }),
      refusedAt('default_role'),
      'an address proves nothing by itself',
    )
    assert.equal(await change({ registration_open: false }), 200)
    assert.equal(await change({ default_role: 'admin' }), 200)
    assert.deepEqual(await change({ registration_open: true }), refusedAt('registration_open'))
    const takenBack = await fetchWhole(`${server.url}/admin/settings/registration_open`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${server.token}` },
    })
    assert.equal(codeOf(takenBack), 'open_to_administrators')
    assert.equal(await change({ registration_open: true, registration_approval: true }), 200)
    assert.deepEqual(await change({ registration_approval: false }), refusedAt('registration_approval'))
    assert.equal(
      await change({ chat_requests_per_minute: 40, default_role: 'user', registration_approval: false }),
      200,
    )
    const roleSaid = async () => (await server.api<{ default_role: string }>('GET', '/admin/settings')).default_role
    assert.equal(await roleSaid(), 'user')
    assert.deepEqual(await change({ default_role: 'ADMIN' }), refusedAt('default_role'), 'however it is written')
    assert.equal(await change({ default_role: 'USER' }), 200)
    assert.equal(await roleSaid(), 'user')
  })

  it('puts new users into a group, with its quota; one that is gone is none', async () => {
    const { id } = await server.api<{ id: string }>('POST', '/admin/user-groups', { name: 'newcomers', token_quota: 5 })
    await server.api('PUT', '/admin/settings', { default_group_id: id })
    await post('/api/auth/register', { email: 'member@example.com', password })
    const member = await find('member@example.com')
    assert.deepEqual([member?.group_id, member?.token_quota], [id, 5])
    await server.api('DELETE', `/admin/user-groups/${id}`)
    assert.equal((await post('/api/auth/register', { email: 'alone@example.com', password })).status, 201)
    assert.equal((await find('alone@example.com'))?.group_id, null)
  })

  it('is seen in the list of users: by status, role, group, in any order', async () => {
    const emails = async (query: string) =>
      (await server.api<UserDetails[]>('GET', `/admin/users?${query}`)).map(({ email }) => email)
    assert.deepEqual(await emails('role=admin'), ['admin@example.com'])
    assert.deepEqual(await emails('role=ADMIN'), ['admin@example.com'])
    assert.deepEqual(await emails('role=USER'), await emails('role=user'))
    assert.ok(!(await emails('status=active')).includes('declined@example.com'))
    assert.deepEqual(await emails('status=blocked'), ['declined@example.com'])
    const byName = await emails('sort=name')
    assert.deepEqual(byName, [...byName].sort())
    assert.deepEqual(await emails('sort=name&order=desc'), [...byName].reverse())
    const [first] = await emails('sort=last_seen')
    assert.equal((await find(first ?? ''))?.last_seen_at === null, false)
  })
})

forEachDatabase('where somebody is signed in', (database) => {
  it('is seen by administrators, who can end it everywhere, at once', async () => {
    await using server = await startServer({ database, env: secrets })
    const credentials = { email: 'ann@example.com', password }
    const { id } = await server.api<{ id: string }>('POST', '/admin/users', credentials)
    const { json } = await fetchWhole(`${server.url}/api/auth/login`, { body: credentials })
    const { token } = (json as { data: { token: string } }).data
    const me = () =>
      fetchWhole(`${server.url}/api/auth/me`, { method: 'GET', headers: { authorization: `Bearer ${token}` } })
    assert.equal((await me()).status, 200)
    const sessions = await server.api<{ is_current: boolean }[]>('GET', `/admin/users/${id}/sessions`)
    assert.deepEqual(
      sessions.map((session) => session.is_current),
      [false],
    )
    await server.api('DELETE', `/admin/users/${id}/sessions`)
    assert.equal((await me()).status, 401)
    assert.deepEqual(await server.api('GET', `/admin/users/${id}/sessions`), [])
  })

  it('is noted as they use it, not only when they sign in', async () => {
    const store = await openStore(database)
    const used = async () => {
      const rows = await store.database.selectFrom('session').select('last_used_at').execute()
      return rows.map((row) => row.last_used_at)
    }
    {
      await using server = await startServer({ database, env: secrets })
      await server.app.store.database.updateTable('session').set({ last_used_at: 1000 }).execute()
      await server.api('GET', '/api/auth/me')
    }
    // It is written now and then, and when the server stops.
    assert.ok((await used()).some((at) => at > 1000))
    await store[Symbol.asyncDispose]()
  })
})

forEachDatabase('an administrator’s role for newcomers', (database) => {
  it('makes a plain user of whoever registers where the environment has opened it behind that', async () => {
    const secrets = {
      KEY_PEPPER: 'wQ8nT4vB1zX6mK9pL3sD7fG2hJ5cRyUe',
      ENCRYPTION_KEY: 'Zx3Cv6Bn9Ml2Kj5Hg8Fd1Sa4Qw7Er0Ty',
    }
    {
      await using closed = await startServer({ database, env: { ...secrets, OPEN_REGISTRATION: 'false' } })
      await closed.api('PUT', '/admin/settings', { default_role: 'admin' })
    }
    await using opened = await startServer({ database, env: { ...secrets, OPEN_REGISTRATION: 'true' } })
    const { status } = await fetchWhole(`${opened.url}/api/auth/register`, {
      body: { email: 'stranger@example.com', password },
    })
    assert.equal(status, 201)
    const [stranger] = await opened.api<UserDetails[]>('GET', '/admin/users?q=stranger')
    assert.equal(stranger?.role, 'user')
    await opened.api('PUT', '/admin/settings', { chat_requests_per_minute: 41 })
    await opened.api('DELETE', '/admin/settings/default_role')
  })
})
