import assert from 'node:assert/strict'
import { after, before, beforeEach, it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { sql } from 'kysely'
import { v7 as uuid } from 'uuid'
import { noteRestored } from '../../store/restored.ts'
import type { Conversation } from '../conversations/schema.ts'
import { startHousekeeping } from '../housekeeping/housekeeping.ts'
import { type ChatHarness, openChat, quiet } from '../testing/chat-harness.ts'
import { type ChatServer, openChatServer } from '../testing/chat-server.ts'
import type { Changes } from './sync.ts'

const hour = 3_600_000
const day = 24 * hour

/** More pages than any pass of these tests has. */
const mostPages = 60

/** A client as the API's description has it. */
class Device {
  readonly known = new Map<string, Conversation>()
  cursor: string | undefined
  readonly #get: (path: string) => Promise<Changes>
  readonly #limit: number | undefined

  constructor(get: (path: string) => Promise<Changes>, limit?: number) {
    this.#get = get
    this.#limit = limit
  }

  async page(): Promise<Changes> {
    const query = new URLSearchParams()
    if (this.#limit !== undefined) query.set('limit', `${this.#limit}`)
    if (this.cursor !== undefined) query.set('since', this.cursor)
    const changes = await this.#get(`/api/sync?${query.toString()}`)
    if (changes.is_reset) this.known.clear()
    for (const conversation of changes.conversations) this.known.set(conversation.id, conversation)
    for (const { id } of changes.deleted) this.known.delete(id)
    this.cursor = changes.next_cursor
    return changes
  }

  /** To the end of a pass. */
  async sync(): Promise<void> {
    for (let pages = 1; (await this.page()).has_more; pages += 1) {
      assert.ok(pages < mostPages, 'the pass comes to an end')
    }
  }
}

forEachDatabase('a device', (database) => {
  let harness: ChatHarness
  let server: ChatServer
  let userId: string

  before(async () => {
    harness = await openChat(database)
    server = await openChatServer(harness)
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await harness[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    userId = await harness.newUser()
  })

  const data = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await server.call(method, path, { body, userId })
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
    return (answer.json as { data: T }).data
  }
  const create = async (title: string) => (await data<{ id: string }>('POST', '/api/conversations', { title })).id
  const rename = async (id: string, title: string) => await data('PATCH', `/api/conversations/${id}`, { title })
  const remove = async (id: string) => await data('DELETE', `/api/conversations/${id}`)
  const newDevice = (limit?: number) => new Device((path) => data('GET', path), limit)

  /** So many conversations at once, last changed so long ago. */
  async function fill(count: number, agesMs: (index: number) => number): Promise<string[]> {
    const { database: tables } = harness.store
    const id = await create('one of many')
    const one = await tables.selectFrom('conversation').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    await tables.deleteFrom('conversation').where('id', '=', id).execute()
    const now = Date.now()
    const rows = Array.from({ length: count }, (_, index) => ({ ...one, id: uuid(), changed_at: now - agesMs(index) }))
    for (let at = 0; at < count; at += 500) {
      await tables
        .insertInto('conversation')
        .values(rows.slice(at, at + 500))
        .execute()
    }
    return rows.map((row) => row.id)
  }

  async function assertInStep(device: Device): Promise<void> {
    const rows = await harness.store.database
      .selectFrom('conversation')
      .select(['id', 'title', 'version', 'pin_rank'])
      .where('user_id', '=', userId)
      .where('is_temporary', '=', 0)
      .orderBy('id')
      .execute()
    const known = [...device.known.values()]
      .map(({ id, title, version, pin_rank }) => ({ id, title, version, pin_rank }))
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    assert.deepEqual(known, rows)
  }

  it('gets what there is in pages, then what has changed and what is gone', async () => {
    const [first, second, third] = [await create('1'), await create('2'), await create('3')]
    const seen = async (path: string) => {
      const { conversations, deleted, ...rest } = await data<Changes>('GET', path)
      return { ...rest, ids: conversations.map(({ id }) => id), gone: deleted.map(({ id }) => id) }
    }
    const { next_cursor: cursor, ...page } = await seen('/api/sync?limit=2')
    assert.deepEqual(page, { ids: [first, second], gone: [], has_more: true, is_reset: false })
    const { next_cursor: end, ...rest } = await seen(`/api/sync?limit=2&since=${cursor}`)
    assert.deepEqual(rest, { ids: [third], gone: [], has_more: true, is_reset: false })
    await sql`update conversation set changed_at = changed_at - ${hour}`.execute(harness.store.database)
    await data('PATCH', `/api/conversations/${second}`, { is_pinned: true })
    await remove(third)
    const { next_cursor: _, ...news } = await seen(`/api/sync?since=${end}`)
    assert.deepEqual(news, { ids: [second], gone: [third], has_more: false, is_reset: false })
    const { next_cursor: __, ...anew } = await seen('/api/sync?since=1000.')
    assert.deepEqual(anew, { ids: [first, second], gone: [], has_more: false, is_reset: true })
    for (const since of ['x', '1', '1.a.b', '1.a.2.3']) {
      assert.equal((await server.call('GET', `/api/sync?since=${since}`, { userId })).status, 400, since)
    }
  })

  it('has everything after its first pass, however long ago most of it was changed', async () => {
    await fill(450, (index) => (450 - index) * day)
    const device = newDevice()
    await device.sync()
    await assertInStep(device)
  })

  it('hears of thousands of deletions, all of the same moment', async () => {
    await fill(5_300, () => day)
    const kept = await create('kept')
    const device = newDevice(1_000)
    await device.sync()
    await assertInStep(device)
    await harness.store.transaction(async (transaction) => {
      const gone = sql`user_id = ${userId} and id <> ${kept}`
      await sql`insert into deletion (id, user_id, conversation_id, deleted_at)
        select id, user_id, id, ${Date.now()} from conversation where ${gone}`.execute(transaction)
      await sql`delete from conversation where ${gone}`.execute(transaction)
    })
    await device.sync()
    await assertInStep(device)
  })

  it('misses nothing where a page ends among changes of the same moment', async () => {
    await fill(7, () => hour)
    const device = newDevice(2)
    await device.sync()
    await assertInStep(device)
    const { database: tables } = harness.store
    await tables
      .updateTable('conversation')
      .set({ title: 'changed', changed_at: Date.now() })
      .where('user_id', '=', userId)
      .execute()
    await device.sync()
    await assertInStep(device)
  })

  it('hears of what is changed, made and deleted while it pages, in its first pass and later', async () => {
    const ids = await fill(8, (index) => (100 - index) * day)
    const device = newDevice(3)
    for (const round of [1, 2]) {
      await device.page()
      const [seen = '', unseen = ''] = [ids.shift(), ids.pop()]
      await remove(seen)
      await remove(unseen)
      await rename(ids[0] ?? '', `renamed ${round}`)
      await rename(ids.at(-1) ?? '', `renamed ${round}`)
      ids.push(await create(`made ${round}`))
      await device.sync()
      await assertInStep(device)
      for (const id of ids) await rename(id, `changed ${round}`)
    }
  })

  it('is told to begin anew when it rests so long in the middle of a pass that deletions may be forgotten', async () => {
    await fill(5, () => 29 * day)
    const device = newDevice(2)
    await device.page()
    device.cursor = shifted(device.cursor, -31 * day)
    assert.equal((await device.page()).is_reset, true)
    await device.sync()
    await assertInStep(device)
    // What it hears of next was deleted 29 days before it goes to rest.
    device.cursor = `${Date.now() - 29.5 * day}.`
    assert.equal((await device.page()).is_reset, false)
    device.cursor = shifted(device.cursor, -2 * day)
    assert.equal((await device.page()).is_reset, true)
    await device.sync()
    await assertInStep(device)
  })

  it('goes on from a cursor that has no third part', async () => {
    const ids = await fill(6, (index) => (6 - index) * day)
    const all = newDevice()
    await all.sync()
    const device = newDevice(2)
    for (const id of ids.slice(0, 2)) device.known.set(id, all.known.get(id) as Conversation)
    device.cursor = `${Date.now() - 5 * day}.${ids[1]}`
    await device.sync()
    await assertInStep(device)
  })

  it('begins anew when a backup was restored, wherever it was, and then goes on', async () => {
    await fill(6, (index) => (6 - index) * day)
    const [between, inPass] = [newDevice(), newDevice(2)]
    await between.sync()
    await inPass.page()
    // What came after the backup is not there any more, and nothing says that it was deleted.
    const [lost = ''] = await idsOf(userId)
    await harness.store.database.deleteFrom('conversation').where('id', '=', lost).execute()
    await noteRestored(Date.now(), harness.store.database)
    for (const device of [between, inPass]) {
      assert.equal((await device.page()).is_reset, true)
      await device.sync()
      await assertInStep(device)
      assert.equal((await device.page()).is_reset, false)
    }
  })

  it('hears in the next pass of what was committed long after its time', async () => {
    const [slow = ''] = await fill(6, (index) => (6 - index) * day)
    const device = newDevice(2)
    await device.sync()
    const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const writing = harness.store.transaction(async (transaction) => {
      await transaction
        .updateTable('conversation')
        .set({ title: 'slow', changed_at: Date.now() - 30_000 })
        .where('id', '=', slow)
        .execute()
      begun.resolve()
      await ended.promise
    })
    await begun.promise
    await device.sync()
    ended.resolve()
    await writing
    await device.sync()
    await assertInStep(device)
  })

  it('misses nothing when the clock goes back', async () => {
    const ids = await fill(6, (index) => (6 - index) * day)
    for (const [round, isInPass] of [true, false].entries()) {
      const device = newDevice(2)
      if (isInPass) await device.page()
      else await device.sync()
      // As if it had been an hour ahead until now.
      await sql`update conversation set changed_at = changed_at + ${hour} where user_id = ${userId}`.execute(
        harness.store.database,
      )
      device.cursor = shifted(device.cursor, hour)
      await rename(ids[3] ?? '', `renamed ${round}`)
      await remove(ids.shift() ?? '')
      await device.sync()
      await assertInStep(device)
    }
  })

  it('hears of what a node with a slow clock deletes, or one whose round of tidying takes long', async () => {
    const { chat, store } = harness
    const [old = ''] = await fill(3, () => 3 * day)
    await create('kept')
    const device = newDevice()
    await device.sync()
    await store.database.updateTable('conversation').set({ updated_at: 0 }).where('id', '=', old).execute()
    using housekeeping = startHousekeeping({
      store,
      feed: chat.feed,
      retention: { forEverybody: () => 1, ofPeople: async () => new Map() },
      clock: () => Date.now() - hour,
      log: quiet,
    })
    assert.equal(await housekeeping.tidy(), 1)
    await device.sync()
    await assertInStep(device)
  })

  it('keeps what was deleted and imported again', async () => {
    await fill(2, () => day)
    const message = { uuid: 'm', sender: 'human', text: 'hello' }
    const conversation = { uuid: 'c', name: 'brought in', created_at: '2024-01-02T03:04:05Z', chat_messages: [message] }
    const bringIn = async () => {
      const report = await data<{ imported: number }>('POST', '/api/conversations/import', [conversation])
      assert.equal(report.imported, 1)
    }
    await bringIn()
    const device = newDevice()
    await device.sync()
    const [imported] = [...device.known.values()].filter((each) => each.title === 'brought in')
    await remove(imported?.id ?? '')
    await bringIn()
    await device.sync()
    await assertInStep(device)
  })

  it('hears that a reply was rated', async () => {
    const id = await create('rated')
    harness.engine.answerWith('an answer')
    await data('POST', `/api/conversations/${id}/messages`, { content: 'a question' })
    const [, reply] = await data<{ id: string }[]>('GET', `/api/conversations/${id}/messages`)
    const device = newDevice()
    await device.sync()
    await sql`update conversation set changed_at = changed_at - ${hour} where id = ${id}`.execute(
      harness.store.database,
    )
    await data('PUT', `/api/conversations/${id}/messages/${reply?.id}/rating`, { rating: 'good' })
    const changes = await device.page()
    assert.deepEqual(
      changes.conversations.map((each) => each.id),
      [id],
    )
  })

  for (const seed of [1, 2, 3, 4, 5]) {
    it(`ends in step with what others change between and during its pages (${seed})`, async () => {
      const random = randomFrom(seed)
      await fill(30, () => random(60) * day)
      const device = newDevice(3)
      const change = async () => {
        const ids = await idsOf(userId)
        const id = ids[random(ids.length)]
        if (id === undefined) return void (await create(`made ${random(100)}`))
        const changes = [
          () => create(`made ${random(100)}`),
          () => rename(id, `renamed ${random(100)}`),
          () => data('PATCH', `/api/conversations/${id}`, { is_pinned: random(2) === 0 }),
          () => data('PATCH', `/api/conversations/${id}/tags`, { tags: [`tag-${random(9)}`] }),
          () => remove(id),
          () => remove(id).then(() => data('POST', `/api/conversations/${id}/restore`)),
        ]
        await changes[random(changes.length)]?.()
      }
      for (let step = 0; step < 40; step += 1) {
        for (let count = random(4); count > 0; count -= 1) await change()
        await device.page()
      }
      await device.sync()
      await assertInStep(device)
      for (let step = 0; step < 20; step += 1) await Promise.all([change(), device.page()])
      await device.sync()
      await device.sync()
      await assertInStep(device)
    })
  }

  const idsOf = async (person: string) =>
    (await harness.store.database.selectFrom('conversation').select('id').where('user_id', '=', person).execute()).map(
      (row) => row.id,
    )
})

/** The same cursor, given so much later. */
function shifted(cursor: string | undefined, milliseconds: number): string {
  return (cursor ?? '').replace(/\b\d{13}\b/g, (at) => `${Number(at) + milliseconds}`)
}

/** Whole numbers below a bound, the same ones for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}
