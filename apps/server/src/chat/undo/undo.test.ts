import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { errorTable } from '@parley/contract'
import { forEachDatabase } from '@parley/testkit'
import { sql } from 'kysely'
import { tryConversation } from '../conversations/repository.ts'
import type { Message } from '../messages/schema.ts'
import { type ChatHarness, openChat } from '../testing/chat-harness.ts'
import { type ChatServer, openChatServer } from '../testing/chat-server.ts'
import { createUndo, discardConversation } from './undo.ts'

interface Described {
  readonly id: string
  readonly tags: readonly string[]
  readonly active_leaf_id: string | null
  readonly folder: string | null
  readonly messages: readonly { readonly id: string; readonly content: string }[]
}

forEachDatabase('what people keep and delete', (database) => {
  let harness: ChatHarness
  let server: ChatServer
  let userId: string

  before(async () => {
    harness = await openChat(database)
    server = await openChatServer(harness)
    userId = harness.userId
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await harness[Symbol.asyncDispose]()
  })

  const data = async <T>(method: string, path: string, body?: object, person = userId): Promise<T> => {
    const answer = await server.call(method, path, { body, userId: person })
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
    return (answer.json as { data: T }).data
  }
  const status = async (method: string, path: string, person = userId) =>
    (await server.call(method, path, { userId: person })).status
  async function conversation(fields: object = {}): Promise<Described> {
    const { id } = await data<{ id: string }>('POST', '/api/conversations', { title: 'Kept', ...fields })
    harness.engine.answerWith('an answer')
    await data('POST', `/api/conversations/${id}/messages`, { content: 'a question' })
    return await data('GET', `/api/conversations/${id}`)
  }
  /** As if so much time had passed since everything was deleted. */
  const age = async (milliseconds: number) =>
    await sql`update deletion set deleted_at = deleted_at - ${milliseconds}`.execute(harness.store.database)

  it('a deleted conversation can be brought back whole, once, by its owner, for half a minute', async () => {
    const { id } = await conversation()
    await data('PATCH', `/api/conversations/${id}/tags`, { tags: ['b', 'a'] })
    const whole = await data<Described>('GET', `/api/conversations/${id}`)
    await data('DELETE', `/api/conversations/${id}`)
    assert.equal(await status('GET', `/api/conversations/${id}`), 404)
    assert.equal(await status('POST', `/api/conversations/${id}/restore`, await harness.newUser()), 403)
    await data('POST', `/api/conversations/${id}/restore`)
    assert.deepEqual(await data('GET', `/api/conversations/${id}`), whole)
    assert.deepEqual((await data<{ messages: object[] }>('GET', '/api/search?q=question')).messages.length, 1)
    await data('POST', `/api/conversations/${id}/restore`)
    await data('DELETE', `/api/conversations/${id}`)
    await age(31_000)
    assert.equal(await status('POST', `/api/conversations/${id}/restore`), 404)
  })

  it('what was deleted can be brought back through a node whose clock is wrong', async () => {
    const { id } = await conversation()
    await data('DELETE', `/api/conversations/${id}`)
    const { store, chat } = harness
    const undo = createUndo({ store, feed: chat.feed, clock: () => Date.now() + 3_600_000 })
    await undo.restoreConversation({ userId, conversationId: id, language: 'en' })
    assert.equal(await status('GET', `/api/conversations/${id}`), 200)
  })

  it('a deleted message comes back with all that followed it, and is shown again', async () => {
    const before = await conversation()
    const { id } = before
    const [question, answer] = before.messages
    await data('DELETE', `/api/conversations/${id}/messages/${question?.id}`)
    assert.deepEqual((await data<Described>('GET', `/api/conversations/${id}`)).messages, [])
    const restored = await data<Described>('POST', `/api/conversations/${id}/messages/${question?.id}/restore`)
    assert.equal(restored.active_leaf_id, answer?.id)
    assert.deepEqual((await data<Described>('GET', `/api/conversations/${id}`)).messages, before.messages)
    await data('DELETE', `/api/conversations/${id}/messages/${answer?.id}`)
    await data('DELETE', `/api/conversations/${id}/messages/${question?.id}`)
    assert.equal(await status('POST', `/api/conversations/${id}/messages/${answer?.id}/restore`), 409)
    await data('POST', `/api/conversations/${id}/messages/${question?.id}/restore`)
    await data('POST', `/api/conversations/${id}/messages/${answer?.id}/restore`)
    assert.equal((await data<Described>('GET', `/api/conversations/${id}`)).messages.length, 2)
    await data('DELETE', `/api/conversations/${id}/messages/${answer?.id}`)
    await age(31_000)
    assert.equal(await status('POST', `/api/conversations/${id}/messages/${answer?.id}/restore`), 404)
  })

  it('a reply that was being written when it went comes back with the error of every interrupted one', async () => {
    const { id } = await conversation()
    const { database: tables } = harness.store
    const path = `/api/conversations/${id}`
    // Its node has not heard of the stop.
    const written = tables.updateTable('message').set({ status: 'running' }).where('sender_type', '=', 'bot')
    await written.where('conversation_id', '=', id).execute()
    const going = tables.updateTable('run').set({ status: 'running', ended_at: null })
    await going.where('conversation_id', '=', id).execute()
    await harness.store.transaction(async (transaction) => {
      await discardConversation((await tryConversation(id, transaction)) ?? assert.fail(), transaction)
    })
    const restored = await server.call('POST', `${path}/restore`, { headers: { 'accept-language': 'zh' } })
    assert.equal(restored.status, 200, restored.text)
    const reply = (await data<Message[]>('GET', `${path}/messages`)).at(-1)
    const error_message = errorTable.reply_interrupted.zh
    assert.partialDeepStrictEqual(reply, {
      status: 'interrupted',
      ai_error: 1,
      error_message,
      end_reason: 'interrupted',
    })
    const run = await data<{ ended_at: string | null }>('GET', `/api/runs/${reply?.run_id}`)
    assert.partialDeepStrictEqual(run, { status: 'interrupted', error_message })
    assert.notEqual(run.ended_at, null)
  })

  it('a deleted message comes back without its client’s id when something else was sent under it since', async () => {
    const { id } = await conversation()
    const body = { content: 'once', client_message_id: 'c-1' }
    const first = await data<{ userMessage: Message }>('POST', `/api/conversations/${id}/messages`, body)
    await data('DELETE', `/api/conversations/${id}/messages/${first.userMessage.id}`)
    const second = await data<{ userMessage: Message }>('POST', `/api/conversations/${id}/messages`, body)
    assert.notEqual(second.userMessage.id, first.userMessage.id)
    await data('POST', `/api/conversations/${id}/messages/${first.userMessage.id}/restore`)
    const restored = await data<Message[]>('GET', `/api/conversations/${id}/messages`)
    assert.partialDeepStrictEqual(
      restored.find((message) => message.id === first.userMessage.id),
      { content: 'once', client_message_id: null },
    )
    const again = await data<{ userMessage: Message }>('POST', `/api/conversations/${id}/messages`, body)
    assert.equal(again.userMessage.id, second.userMessage.id)
  })

  it('conversations have folders', async () => {
    userId = await harness.newUser()
    const { id } = await conversation({ folder: '工作' })
    await conversation()
    assert.deepEqual(await data('GET', '/api/folders'), [{ name: '工作', conversations: 1 }])
    const listed = await data<Described[]>('GET', `/api/conversations?folder=${encodeURIComponent('工作')}`)
    assert.deepEqual(
      listed.map((each) => each.id),
      [id],
    )
    assert.equal((await data<Described>('PATCH', `/api/conversations/${id}`, { folder: null })).folder, null)
    assert.deepEqual(await data('GET', '/api/folders'), [])
  })

  it('all conversations of a person are gone at once, and nobody else’s; each can be brought back as any', async () => {
    const other = await harness.newUser()
    const kept = (await harness.chat.conversations.create(other, { title: 'kept' }, 'en')).id
    userId = await harness.newUser()
    const { id } = await conversation({ is_temporary: true })
    const archived = await conversation()
    await data('PATCH', `/api/conversations/${archived.id}`, { is_archived: true })
    await data('POST', '/api/group-conversations', { name: 'g', botIds: ['bot-cs'] })
    assert.deepEqual(await data('DELETE', '/api/conversations'), { deleted: 3 })
    assert.deepEqual(await data('GET', '/api/conversations?archived=true'), [])
    assert.deepEqual(await data('GET', '/api/group-conversations'), [])
    assert.equal(await status('GET', `/api/conversations/${id}`), 404)
    await data('POST', `/api/conversations/${archived.id}/restore`)
    assert.equal(await status('GET', `/api/conversations/${archived.id}`), 200)
    assert.deepEqual(await data('DELETE', '/api/conversations'), { deleted: 1 })
    userId = other
    assert.equal(await status('GET', `/api/conversations/${kept}`), 200)
  })

  it('temporary conversations are in no list, and nobody finds them', async () => {
    userId = await harness.newUser()
    const { id, messages } = await conversation({ is_temporary: true, title: 'Whisper' })
    assert.equal(messages.length, 2)
    assert.deepEqual(await data('GET', '/api/conversations'), [])
    assert.deepEqual(await data('GET', '/api/conversations?q=question'), [])
    const found = await data<{ titles: object[]; messages: object[] }>('GET', '/api/search?q=question')
    assert.deepEqual([found.titles, found.messages], [[], []])
    assert.deepEqual((await data<{ titles: object[] }>('GET', '/api/search?q=whisper')).titles, [])
    assert.equal(await status('GET', `/api/conversations/${id}`), 200)
  })

  it('a reply that was stopped goes on in a sibling that begins with its words', async () => {
    userId = harness.userId
    const id = await harness.newConversation()
    harness.engine.script = async (call) => {
      await call.say('The first half')
      call.finish({ error: { code: 'upstream_failed', message: 'cut' }, endReason: 'upstream_cut' })
    }
    await data('POST', `/api/conversations/${id}/messages`, { content: 'tell me' })
    const [question, cut] = (await data<Described>('GET', `/api/conversations/${id}`)).messages
    harness.engine.answerWith(' and the second.')
    const events = await server.events('POST', `/api/conversations/${id}/messages/${cut?.id}/continue`, {})
    assert.ok(events.some((event) => event.data.includes('The first half')))
    const { messages } = await data<Described>('GET', `/api/conversations/${id}`)
    assert.deepEqual(
      messages.map((message) => message.content),
      ['tell me', 'The first half and the second.'],
    )
    const asked = harness.engine.calls.at(-1)?.request.messages ?? []
    assert.deepEqual(
      asked.map(({ role }) => role),
      ['user', 'assistant', 'user'],
    )
    assert.match(JSON.stringify(asked[1]), /The first half/)
    for (const other of [question?.id, messages.at(-1)?.id, 'nothing']) {
      const refused = await server.call('POST', `/api/conversations/${id}/messages/${other}/continue`)
      assert.equal(refused.status, 404)
    }
  })
})
