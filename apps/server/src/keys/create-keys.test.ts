import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { v7 as uuidv7 } from 'uuid'
import { openSurroundings, type Surroundings } from '../upstreams/testing/surroundings.ts'
import type { Keys } from './api-key.ts'
import { createKeys, type KeyAdmin, type NewKey } from './create-keys.ts'

const query = { page: 1, limit: 50 }

forEachDatabase('createKeys', (database) => {
  let around: Surroundings
  let keys: Keys & KeyAdmin
  const open = () => createKeys({ ...around, pepper: new Uint8Array(32).fill(1) })

  before(async () => {
    around = await openSurroundings(database)
    keys = await open()
  })
  after(async () => {
    await keys[Symbol.asyncDispose]()
    await around[Symbol.asyncDispose]()
  })

  async function addUser(): Promise<string> {
    const id = uuidv7()
    const now = around.clock()
    const name = `u${id}`
    const profile = { email: `${name}@example.com`, username: name, password_hash: 'x', role: 'user' as const }
    await around.store.database
      .insertInto('user')
      .values({ id, ...profile, token_quota: 1000, created_at: now, updated_at: now })
      .execute()
    return id
  }

  test('makes keys with 256 bits of chance and stores only their hash', async () => {
    const { secret, details } = await keys.create({ name: 'first' })
    assert.match(secret, /^cr_[0-9a-f]{64}$/)
    assert.equal(details.hint, `${secret.slice(0, 7)}…${secret.slice(-4)}`)
    const row = await around.store.database
      .selectFrom('api_key')
      .selectAll()
      .where('id', '=', details.id)
      .executeTakeFirstOrThrow()
    assert.match(row.hash, /^[0-9a-f]{64}$/)
    assert.ok(!JSON.stringify(row).includes(secret.slice(7, -4)))
  })

  test('finds a key by its secret, without a promise when it is known', async () => {
    const limits = [{ what: 'cost', per: 'day', max: 70_000_000 }] as const
    const fields: NewKey = { name: 'full', models: ['gpt-4'], wires: ['anthropic'], ipAllow: ['10.0.0.0/8'], limits }
    const { secret, details } = await keys.create(fields)
    const expected = {
      id: details.id,
      name: 'full',
      userId: null,
      isEnabled: true,
      expiresAt: null,
      activeMs: null,
      models: ['gpt-4'],
      wires: ['anthropic'],
      ipAllow: ['10.0.0.0/8'],
      clients: null,
      accountIds: null,
      accountGroups: null,
      cacheSeconds: null,
      limits,
    }
    assert.deepEqual(await keys.find(secret), expected)
    assert.deepEqual(keys.find(secret), expected)
    const connection = {}
    assert.deepEqual(
      [1, 2].map(() => keys.find(secret, connection)),
      [expected, expected],
    )
    assert.equal(await keys.find('cr_unknown', connection), undefined)
    assert.deepEqual(keys.find(secret, connection), expected)
  })

  test('asks the database once for many callers and for a key that does not exist', async (t) => {
    const { secret } = await keys.create({ name: 'popular' })
    const spy = t.mock.method(around.store.database, 'selectFrom')
    await Promise.all([keys.find(secret), keys.find(secret), keys.find(secret)])
    assert.equal(spy.mock.callCount(), 1)
    assert.equal(await keys.find('cr_unknown'), undefined)
    assert.equal(keys.find('cr_unknown'), undefined)
    assert.equal(spy.mock.callCount(), 2)
  })

  test('looks again after a few seconds', async () => {
    const { secret, details } = await keys.create({ name: 'stale' })
    await keys.find(secret)
    await around.store.database.updateTable('api_key').set({ name: 'fresh' }).where('id', '=', details.id).execute()
    around.advance(6_000)
    assert.equal((await keys.find(secret))?.name, 'fresh')
  })

  test('lets a key live from its first use, counted once, whichever node sees it', async () => {
    const other = await open()
    try {
      const { secret, details } = await keys.create({ name: 'from first use', activeSeconds: 3600 })
      around.advance(86_400_000)
      const fresh = (await keys.find(secret)) ?? assert.fail()
      assert.deepEqual([fresh.expiresAt, fresh.activeMs], [null, 3_600_000])
      const firstUse = around.clock()
      const used = await keys.activate(fresh)
      assert.deepEqual([used.expiresAt, used.activeMs], [firstUse + 3_600_000, null])
      around.advance(60_000)
      assert.equal((await other.activate(fresh)).expiresAt, firstUse + 3_600_000)
      assert.equal((await other.find(secret))?.expiresAt, firstUse + 3_600_000)
      around.advance(3_600_000)
      assert.deepEqual(
        (await keys.list({ ...query, state: 'expired', text: 'first use' })).items.map(({ id }) => id),
        [details.id],
      )
    } finally {
      await other[Symbol.asyncDispose]()
    }
  })

  test('ends a key at the earlier of its two ends', async () => {
    const expiresAt = around.clock() + 1_000_000
    const { secret } = await keys.create({ name: 'two ends', activeSeconds: 3600, expiresAt })
    const key = (await keys.find(secret)) ?? assert.fail()
    assert.equal(key.expiresAt, expiresAt)
    assert.equal((await keys.activate(key)).expiresAt, expiresAt)
  })

  test('does not hash texts that are too long to be keys', () => {
    assert.equal(keys.find('x'.repeat(1_000_000)), undefined)
  })

  test('holds a change at once, on other nodes too', async () => {
    const other = await open()
    try {
      const { secret, details } = await keys.create({ name: 'changing' })
      assert.equal((await other.find(secret))?.isEnabled, true)
      await keys.update(details.id, { isEnabled: false })
      assert.equal((await keys.find(secret))?.isEnabled, false)
      assert.equal((await other.find(secret))?.isEnabled, false)
      await other.update(details.id, { isEnabled: true })
      assert.equal((await keys.find(secret))?.isEnabled, true)
    } finally {
      await other[Symbol.asyncDispose]()
    }
  })

  test('does not remember what was read before a change', async () => {
    const { secret, details } = await keys.create({ name: 'racing' })
    const reading = keys.find(secret)
    await Promise.all([reading, keys.update(details.id, { isEnabled: false })])
    assert.equal((await keys.find(secret))?.isEnabled, false)
  })

  test('a removed key stops working and leaves the list, and can be restored', async () => {
    const { secret, details } = await keys.create({ name: 'removed one' })
    await keys.remove(details.id)
    assert.equal((await keys.find(secret))?.isEnabled, false)
    assert.equal((await keys.list({ ...query, text: 'removed one' })).total, 0)
    assert.equal((await keys.list({ ...query, text: 'removed one', state: 'deleted' })).total, 1)
    await keys.restore(details.id)
    assert.equal((await keys.find(secret))?.isEnabled, true)
  })

  test('a key does not work while its owner is switched off', async () => {
    const userId = await addUser()
    const { secret } = await keys.create({ name: 'owned', userId })
    assert.equal((await keys.find(secret))?.isEnabled, true)
    await around.store.database.updateTable('user').set({ is_active: 0 }).where('id', '=', userId).execute()
    around.advance(6_000)
    assert.equal((await keys.find(secret))?.isEnabled, false)
  })

  test('refuses an owner that does not exist, naming the field', async () => {
    await assert.rejects(keys.create({ name: 'nobody', userId: uuidv7() }), /user_id: there is no such user/)
  })

  test('makes many keys with numbered names, or none', async () => {
    const created = await keys.createMany({ name: 'bulk', tags: ['b'] }, 12)
    assert.equal(new Set(created.map(({ secret }) => secret)).size, 12)
    assert.deepEqual([created[0]?.details.name, created[11]?.details.name], ['bulk 01', 'bulk 12'])
    assert.equal((await keys.list({ ...query, tag: 'b' })).total, 12)
  })

  test('changes only the fields that are given', async () => {
    const { details } = await keys.create({ name: 'partial', notes: 'keep', models: ['a'] })
    await Promise.all([keys.update(details.id, { tags: ['x'] }), keys.update(details.id, { models: null })])
    const after = await keys.get(details.id)
    assert.deepEqual([after.notes, after.tags, after.models], ['keep', ['x'], null])
  })

  test('finds keys by parts of name, notes and hint, whatever wildcards they hold', async () => {
    await keys.create({ name: '100%_Team', notes: 'for the demo' })
    assert.equal((await keys.list({ ...query, text: '100%_t' })).total, 1)
    assert.equal((await keys.list({ ...query, text: 'THE DEMO' })).total, 1)
    assert.equal((await keys.list({ ...query, text: '100_t' })).total, 0)
  })

  test('lists newest first, page by page', async () => {
    const { total } = await keys.list(query)
    const first = await keys.list({ page: 1, limit: 5 })
    const second = await keys.list({ page: 2, limit: 5 })
    assert.equal(first.total, total)
    const ids = [...first.items, ...second.items].map((key) => key.id)
    assert.equal(new Set(ids).size, 10)
  })

  test('writes when a key was last used without touching anything else', async () => {
    const { details } = await keys.create({ name: 'touched' })
    keys.touch(details.id)
    await keys.update(details.id, { name: 'renamed' })
    await keys[Symbol.asyncDispose]()
    keys = await open()
    const after = await keys.get(details.id)
    assert.equal(after.lastUsedAt, around.clock())
    assert.equal(after.name, 'renamed')
  })

  test('says that a key does not exist', async () => {
    await assert.rejects(keys.get('nope'), { code: 'not_found', message: 'API key not found.' })
    await assert.rejects(keys.update('nope', { name: 'x' }), { code: 'not_found' })
  })
})
