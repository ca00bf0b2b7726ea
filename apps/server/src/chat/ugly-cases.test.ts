/** What goes wrong in real life, over real sockets and on both databases. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, it } from 'node:test'
import { forEachDatabase, parseSse } from '@parley/testkit'
import { v7 as uuid } from 'uuid'
import { insertMessages } from './messages/repository.ts'
import type { Message } from './messages/schema.ts'
import { type ChatHarness, openChat } from './testing/chat-harness.ts'
import { type ChatServer, openChatServer } from './testing/chat-server.ts'
import type { FakeCall } from './testing/fake-engine.ts'

interface Said {
  readonly type?: string
  readonly data?: { readonly [name: string]: unknown }
}

forEachDatabase('when things go wrong', (database) => {
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

  const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

  async function messagesOf(id: string): Promise<Message[]> {
    const { json } = await server.call('GET', `/api/conversations/${id}/messages?limit=1000`)
    return (json as { data: Message[] }).data
  }

  /** A stream with the call behind it, both under way. */
  async function begin(
    id: string,
    signal?: AbortSignal,
  ): Promise<{ stream: NodeJS.ReadableStream; call: FakeCall; runId: string }> {
    harness.engine.script = undefined
    const path = `/api/conversations/${id}/messages/stream`
    const stream = await server.open('POST', path, { body: { content: 'hello' }, ...(signal && { signal }) })
    const call = await harness.engine.nextCall()
    const { run_id: runId } = (await messagesOf(id)).at(-1) ?? assert.fail('there is no reply')
    return { stream, call, runId: runId ?? '' }
  }

  async function readAll(stream: NodeJS.ReadableStream): Promise<Said[]> {
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk as Buffer)
    return parseSse(Buffer.concat(chunks)).map(({ data }) => JSON.parse(data) as Said)
  }

  it('a stop in the middle of a tool call keeps the call as far as it was seen', async () => {
    const id = await harness.newConversation()
    const { stream, call, runId } = await begin(id)
    await call.say('Let me look. ')
    await call.say({ type: 'block-end', index: 0 }, { type: 'tool-call-start', index: 1, id: 'call_1', name: 'search' })
    await call.say({ type: 'tool-call-delta', index: 1, json: '{"query":"ca' })
    const stopped = await server.call('POST', `/api/runs/${runId}/stop`)
    assert.equal((stopped.json as { data: { status: string } }).data.status, 'stopped')
    await call.say({ type: 'tool-call-delta', index: 1, json: 'ts"}' })
    const said = await readAll(stream)
    const seen = said.filter(({ type }) => type === 'aiToolCall').map(({ data }) => data?.['arguments'])
    assert.equal(seen.join(''), '{"query":"ca')
    const reply = (await messagesOf(id)).at(-1)
    assert.deepEqual([reply?.status, reply?.content], ['stopped', 'Let me look. '])
    assert.deepEqual(reply?.blocks, [
      { type: 'text', text: 'Let me look. ' },
      { type: 'tool-call', id: 'call_1', name: 'search', arguments: '{"query":"ca' },
    ])
    harness.engine.answerWith('fine')
    const next = await server.call('POST', `/api/conversations/${id}/messages`, { body: { content: 'go on' } })
    assert.equal(next.status, 201, 'the conversation goes on')
  })

  it('who was offline while the reply was written reads the rest where they left', async () => {
    const id = await harness.newConversation()
    const leaving = new AbortController()
    const { stream, call, runId } = await begin(id, leaving.signal)
    await call.say('before ')
    let seen = ''
    stream.on('data', (chunk: Buffer) => (seen += chunk.toString()))
    while (!seen.includes('before ')) await once(stream, 'data')
    const lastId = /^id: (\d+)$/gm.exec(seen.slice(seen.lastIndexOf('id: ')))?.[1] ?? ''
    stream.on('error', () => undefined)
    leaving.abort()
    for (const word of ['while ', 'away ', 'and ', 'done']) await call.say(word)
    call.finish()
    await harness.chat.runs.ended(runId, AbortSignal.timeout(5_000))

    const headers = { 'last-event-id': lastId }
    const rest = (await server.events('GET', `/api/runs/${runId}/events`, { headers })).map(
      ({ data }) => JSON.parse(data) as Said,
    )
    const chunks = rest.filter(({ type }) => type === 'aiMessageChunk').map(({ data }) => data?.['content'])
    assert.equal(chunks.join(''), 'while away and done')
    const end = rest.find(({ type }) => type === 'aiMessageEnd')
    assert.equal(end?.data?.['content'], 'before while away and done')
    const known = await server.call('GET', '/api/sync')
    assert.ok(
      (known.json as { data: { conversations: { id: string }[] } }).data.conversations.some((each) => each.id === id),
    )
  })

  it('a reader that takes nothing holds up neither the reply nor other readers, and memory does not grow', async () => {
    const id = await harness.newConversation()
    const { stream, call, runId } = await begin(id)
    stream.pause()
    const piece = 'x'.repeat(64 * 1024)
    const before = process.memoryUsage().rss
    for (let sent = 0; sent < 300; sent += 1) await call.say(piece)
    call.finish()
    await harness.chat.runs.ended(runId, AbortSignal.timeout(20_000))
    const grown = (process.memoryUsage().rss - before) / 1024 / 1024
    assert.equal((await messagesOf(id)).at(-1)?.content.length, 300 * piece.length)
    assert.ok(grown < 400, `${grown} MB for 20 MB of text`)
    const other = await readAll(await server.open('GET', `/api/runs/${runId}/events`))
    assert.equal(other.at(-1)?.type, undefined)
    const slow = await readAll(stream)
    const text = slow
      .flatMap(({ type, data }) => (type === 'aiMessageChunk' ? [String(data?.['content'])] : []))
      .join('')
    assert.equal(text.length, 300 * piece.length, 'and it gets everything when it reads')
  })

  it('a conversation that is deleted while it is written ends for its readers, and comes back with its text', async () => {
    const id = await harness.newConversation()
    const { stream, call } = await begin(id)
    await call.say('half a ')
    assert.equal((await server.call('DELETE', `/api/conversations/${id}`)).status, 200)
    const said = await readAll(stream)
    assert.ok(said.some(({ type }) => type === 'aiMessageEnd'))
    assert.equal(call.signal.aborted, true)
    assert.equal((await server.call('GET', `/api/conversations/${id}`)).status, 404)
    assert.equal((await server.call('POST', `/api/conversations/${id}/restore`)).status, 200)
    const reply = (await messagesOf(id)).at(-1)
    assert.deepEqual([reply?.content, reply?.status], ['half a ', 'stopped'])
  })

  it('a conversation of 5,000 messages is opened page by page, gone on with, edited, searched and deleted', async () => {
    const id = await harness.newConversation()
    const { userId, store } = harness
    const ids = Array.from({ length: 5_000 }, () => uuid())
    const now = Date.now()
    const rows = ids.map((messageId, index) => ({
      id: messageId,
      conversation_id: id,
      parent_id: ids[index - 1] ?? null,
      sender_type: index % 2 === 0 ? ('user' as const) : ('bot' as const),
      sender_id: index % 2 === 0 ? userId : 'gpt-3.5-turbo',
      content: `message number ${index} of a very long conversation`,
      status: 'done',
      created_at: now + index,
      updated_at: now + index,
    }))
    await store.transaction((transaction) => insertMessages(rows, transaction))
    await store.database
      .updateTable('conversation')
      .set({ active_leaf_id: ids.at(-1) ?? null })
      .where('id', '=', id)
      .execute()

    const startedAt = performance.now()
    const page = await server.call('GET', `/api/conversations/${id}/messages?page=100&limit=50`)
    const tookMs = performance.now() - startedAt
    const { data, pagination } = page.json as { data: Message[]; pagination: { total: number } }
    assert.deepEqual([data.length, data.at(-1)?.id, pagination.total], [50, ids.at(-1), 5_000])
    assert.ok(tookMs < 1_000, `a page took ${tookMs} ms`)
    harness.engine.answerWith('still here')
    const sent = await server.call('POST', `/api/conversations/${id}/messages`, { body: { content: 'and now?' } })
    assert.equal(sent.status, 201)
    const asked = harness.engine.calls.at(-1)?.request.messages ?? []
    assert.ok(asked.length > 50 && asked.length < 1_000, `${asked.length} messages fit into the model's window`)
    const middle = ids[2_500] ?? ''
    const edited = await server.call('PATCH', `/api/conversations/${id}/messages/${middle}`, {
      body: { content: 'x', reply: false },
    })
    assert.equal(edited.status, 201)
    assert.equal((await messagesOf(id)).length, 1_000)
    const found = await server.call('GET', '/api/search?q=%22number%204711%22')
    assert.equal(
      (found.json as { data: { messages: { message_id: string }[] } }).data.messages[0]?.message_id,
      ids[4_711],
    )
    assert.equal((await server.call('DELETE', `/api/conversations/${id}`)).status, 200)
    assert.equal((await server.call('POST', `/api/conversations/${id}/restore`)).status, 200)
    assert.equal((await server.call('GET', `/api/conversations/${id}/export`)).status, 200)
  })

  it('500 replies are written at once, each to its reader, whole and in order', async () => {
    const { chat, engine, userId } = harness
    const words = Array.from({ length: 20 }, (_, index) => `word${index} `)
    engine.script = async (call) => {
      for (const word of words) {
        await call.say(word)
        await nextTurn()
      }
      call.finish()
    }
    const ids = await Promise.all(Array.from({ length: 500 }, () => harness.newConversation()))
    const texts = await Promise.all(
      ids.map(async (conversationId) => {
        const { runId } = await chat.replies.send({ userId, conversationId, content: 'talk', language: 'en' })
        let text = ''
        for await (const events of chat.runs.read(runId, { after: 0, signal: AbortSignal.timeout(60_000) })) {
          for (const { event } of events) if (event.type === 'text') text += event.text
        }
        return text
      }),
    )
    assert.deepEqual([...new Set(texts)], [words.join('')])
    const done = await harness.store.database
      .selectFrom('message')
      .select((query) => query.fn.countAll<number>().as('count'))
      .where('conversation_id', 'in', ids)
      .where('content', '=', words.join(''))
      .where('status', '=', 'done')
      .executeTakeFirstOrThrow()
    assert.equal(Number(done.count), 500)
  })
})
