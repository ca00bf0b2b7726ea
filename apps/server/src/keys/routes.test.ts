import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { forEachDatabase, type TestDatabase } from '@parley/testkit'
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { mountApi } from '../http/api.ts'
import { useRequestContext } from '../http/request-context.ts'
import { openSurroundings, type Surroundings } from '../upstreams/testing/surroundings.ts'
import type { Keys } from './api-key.ts'
import { createKeys, type KeyAdmin } from './create-keys.ts'
import { ownKeysRoutes } from './routes.ts'

// Hooks of the inner suite run before the database is dropped.
forEachDatabase('keys of people', (database) => describe('over requests', () => declare(database)))

function declare(database: TestDatabase): void {
  let around: Surroundings
  let keys: Keys & KeyAdmin
  let fastify: FastifyInstance
  const people: string[] = []

  /** A person's access token is their id. */
  async function call(person: number, method: NonNullable<InjectOptions['method']>, url: string, payload?: object) {
    const headers = { authorization: `Bearer ${people[person]}` }
    const reply = await fastify.inject({ method, url, headers, ...(payload && { payload }) })
    const { data } = reply.json<{ data: Record<string, unknown> }>()
    return { status: reply.statusCode, data, text: reply.body }
  }

  async function addPerson(name: string): Promise<string> {
    const id = uuidv7()
    const now = around.clock()
    const profile = { email: `${name}@example.com`, username: name, password_hash: 'x', role: 'user' as const }
    const times = { created_at: now, updated_at: now }
    await around.store.database
      .insertInto('user')
      .values({ id, ...profile, token_quota: 1000, ...times })
      .execute()
    return id
  }

  before(async () => {
    around = await openSurroundings(database)
    keys = await createKeys({ ...around, pepper: new Uint8Array(32) })
    for (const name of ['ann', 'bob', 'cat']) people.push(await addPerson(name))
    fastify = Fastify()
    useRequestContext(fastify)
    const authenticate = (token: string) => ({ userId: token, role: 'user' as const, sessionId: 's' })
    await mountApi(fastify, {
      guard: { counters: around.state.counters, authenticate, clock: around.clock },
      maxBodyBytes: 100_000,
      api: [ownKeysRoutes(keys, { maxKeys: 3, monthCharges: async () => new Map() })],
      admin: [],
    })
  })
  after(async () => {
    await fastify.close()
    await keys[Symbol.asyncDispose]()
    await around[Symbol.asyncDispose]()
  })

  test('are made, used, changed and removed by their owner', async () => {
    const limits = [{ what: 'requests', per: 'day', max: 5 }]
    const made = await call(0, 'POST', '/api/user/api-keys', { name: 'laptop', models: ['gpt-4'], limits })
    assert.equal(made.status, 201, made.text)
    const { id, key, user_id } = made.data as { id: string; key: string; user_id: string }
    assert.deepEqual((await keys.find(key))?.userId, user_id)
    assert.equal((await call(0, 'PATCH', `/api/user/api-keys/${id}`, { name: 'desk' })).data['name'], 'desk')
    const listed = (await call(0, 'GET', '/api/user/api-keys')).data as unknown as { id: string }[]
    assert.deepEqual(
      listed.map((one) => one.id),
      [id],
    )
    assert.equal((await call(0, 'DELETE', `/api/user/api-keys/${id}`)).status, 200)
    assert.equal((await keys.find(key))?.isEnabled, false)
    assert.equal((await call(0, 'GET', `/api/user/api-keys/${id}`)).status, 404)
  })

  test('are nobody else’s business', async () => {
    const { data } = await call(0, 'POST', '/api/user/api-keys', { name: 'mine' })
    const path = `/api/user/api-keys/${String(data['id'])}`
    for (const [method, body] of [['GET'], ['PATCH', { name: 'x' }], ['DELETE']] as const) {
      assert.equal((await call(1, method, path, body)).status, 403, method)
    }
    assert.deepEqual((await call(1, 'GET', '/api/user/api-keys')).data, [])
    assert.equal((await call(1, 'GET', '/api/user/api-keys/nope')).status, 404)
  })

  test('that an administrator made are named by their user, and what they may do is not theirs to say', async () => {
    const limits = [{ what: 'requests' as const, per: 'day' as const, max: 5 }]
    const { details } = await keys.create({ name: 'given', userId: people[0] ?? '', managedBy: 'admin', limits })
    const path = `/api/user/api-keys/${details.id}`
    for (const body of [
      { limits: [] },
      { models: ['gpt-4'] },
      { wires: ['gemini'] },
      { expires_at: '2030-01-01T00:00:00Z' },
      { active_seconds: 60 },
      { ip_allow: ['10.0.0.0/8'] },
      { clients: ['codex'] },
      { cache_seconds: 0 },
      { enabled: false },
      { name: 'free', enabled: true, limits: [], models: null, expires_at: null },
    ]) {
      const { status, text } = await call(0, 'PATCH', path, body)
      assert.deepEqual(
        [status, (JSON.parse(text) as { code: string }).code],
        [403, 'key_managed'],
        JSON.stringify(body),
      )
    }
    const labels = { name: 'laptop', tags: ['mine'], notes: 'for the train', limits, managed_by: 'user' }
    const { status, data } = await call(0, 'PATCH', path, labels)
    assert.equal(status, 200)
    assert.partialDeepStrictEqual(data, { ...labels, managed_by: 'admin' })
    assert.equal((await call(0, 'DELETE', path)).status, 200)
  })

  test('are listed page by page', async () => {
    for (let made = 0; made < 55; made++)
      await keys.create({ name: `k${made}`, userId: people[2] ?? '', managedBy: 'admin' })
    const list = async (query: string) => {
      const { text } = await call(2, 'GET', `/api/user/api-keys${query}`)
      return JSON.parse(text) as { data: object[]; pagination: object }
    }
    assert.equal((await list('')).data.length, 55)
    const second = await list('?page=2&limit=50')
    assert.equal(second.data.length, 5)
    assert.deepEqual(second.pagination, { page: 2, limit: 50, total: 55 })
  })

  test('are no more than a person may have', async () => {
    for (let made = 0; made < 3; made++) await call(1, 'POST', '/api/user/api-keys', { name: `k${made}` })
    const { status, text } = await call(1, 'POST', '/api/user/api-keys', { name: 'one too many' })
    assert.equal(status, 400)
    assert.match(text, /at most 3 keys/)
    for (const { id } of (await keys.list({ page: 1, limit: 10, userId: people[1] })).items) await keys.remove(id)
  })

  test('cannot be given to somebody else or pinned to accounts', async () => {
    const { data } = await call(1, 'POST', '/api/user/api-keys', { name: 'sly', user_id: null, account_ids: ['x'] })
    const bob = keys.get(String(data['id']))
    assert.notEqual((await bob).userId, null)
    assert.equal((await bob).accountIds, null)
  })
}
