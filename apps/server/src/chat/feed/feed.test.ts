import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { forEachDatabase, type ReceivedSseEvent, readSse } from '@parley/testkit'
import { type ChatHarness, openChat } from '../testing/chat-harness.ts'
import { type ChatServer, openChatServer } from '../testing/chat-server.ts'
import type { Change } from './feed.ts'

forEachDatabase('the feed', (database) => {
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

  async function openFeed(userId: string) {
    const leaving = new AbortController()
    const response = await server.open('GET', '/api/events', { userId, signal: leaving.signal })
    const events = readSse(response)
    assert.equal((await nextOf(events)).event, 'ready')
    return {
      next: async () => JSON.parse((await nextOf(events)).data) as Change,
      close: () => leaving.abort(),
    }
  }

  it('tells every device of a person each change, and nobody else', async () => {
    const { userId } = harness
    const stranger = await harness.newUser()
    const [phone, laptop, others] = await Promise.all([openFeed(userId), openFeed(userId), openFeed(stranger)])
    harness.engine.answerWith('hello')
    const id = await harness.newConversation()
    const { runId } = await harness.chat.replies.send({ userId, conversationId: id, content: 'x', language: 'en' })
    await harness.chat.runs.ended(runId, new AbortController().signal)
    await harness.chat.conversations.update(userId, id, { title: 'new' })
    await harness.chat.conversations.remove(userId, id)
    for (const device of [phone, laptop]) {
      const changes: Change[] = []
      for (let count = 0; count < 5; count += 1) changes.push(await device.next())
      assert.deepEqual(changes, [
        { type: 'conversation', id, change: 'created' },
        { type: 'run', id: runId, conversation_id: id, status: 'running' },
        { type: 'run', id: runId, conversation_id: id, status: 'done' },
        { type: 'conversation', id, change: 'updated' },
        { type: 'conversation', id, change: 'deleted' },
      ])
    }
    const own = (await harness.chat.conversations.create(stranger, {}, 'en')).id
    assert.deepEqual(await others.next(), { type: 'conversation', id: own, change: 'created' })
    for (const device of [phone, laptop, others]) device.close()
  })
})

async function nextOf(events: AsyncGenerator<ReceivedSseEvent>): Promise<ReceivedSseEvent> {
  const { value, done } = await events.next()
  if (done === true || value === undefined) throw new Error('the feed has ended')
  return value
}
