/** Links with which somebody may register, where nobody else may. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { fetchWhole, forEachDatabase } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

const password = 'correct horse battery'
const dayMs = 86_400_000

interface Invitation {
  readonly id: string
  readonly email: string | null
  readonly role: string
  readonly created_at: string
  readonly expires_at: string
  readonly used_at: string | null
  readonly used_by: string | null
}

forEachDatabase('invitations', (database) => {
  let server: TestServer
  let people = 0
  before(async () => {
    const env = { OPEN_REGISTRATION: 'false', PUBLIC_URL: 'https://chat.example.com' }
    server = await startServer({ database, env })
  })
  after(() => server[Symbol.asyncDispose]())

  const newEmail = () => `guest${++people}@example.com`
  const list = () => server.api<Invitation[]>('GET', '/admin/invitations')
  const find = async (id: string) => (await list()).find((one) => one.id === id)

  async function invite(wish: object = {}) {
    const made = await server.api<Invitation & { url: string }>('POST', '/admin/invitations', wish)
    const [, invitation] = /^https:\/\/chat\.example\.com\/register#invitation=([\w-]{43})$/.exec(made.url) ?? []
    assert.ok(invitation, made.url)
    return { ...made, invitation }
  }

  async function register(body: { email?: string; password?: string; invitation?: string | undefined }) {
    const { status, json } = await fetchWhole(`${server.url}/api/auth/register`, {
      body: { email: newEmail(), password, ...body },
    })
    const { code, data } = json as { code?: string; data?: { token?: string; user?: { id: string; role: string } } }
    return { outcome: code ?? status, data }
  }

  it('let one person in, once, and only them', async () => {
    const { id, invitation, used_at: usedAt, ...made } = await invite()
    assert.deepEqual([made.email, made.role, usedAt], [null, 'user', null])
    assert.equal(Date.parse(made.expires_at) - Date.parse(made.created_at), 7 * dayMs)
    assert.equal((await register({})).outcome, 'registration_closed')
    assert.equal((await register({ invitation: 'nonsense' })).outcome, 'invitation_invalid')

    const { outcome, data } = await register({ invitation })
    assert.deepEqual([outcome, data?.user?.role], [201, 'user'])
    const me = { headers: { authorization: `Bearer ${data?.token}` }, method: 'GET' }
    assert.equal((await fetchWhole(`${server.url}/api/auth/me`, me)).status, 200)
    assert.equal((await register({ invitation })).outcome, 'invitation_invalid')
    const listed = await find(id)
    assert.equal(listed?.used_by, data?.user?.id)
    assert.ok(listed?.used_at)
  })

  it('say which role they bring', async () => {
    const { invitation } = await invite({ role: 'admin', expires_in_days: 1 })
    assert.equal((await register({ invitation })).data?.user?.role, 'admin')
    const shouted = await invite({ role: 'ADMIN' })
    assert.equal(shouted.role, 'admin')
    assert.equal((await register({ invitation: shouted.invitation })).data?.user?.role, 'admin')
  })

  it('can be for one address alone, however that is written', async () => {
    const { email, invitation } = await invite({ email: 'Ann@Example.com' })
    assert.equal(email, 'ann@example.com')
    assert.equal((await register({ invitation })).outcome, 'invitation_for_another')
    assert.equal((await register({ invitation, email: 'ANN@example.com' })).outcome, 201)
  })

  it('ask neither for approval nor for a domain', async () => {
    await server.api('PUT', '/admin/settings', { registration_approval: true, allowed_email_domains: ['here.test'] })
    const { invitation } = await invite()
    assert.equal((await register({ invitation })).outcome, 201)
    for (const field of ['registration_approval', 'allowed_email_domains'])
      await server.api('DELETE', `/admin/settings/${field}`)
  })

  it('are good still after a registration that failed', async () => {
    const { id, invitation } = await invite()
    assert.equal((await register({ invitation, password: 'short' })).outcome, 'weak_password')
    assert.equal((await register({ invitation, email: 'admin@example.com' })).outcome, 'email_taken')
    assert.equal((await find(id))?.used_at, null)
    assert.equal((await register({ invitation })).outcome, 201)
  })

  it('let one in of several who come at the same moment', async () => {
    const { invitation } = await invite()
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => register({ invitation })))
    const refused = outcomes.filter(({ outcome }) => outcome === 'invitation_invalid')
    assert.deepEqual([outcomes.filter(({ outcome }) => outcome === 201).length, refused.length], [1, 3])
  })

  it('end: after their time, when they are taken back, and with the office of who made them', async () => {
    const { id: adminId } = await server.api<{ id: string }>('GET', '/api/auth/me')
    const over = { email: null, role: 'user', lifeMs: 0 } as const
    const late = await server.app.identity.invitations.make(over, adminId)
    assert.equal((await register({ invitation: late.url.split('=')[1] })).outcome, 'invitation_invalid')

    const withdrawn = await invite()
    await server.api('DELETE', `/admin/invitations/${withdrawn.id}`)
    assert.equal((await register({ invitation: withdrawn.invitation })).outcome, 'invitation_invalid')
    assert.equal(await find(withdrawn.id), undefined)

    const { invitation } = await invite({ role: 'admin' })
    const deputy = (await register({ invitation })).data
    const { json } = await fetchWhole(`${server.url}/admin/invitations`, {
      body: { role: 'admin' },
      headers: { authorization: `Bearer ${deputy?.token}` },
    })
    const theirs = (json as { data: { url: string } }).data.url.split('=')[1] ?? ''
    await server.api('PATCH', `/admin/users/${deputy?.user?.id}`, { role: 'user' })
    assert.equal((await register({ invitation: theirs })).outcome, 'invitation_invalid')
    await server.api('PATCH', `/admin/users/${deputy?.user?.id}`, { role: 'admin' })
    assert.equal((await register({ invitation: theirs })).outcome, 201)
  })

  it('are kept as hashes, and are in the audit trail without their links', async () => {
    const { id, invitation } = await invite({ email: 'audited@example.com' })
    await server.api('DELETE', `/admin/invitations/${id}`)
    const other = await invite()
    const entries = await server.api<{ action: string; subject_id: string }[]>('GET', '/admin/audit?limit=100')
    const about = entries.filter((entry) => entry.subject_id === id).map(({ action }) => action)
    assert.deepEqual(about, ['invitation.delete', 'invitation.create'])
    const rows = await server.app.store.database.selectFrom('invitation').selectAll().execute()
    const kept = JSON.stringify([rows, entries])
    assert.ok(kept.includes(other.id))
    for (const secret of [invitation, other.invitation]) assert.ok(!kept.includes(secret))
  })

  it('stay in the list when who came with them is gone', async () => {
    const { id, invitation } = await invite()
    const { data } = await register({ invitation })
    await server.api('DELETE', `/admin/users/${data?.user?.id}?conversations=delete`)
    const left = await find(id)
    assert.equal(left?.used_by, null)
    assert.ok(left?.used_at)
  })
})
