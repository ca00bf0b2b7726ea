import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { forEachDatabase, type WholeResponse } from '@parley/testkit'
import type { Message } from '../messages/schema.ts'
import { type ChatHarness, openChat } from '../testing/chat-harness.ts'
import { type ChatServer, openChatServer } from '../testing/chat-server.ts'
import type { Conversation } from './schema.ts'

forEachDatabase('the version of a conversation', (database) => {
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

  const path = (id: string) => `/api/conversations/${id}`
  const get = async (id: string) =>
    ((await server.call('GET', path(id))).json as { data: Conversation & { messages: Message[] } }).data
  const seen = (version: number) => ({ 'if-match': `"${version}"` })

  it('is compared before what is being written is stopped, and is not changed by stopping it', async () => {
    for (const what of ['conversation', 'message'] as const) {
      const id = await harness.newConversation()
      harness.engine.script = undefined
      const streaming = server.events('POST', `${path(id)}/messages/stream`, { body: { content: 'x' } })
      const made = await harness.engine.nextCall()
      await made.say('half of it')
      const { version, messages } = await get(id)
      const target = what === 'conversation' ? path(id) : `${path(id)}/messages/${messages[0]?.id}`
      const stale = await server.call('DELETE', target, { headers: seen(version - 1) })
      assert.deepEqual([stale.status, made.signal.aborted], [409, false])
      const fresh = await server.call('DELETE', target, { headers: seen(version) })
      assert.deepEqual([fresh.status, made.signal.aborted], [200, true], fresh.text)
      // Whoever reads what is deleted meanwhile may not hear its last words.
      await streaming
    }
  })

  it('is not counted up by a title that nobody typed', async () => {
    const id = await harness.newConversation()
    harness.engine.script = undefined
    const streaming = server.events('POST', `${path(id)}/messages/stream`, { body: { content: 'x' } })
    const made = await harness.engine.nextCall()
    const { version } = await get(id)
    await made.say('a fine title')
    made.finish()
    await streaming
    const titled = await get(id)
    assert.deepEqual([titled.title, titled.version], ['a fine title', version])
  })

  it('is that of a send only the first time: the same one again is the same', async () => {
    const id = await harness.newConversation()
    harness.engine.answerWith('yes')
    const send = async (clientMessageId: string) =>
      await server.call('POST', `${path(id)}/messages`, {
        body: { content: 'once', client_message_id: clientMessageId },
        headers: seen(1),
      })
    const userMessageOf = (response: WholeResponse) =>
      (response.json as { data: { userMessage: Message } }).data.userMessage.id
    const first = await send('one')
    const again = await send('one')
    assert.deepEqual([first.status, again.status], [201, 201])
    assert.equal(userMessageOf(again), userMessageOf(first))
    assert.equal((await send('two')).status, 409)
    assert.equal((await get(id)).messages.length, 2)
  })

  it('is compared when a person’s message is edited, whether it is answered or not', async () => {
    const id = await harness.newConversation()
    harness.engine.answerWith('yes')
    await server.call('POST', `${path(id)}/messages`, { body: { content: 'x' } })
    const before = await get(id)
    for (const reply of [true, false]) {
      const { status } = await server.call('PATCH', `${path(id)}/messages/${before.messages[0]?.id}`, {
        body: { content: 'y', reply },
        headers: seen(before.version - 1),
      })
      assert.equal(status, 409)
    }
    assert.deepEqual(await get(id), before)
  })
})
