import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { forEachDatabase, readSse } from '@parley/testkit'
import type { Conversation } from '../conversations/schema.ts'
import { type ChatHarness, openChat } from '../testing/chat-harness.ts'
import { type ChatServer, openChatServer } from '../testing/chat-server.ts'
import type { FakeCall } from '../testing/fake-engine.ts'
import type { Message } from './schema.ts'

const refuse = (call: FakeCall) =>
  call.finish({
    endReason: 'refused',
    httpStatus: 429,
    usageSource: 'none',
    attempts: 0,
    error: {
      code: 'concurrency_full',
      message: 'Too many calls at once.',
      parameters: { max: 1 },
      retryAfterMs: 1_000,
    },
  })

forEachDatabase('a send that is refused before anybody is asked', (database) => {
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

  async function get<T>(path: string): Promise<T> {
    const response = await server.call('GET', `/api${path}`)
    assert.equal(response.status, 200, response.text)
    return (response.json as { data: T }).data
  }

  async function rowsOf(id: string): Promise<{ messages: string[]; runs: string[] }> {
    const { database: rows } = harness.store
    const [messages, runs] = await Promise.all(
      (['message', 'run'] as const).map((table) =>
        rows.selectFrom(table).select('id').where('conversation_id', '=', id).orderBy('id').execute(),
      ),
    )
    return { messages: (messages ?? []).map((row) => row.id), runs: (runs ?? []).map((row) => row.id) }
  }

  /** What is being sent, and the call that nobody has admitted or refused yet. */
  async function undecided<T>(send: () => Promise<T>): Promise<{ sent: Promise<T>; made: FakeCall }> {
    harness.engine.script = undefined
    harness.engine.isQuick = false
    const sent = send()
    const made = await harness.engine.nextCall()
    harness.engine.isQuick = true
    return { sent, made }
  }

  const refuseAll = () => {
    harness.engine.script = async (call) => refuse(call)
  }

  /** A conversation in which something was said, and a reply that was cut off. */
  async function begun() {
    const id = await harness.newConversation()
    harness.engine.script = async (call) => {
      await call.say('half')
      call.fail('upstream_failed', 'AI service is temporarily unavailable.')
    }
    const path = `/api/conversations/${id}`
    const sent = await server.call('POST', `${path}/messages`, { body: { content: 'first' } })
    const { userMessage, aiMessage } = (sent.json as { data: { userMessage: Message; aiMessage: Message } }).data
    return { id, path, userMessage, aiMessage }
  }

  it('leaves nothing, at every door, and the same client id is a new send', async () => {
    const { id, path, userMessage, aiMessage } = await begun()
    const group = await harness.chat.groups.create(harness.userId, {
      name: 'g',
      botIds: ['bot-cs', 'bot-tech'],
      replyMode: 'all',
    })
    const inGroup = `/api/group-conversations/${group.id}`
    const said = { content: 'again', client_message_id: 'c' }
    const bySession = { sessionId: id, content: 'again', clientMessageId: 'c' }
    const doors: [string, string, object][] = [
      ['POST', `${path}/messages`, said],
      ['POST', `${path}/messages/stream`, said],
      ['POST', `${path}/messages`, { ...said, also_models: ['gpt-4-turbo'] }],
      ['PATCH', `${path}/messages/${userMessage.id}`, { content: 'first, edited' }],
      ['POST', `${path}/messages/${aiMessage.id}/regenerate`, {}],
      ['POST', `${path}/messages/${aiMessage.id}/continue`, {}],
      ['POST', `${inGroup}/messages`, said],
      ['POST', `${inGroup}/messages/stream`, said],
      ['POST', '/api/chat', { conversation_id: id, message: 'again' }],
      ['POST', '/api/chat/stream', bySession],
      ['POST', '/api/chat/completion', bySession],
      ['POST', '/api/chat/regenerate', { sessionId: id }],
    ]
    refuseAll()
    const was = [await rowsOf(id), await rowsOf(group.id)]
    const before = await get<Conversation>(`/conversations/${id}`)
    for (const [method, door, body] of doors) {
      const response = await server.call(method, door, { body, headers: { 'accept-language': 'zh' } })
      assert.equal(response.status, 429, `${door}: ${response.text}`)
      assert.equal((response.json as { error: string }).error, '并发请求过多：最多允许 1 个，请等待其他请求完成。')
      assert.equal(response.headers['retry-after'], '1', door)
      assert.deepEqual([await rowsOf(id), await rowsOf(group.id)], was, door)
    }
    const { version, ...left } = await get<Conversation>(`/conversations/${id}`)
    assert.deepEqual({ ...left, version: before.version }, before)
    assert.ok(version > before.version, 'devices that were away load it anew')

    harness.engine.answerWith('now')
    for (const place of [path, inGroup]) {
      const sent = await server.call('POST', `${place}/messages`, { body: said })
      assert.equal(sent.status, 201, sent.text)
    }
    const messages = await get<Message[]>(`/conversations/${id}/messages`)
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['first', 'half', 'again', 'now'],
    )
  })

  it('is refused to both who send the same at once', async () => {
    const { id, path } = await begun()
    const was = await rowsOf(id)
    const body = { content: 'x', client_message_id: 'twice' }
    const call = await undecided(() => server.call('POST', `${path}/messages/stream`, { body }))
    const { userId } = harness
    const same = { userId, conversationId: id, content: 'x', clientMessageId: 'twice', language: 'en' } as const
    const { admitted, isNew } = await harness.chat.replies.send(same)
    assert.equal(isNew, false)
    refuse(call.made)
    assert.equal((await admitted)?.code, 'concurrency_full')
    assert.equal((await call.sent).status, 429)
    assert.deepEqual(await rowsOf(id), was)
  })

  it('stays where another model answers it, and the refused reply says why', async () => {
    const { id, path } = await begun()
    harness.engine.script = async (call) => {
      if (call.request.model !== 'gpt-4-turbo') return refuse(call)
      await call.say('here')
      call.finish()
    }
    const body = { content: 'all of you', also_models: ['gpt-4-turbo', 'claude-3-opus'] }
    const sent = await server.call('POST', `${path}/messages`, { body })
    assert.equal(sent.status, 202, sent.text)
    const { aiMessage } = (sent.json as { data: { aiMessage: Message } }).data
    for (const runId of (await rowsOf(id)).runs) await harness.chat.runs.ended(runId, AbortSignal.timeout(5_000))
    const beside = await get<Message[]>(`/conversations/${id}/messages/${aiMessage.id}/alternatives`)
    assert.deepEqual(
      beside.map(({ status, content, error_message: error }) => [status, content, error]),
      [
        ['failed', '', 'Too many calls at once: 1 are allowed. Wait for one to end.'],
        ['done', 'here', null],
        ['failed', '', 'Too many calls at once: 1 are allowed. Wait for one to end.'],
      ],
    )
  })

  it('stays where one bot of a group is heard', async () => {
    const group = await harness.chat.groups.create(harness.userId, {
      name: 'g',
      botIds: ['bot-cs', 'bot-tech'],
      replyMode: 'all',
    })
    let calls = 0
    harness.engine.script = async (call) => {
      calls += 1
      if (calls === 1) return refuse(call)
      await call.say('I am here')
      call.finish()
    }
    const path = `/api/group-conversations/${group.id}/messages`
    const sent = await server.call('POST', path, { body: { content: 'who is there?' } })
    assert.equal(sent.status, 201, sent.text)
    const { botMessages } = (sent.json as { data: { botMessages: Message[] } }).data
    assert.deepEqual(
      botMessages.map(({ content, ai_error: error }) => [content, error]),
      [
        ['', 1],
        ['I am here', 0],
      ],
    )
  })

  it('stays where somebody has gone on from it meanwhile', async () => {
    const { id, path } = await begun()
    const { userId } = harness
    const call = await undecided(() => server.call('POST', `${path}/messages`, { body: { content: 'mine' } }))
    const messages = await get<Message[]>(`/conversations/${id}/messages`)
    const mine = messages.find(({ content }) => content === 'mine') ?? assert.fail('it is not there')
    harness.engine.answerWith('an answer')
    const asked = { userId, conversationId: id, content: 'more', parentId: mine.id, language: 'en' } as const
    const { runId } = await harness.chat.replies.send(asked)
    await harness.chat.runs.ended(runId, AbortSignal.timeout(5_000))
    refuse(call.made)
    assert.equal((await call.sent).status, 429)
    const kept = await get<Message[]>(`/conversations/${id}/messages`)
    assert.deepEqual(
      kept.map(({ content }) => content),
      ['first', 'half', 'mine', 'more', 'an answer'],
    )
  })

  it('is told to every device, so that none shows what is gone', async () => {
    const { path, id } = await begun()
    refuseAll()
    const leaving = new AbortController()
    const events = readSse(await server.open('GET', '/api/events', { signal: leaving.signal }))
    await events.next()
    await server.call('POST', `${path}/messages/stream`, { body: { content: 'x' } })
    const told: unknown[] = []
    for (let count = 0; count < 3; count += 1) told.push(JSON.parse((await events.next()).value?.data ?? '{}'))
    assert.deepEqual(told.at(-1), { type: 'conversation', id, change: 'updated' })
    leaving.abort()
  })
})
