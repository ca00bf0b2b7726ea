import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { sql } from 'kysely'
import { type ChatHarness, openChat } from '../testing/chat-harness.ts'
import { type ChatServer, openChatServer } from '../testing/chat-server.ts'
import { completeIndex, rebuildIndex } from './index-keeping.ts'
import type { SearchResult } from './schema.ts'

forEachDatabase('search', (database) => {
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

  async function converse(title: string, said: string, reply: string, person = userId) {
    const { id } = await harness.chat.conversations.create(person, { title }, 'en')
    harness.engine.answerWith(reply)
    const sent = await server.call('POST', `/api/conversations/${id}/messages`, {
      body: { content: said },
      userId: person,
    })
    assert.equal(sent.status, 201)
    return id
  }
  async function find(query: Record<string, string>, person = userId): Promise<SearchResult> {
    const answer = await server.call('GET', `/api/search?${new URLSearchParams(query).toString()}`, { userId: person })
    assert.equal(answer.status, 200, answer.text)
    return (answer.json as { data: SearchResult }).data
  }
  const snippets = async (query: Record<string, string>) => (await find(query)).messages.map((hit) => hit.snippet)

  it('finds words, beginnings of words, phrases and Chinese words of one or more characters', async () => {
    userId = await harness.newUser()
    await converse('First', 'How is the configuration read?', '配置文件在启动时读取')
    await converse('Second', 'read the words in order', '机器学习模型很大，可以用GPT模型')
    assert.deepEqual(await snippets({ q: 'config' }), ['How is the configuration read?'])
    assert.deepEqual(await snippets({ q: '"config"' }), [])
    assert.deepEqual(await snippets({ q: 'READ the' }), ['read the words in order', 'How is the configuration read?'])
    assert.deepEqual(await snippets({ q: '"read the"' }), ['read the words in order'])
    for (const q of ['配置', '文件', '启动时', '配', '取'])
      assert.deepEqual(await snippets({ q }), ['配置文件在启动时读取'], q)
    for (const q of ['模型', '用gpt', 'gpt模', '机器 很大']) {
      assert.deepEqual(await snippets({ q }), ['机器学习模型很大，可以用GPT模型'], q)
    }
    for (const q of ['件文', '器模', 'nothing', "'", '\\', '§kuser', '" OR "', 'a & !b'])
      assert.deepEqual(await snippets({ q }), [], q)
    assert.equal((await server.call('GET', '/api/search?q=')).status, 400)
    assert.equal((await server.call('GET', '/api/search?q=x&from=yesterday')).status, 400)
    assert.equal((await server.call('GET', '/api/search?q=x&cursor=y')).status, 400)
  })

  it('finds titles, as they are now', async () => {
    userId = await harness.newUser()
    const id = await converse('Holiday plans 假期计划', 'x', 'y')
    const titles = async (q: string) => (await find({ q })).titles.map((hit) => hit.conversation.title)
    assert.deepEqual(await titles('计划'), ['Holiday plans 假期计划'])
    assert.deepEqual((await find({ q: 'plan' })).titles[0]?.marks, [[8, 13]])
    await harness.chat.conversations.update(userId, id, { title: 'Work' })
    assert.deepEqual(await titles('plan'), [])
    assert.deepEqual(await titles('work'), ['Work'])
    harness.engine.answerWith('named by its reply')
    const unnamed = (await harness.chat.conversations.create(userId, {}, 'zh')).id
    await server.call('POST', `/api/conversations/${unnamed}/messages`, { body: { content: 'x' }, userId })
    assert.deepEqual(await titles('named'), ['named by its reply'])
    assert.deepEqual(await titles('新对话'), [])
    assert.deepEqual((await find({ q: 'work', role: 'user' })).titles, [], 'a filter of messages asks for messages')
  })

  it('says on which branch a message is, and the page can show it', async () => {
    userId = await harness.newUser()
    const id = await converse('Tree', 'question', 'an early answer')
    harness.engine.answerWith('a late answer')
    await server.events('POST', '/api/chat/regenerate', { body: { sessionId: id }, userId })
    const [late, early] = (await find({ q: 'answer' })).messages
    assert.deepEqual([late?.is_shown, early?.is_shown], [true, false])
    assert.deepEqual([late?.leaf_id, early?.leaf_id], [late?.message_id, early?.message_id])
    await server.call('PUT', `/api/conversations/${id}/active-leaf`, { body: { message_id: early?.leaf_id }, userId })
    assert.deepEqual(
      (await find({ q: 'answer' })).messages.map((hit) => hit.is_shown),
      [false, true],
    )
    const question = (await find({ q: 'question' })).messages[0]
    assert.equal(question?.leaf_id, early?.message_id)
  })

  it('keeps to filters, and goes on where a page ended', async () => {
    userId = await harness.newUser()
    const tagged = await converse('A', 'apple one', 'apple two')
    await converse('B', 'apple three', 'apple four')
    await harness.chat.conversations.setTags(userId, tagged, ['fruit'])
    assert.deepEqual(await snippets({ q: 'apple', tag: 'fruit' }), ['apple two', 'apple one'])
    assert.deepEqual(await snippets({ q: 'apple', role: 'user' }), ['apple three', 'apple one'])
    assert.deepEqual(await snippets({ q: 'apple', model: 'gpt-3.5-turbo' }), ['apple four', 'apple two'])
    assert.deepEqual(await snippets({ q: 'apple', model: 'gpt-4-turbo' }), [])
    assert.deepEqual(await snippets({ q: 'apple', conversation_id: tagged }), ['apple two', 'apple one'])
    assert.deepEqual(await snippets({ q: 'apple', from: '2100-01-01' }), [])
    assert.deepEqual(await snippets({ q: 'apple', to: '2001-01-01T00:00:00Z' }), [])
    assert.equal((await snippets({ q: 'apple', from: '2001-01-01', to: '2100-01-01' })).length, 4)
    const first = await find({ q: 'apple', limit: '3' })
    const second = await find({ q: 'apple', limit: '3', cursor: first.next_cursor ?? '' })
    assert.equal(second.next_cursor, null)
    assert.deepEqual(
      [...first.messages, ...second.messages].map((hit) => hit.snippet),
      ['apple four', 'apple three', 'apple two', 'apple one'],
    )
    const list = await server.call('GET', '/api/conversations?q=three', { userId })
    assert.deepEqual(
      (list.json as { data: { title: string }[] }).data.map(({ title }) => title),
      ['B'],
    )
  })

  it('shows nobody what belongs to somebody else', async () => {
    userId = await harness.newUser()
    const stranger = await harness.newUser()
    await converse('Secret plans', 'the secret', 'a secret', stranger)
    assert.deepEqual(await find({ q: 'secret' }), { titles: [], messages: [], next_cursor: null })
    assert.equal((await find({ q: 'secret' }, stranger)).messages.length, 2)
    // Marks cannot be written into a text.
    await converse('x', `§u${userId.replaceAll('-', '')} forged`, 'x', stranger)
    assert.deepEqual(await snippets({ q: 'forged' }), [])
  })

  it('forgets what is deleted', async () => {
    userId = await harness.newUser()
    const id = await converse('Gone', 'deleted words', 'and their reply')
    const [hit] = (await find({ q: 'their' })).messages
    await server.call('DELETE', `/api/conversations/${id}/messages/${hit?.message_id}`, { userId })
    assert.deepEqual(await snippets({ q: 'their' }), [])
    assert.deepEqual(await snippets({ q: 'deleted' }), ['deleted words'])
    await harness.chat.conversations.remove(userId, id)
    assert.deepEqual(await find({ q: 'deleted' }), { titles: [], messages: [], next_cursor: null })
    assert.deepEqual((await find({ q: 'gone' })).titles, [])
  })

  it('finds every word of a very long text', async () => {
    userId = await harness.newUser()
    const long = `开头${Array.from({ length: 40_000 }, (_, index) => String.fromCodePoint(0x4e00 + (index % 5_000))).join('')} needle`
    await converse('Long', long, 'ok')
    assert.equal((await snippets({ q: 'needle' })).length, 1)
    assert.equal((await snippets({ q: '开头' })).length, 1)
  })

  it('brings in what was there before it, and can be built anew', async () => {
    userId = await harness.newUser()
    await converse('Old times', 'an old message', 'an old reply')
    await sql`delete from search_document`.execute(harness.store.database)
    assert.deepEqual(await snippets({ q: 'old' }), [])
    const completed = await completeIndex(harness.store)
    assert.ok(completed.messages >= 2 && completed.titles >= 1)
    assert.deepEqual(await completeIndex(harness.store), { messages: 0, titles: 0 })
    assert.deepEqual(await snippets({ q: 'old' }), ['an old reply', 'an old message'])
    assert.deepEqual(await rebuildIndex(harness.store), completed)
    const { titles, messages } = await find({ q: 'old' })
    assert.deepEqual([titles.length, messages.length], [1, 2])
  })
})
