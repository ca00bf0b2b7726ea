import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { type ChatHarness, openChat } from '../testing/chat-harness.ts'
import { type ChatServer, openChatServer } from '../testing/chat-server.ts'

interface Pinned {
  readonly id: string
  readonly is_pinned: boolean
  readonly pin_rank: number
}

forEachDatabase('pins', (database) => {
  let harness: ChatHarness
  let server: ChatServer

  before(async () => {
    harness = await openChat(database)
    server = await openChatServer(harness)
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await harness[Symbol.asyncDispose]()
  })

  it('stand in the order in which they are made, groups among them, or in the one that is wished', async () => {
    const userId = await harness.newUser()
    const made = async (title: string) => (await harness.chat.conversations.create(userId, { title }, 'en')).id
    const [a, b, c] = [await made('a'), await made('b'), await made('c')]
    const bots = { name: 'g', botIds: ['bot-cs'], replyMode: 'all' } as const
    const { id: group } = await harness.chat.groups.create(userId, bots)
    const get = async (path: string) => ((await server.call('GET', path, { userId })).json as { data: Pinned[] }).data
    const pin = async (id: string, isPinned: boolean) =>
      await server.call('PATCH', `/api/conversations/${id}`, { userId, body: { is_pinned: isPinned } })
    const order = async (...ids: string[]) =>
      (await server.call('PUT', '/api/pins', { userId, body: { conversation_ids: ids } })).status
    const listed = async () => {
      const all = [...(await get('/api/conversations')), ...(await get('/api/group-conversations'))]
      const pinned = all.filter(({ is_pinned: isPinned }) => isPinned)
      return pinned.toSorted((left, right) => right.pin_rank - left.pin_rank).map(({ id }) => id)
    }
    await pin(b, true)
    await pin(group, true)
    await pin(b, true)
    assert.deepEqual(await listed(), [group, b])
    assert.equal(await order(c, b), 200)
    assert.deepEqual(await listed(), [c, b, group])
    assert.equal((await get('/api/conversations'))[0]?.id, c)
    await pin(b, false)
    await pin(a, true)
    assert.deepEqual(await listed(), [a, c, group])

    const theirs = await harness.newConversation()
    assert.deepEqual([await order(a, theirs), await order(a, '0199-none'), await order()], [403, 404, 400])
    assert.deepEqual(await listed(), [a, c, group])
  })
})
