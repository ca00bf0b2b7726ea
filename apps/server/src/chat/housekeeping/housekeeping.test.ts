import assert from 'node:assert/strict'
import { it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { sql } from 'kysely'
import { openChat, quiet } from '../testing/chat-harness.ts'
import { startHousekeeping } from './housekeeping.ts'

const day = 86_400_000

forEachDatabase('housekeeping', (database) => {
  it('deletes what is temporary or kept long enough, by everybody’s rule and by people’s own, and never what is pinned', async () => {
    await using harness = await openChat(database)
    const { chat, store, userId } = harness
    const strict = await harness.newUser()
    const create = async (person: string, title: string, fields: object = {}) =>
      await chat.conversations.create(person, { title, ...fields }, 'en')
    let now = Date.now()
    await create(userId, 'old')
    await create(strict, 'short')
    await create(userId, 'whisper', { isTemporary: true })
    const pinned = await create(userId, 'pinned')
    await chat.conversations.update(userId, pinned.id, { isPinned: true })
    let days: number | null = null
    using housekeeping = startHousekeeping({
      store,
      feed: chat.feed,
      retention: { forEverybody: () => days, ofPeople: async () => new Map([[strict, 3]]) },
      clock: () => now,
      log: quiet,
    })
    const left = async () => {
      const rows = await store.database.selectFrom('conversation').select('title').orderBy('title').execute()
      return rows.map((row) => row.title)
    }
    assert.equal(await housekeeping.tidy(), 0)
    now += 2 * day
    assert.equal(await housekeeping.tidy(), 1)
    assert.deepEqual(await left(), ['old', 'pinned', 'short'])
    now += 2 * day
    assert.equal(await housekeeping.tidy(), 1)
    assert.deepEqual(await left(), ['old', 'pinned'])
    days = 30
    now += 30 * day
    assert.equal(await housekeeping.tidy(), 1)
    assert.deepEqual(await left(), ['pinned'])
  })

  it('forgets what was in deleted things when they can no longer be brought back', async () => {
    await using harness = await openChat(database)
    const { chat, store, userId } = harness
    await store.database.deleteFrom('deletion').execute()
    const { id } = await chat.conversations.create(userId, { title: 'secret' }, 'en')
    await chat.conversations.remove(userId, id)
    const contents = async () =>
      (await store.database.selectFrom('deletion').select('content_json').execute()).map((row) => row.content_json)
    assert.match((await contents())[0] ?? '', /secret/)
    const age = async (milliseconds: number) =>
      await sql`update deletion set deleted_at = deleted_at - ${milliseconds}`.execute(store.database)
    using housekeeping = startHousekeeping({
      store,
      feed: chat.feed,
      retention: { forEverybody: () => null, ofPeople: async () => new Map() },
      clock: Date.now,
      log: quiet,
    })
    await age(31_000)
    await housekeeping.tidy()
    assert.deepEqual(await contents(), [null])
    await age(30 * day)
    await housekeeping.tidy()
    assert.deepEqual(await contents(), [null])
    await age(day)
    await housekeeping.tidy()
    assert.deepEqual(await contents(), [])
  })
})
