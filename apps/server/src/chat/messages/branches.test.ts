import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { type ChatHarness, openChat } from '../testing/chat-harness.ts'
import { type ChatServer, openChatServer } from '../testing/chat-server.ts'
import type { Message } from './schema.ts'

forEachDatabase('branches of a conversation', (database) => {
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

  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await server.call(method, `/api/conversations/${path}`, { body })
    assert.ok(response.status < 300, `${method} ${path}: ${response.status} ${response.text}`)
    return (response.json as { data: T }).data
  }

  async function say(
    id: string,
    content: string,
    answer: string,
  ): Promise<{ userMessage: Message; aiMessage: Message }> {
    harness.engine.answerWith(answer)
    return await call('POST', `${id}/messages`, { content })
  }

  async function shown(id: string): Promise<string[]> {
    return (await call<Message[]>('GET', `${id}/messages`)).map(({ content }) => content)
  }

  it('begin where a message is edited, and nothing is lost', async () => {
    const id = await harness.newConversation()
    const first = await say(id, 'one', 'reply one')
    await say(id, 'two', 'reply two')
    harness.engine.answerWith('reply edited')
    const edited = await call<{ message: Message; run_id: string }>('PATCH', `${id}/messages/${first.userMessage.id}`, {
      content: 'edited',
    })
    await harness.chat.runs.ended(edited.run_id, new AbortController().signal)
    assert.deepEqual(await shown(id), ['edited', 'reply edited'])
    const [root] = await call<Message[]>('GET', `${id}/messages`)
    assert.deepEqual(root?.sibling_ids, [first.userMessage.id, edited.message.id])

    await call('PUT', `${id}/active-leaf`, { message_id: first.userMessage.id })
    assert.deepEqual(await shown(id), ['one', 'reply one', 'two', 'reply two'])

    const rewritten = await call<{ message: Message; run_id: null }>('PATCH', `${id}/messages/${first.aiMessage.id}`, {
      content: 'in my words',
    })
    assert.equal(rewritten.run_id, null)
    assert.deepEqual(await shown(id), ['one', 'in my words'])
  })

  it('have replies that can be called good or bad, each version by itself', async () => {
    const id = await harness.newConversation()
    const { userMessage, aiMessage } = await say(id, 'q', 'an answer')
    assert.equal(aiMessage.rating, null)
    const rate = async (messageId: string, rating: string | null) =>
      await server.call('PUT', `/api/conversations/${id}/messages/${messageId}/rating`, { body: { rating } })
    const rated = await rate(aiMessage.id, 'bad')
    assert.partialDeepStrictEqual(rated.json, {
      data: { id: aiMessage.id, rating: 'bad', sibling_ids: [aiMessage.id] },
    })
    await rate(aiMessage.id, 'good')
    assert.equal((await call<Message[]>('GET', `${id}/messages`))[1]?.rating, 'good')
    assert.deepEqual(
      [(await rate(userMessage.id, 'good')).status, (await rate(aiMessage.id, 'fine')).status],
      [400, 400],
    )
    const { message } = await call<{ message: Message }>('PATCH', `${id}/messages/${aiMessage.id}`, { content: 'mine' })
    assert.equal(message.rating, null)
    await rate(aiMessage.id, null)
    await call('PUT', `${id}/active-leaf`, { message_id: aiMessage.id })
    assert.equal((await call<Message[]>('GET', `${id}/messages`))[1]?.rating, null)
  })

  it('begin where a reply is made anew, with another model when asked', async () => {
    const id = await harness.newConversation()
    const { aiMessage } = await say(id, 'q', 'first')
    harness.engine.answerWith('second')
    const path = `/api/conversations/${id}/messages/${aiMessage.id}/regenerate`
    const events = await server.events('POST', path, { body: { model: 'gpt-4-turbo' } })
    assert.equal(events.at(-1)?.event, 'done')
    assert.equal(
      events.some(({ data }) => data.includes('userMessage')),
      false,
    )
    const [, reply] = await call<Message[]>('GET', `${id}/messages`)
    assert.partialDeepStrictEqual(reply, { content: 'second', model_id: 'gpt-4-turbo' })
    assert.deepEqual(reply?.sibling_ids, [aiMessage.id, reply?.id])
  })

  it('are deleted with all that follows, and what stands beside is shown', async () => {
    const id = await harness.newConversation()
    const first = await say(id, 'one', 'reply one')
    const second = await say(id, 'two', 'reply two')
    harness.engine.answerWith('other')
    await server.events('POST', `/api/conversations/${id}/messages/${second.aiMessage.id}/regenerate`, { body: {} })
    assert.deepEqual(await shown(id), ['one', 'reply one', 'two', 'other'])
    const [, , , other] = await call<Message[]>('GET', `${id}/messages`)
    await call('DELETE', `${id}/messages/${other?.id}`)
    assert.deepEqual(await shown(id), ['one', 'reply one', 'two', 'reply two'])
    await call('DELETE', `${id}/messages/${second.userMessage.id}`)
    assert.deepEqual(await shown(id), ['one', 'reply one'])
    await call('DELETE', `${id}/messages/${first.userMessage.id}`)
    assert.deepEqual(await shown(id), [])
    assert.equal((await server.call('DELETE', `/api/conversations/${id}/messages/${first.userMessage.id}`)).status, 404)
    await say(id, 'again', 'yes')
    assert.deepEqual(await shown(id), ['again', 'yes'])
  })

  it('stop being written when they are deleted', async () => {
    const id = await harness.newConversation()
    harness.engine.script = undefined
    const streaming = server.events('POST', `/api/conversations/${id}/messages/stream`, { body: { content: 'x' } })
    const made = await harness.engine.nextCall()
    await made.say('half')
    const [question] = await call<Message[]>('GET', `${id}/messages`)
    await call('DELETE', `${id}/messages/${question?.id}`)
    assert.equal(made.signal.aborted, true)
    assert.equal((await streaming).at(-1)?.event, 'done')
    assert.deepEqual(await shown(id), [])
  })

  it('are copied into conversations of their own', async () => {
    const id = await harness.newConversation()
    const first = await say(id, 'one', 'reply one')
    await say(id, 'two', 'reply two')
    const whole = await call<{ id: string; model_id: string }>('POST', `${id}/fork`, {})
    assert.notEqual(whole.id, id)
    assert.deepEqual(await shown(whole.id), ['one', 'reply one', 'two', 'reply two'])
    const part = await call<{ id: string }>('POST', `${id}/fork`, { message_id: first.aiMessage.id })
    assert.deepEqual(await shown(part.id), ['one', 'reply one'])
    await say(part.id, 'elsewhere', 'ok')
    assert.deepEqual(await shown(id), ['one', 'reply one', 'two', 'reply two'])
  })

  it('are found at once in a conversation of 5,000 messages', async () => {
    const id = await harness.newConversation()
    const rows = Array.from({ length: 5_000 }, (_, index) => ({
      id: `0199-${id}-${String(index).padStart(5, '0')}`,
      conversation_id: id,
      parent_id: index === 0 ? null : `0199-${id}-${String(index - 1).padStart(5, '0')}`,
      sender_type: index % 2 === 0 ? ('user' as const) : ('bot' as const),
      sender_id: null,
      sender_name: null,
      content: String(index),
      status: 'done',
      created_at: index,
      updated_at: index,
    }))
    for (let at = 0; at < rows.length; at += 500) {
      await harness.store.database
        .insertInto('message')
        .values(rows.slice(at, at + 500))
        .execute()
    }
    await call('PUT', `${id}/active-leaf`, { message_id: rows[0]?.id })
    const all = await call<{ messages: Message[] }>('GET', id)
    assert.deepEqual(
      all.messages.map(({ content }) => content),
      rows.map(({ content }) => content),
    )
    const page = await call<Message[]>('GET', `${id}/messages?page=100&limit=50`)
    assert.deepEqual([page[0]?.content, page.at(-1)?.content], ['4950', '4999'])
    await call('DELETE', `${id}/messages/${rows[10]?.id}`)
    assert.equal((await shown(id)).length, 10)
  })

  it('are as many as models are asked at once, each in a run of its own; the first is shown', async () => {
    const id = await harness.newConversation()
    const { engine } = harness
    engine.script = undefined
    const also = ['gpt-4-turbo', 'claude-3-opus']
    const sent = server.events('POST', `/api/conversations/${id}/messages/stream`, {
      body: { content: 'which is best?', also_models: also, client_message_id: 'one' },
    })
    const calls = [await engine.nextCall(), await engine.nextCall(), await engine.nextCall()]
    const [first, second, third] = ['gpt-3.5-turbo', ...also].map((model) =>
      calls.find(({ request }) => request.model === model && request.messages.length === 1),
    )
    assert.ok(first && second && third, 'each of them is asked, and told nothing of the others')
    // The last one is quickest, and is read while the others have said nothing.
    await third.say('third')
    third.finish()
    const { messages } = await call<{ messages: Message[] }>('GET', id)
    const reply = messages.at(-1)
    assert.deepEqual([reply?.model, reply?.status, reply?.sibling_ids.length], ['gpt-3.5-turbo', 'running', 3])
    const place = `${id}/messages/${reply?.id}/alternatives`
    const thirdRun = (await call<Message[]>('GET', place))[2]?.run_id ?? ''
    await harness.chat.runs.ended(thirdRun, new AbortController().signal)
    second.fail('upstream_failed', 'broken')
    await first.say('first')
    first.finish()
    const events = (await sent).map(({ data }) => data).join('')
    assert.match(events, /first/)
    assert.doesNotMatch(events, /third/)
    const secondRun = (await call<Message[]>('GET', place))[1]?.run_id ?? ''
    await harness.chat.runs.ended(secondRun, new AbortController().signal)

    const all = await call<Message[]>('GET', place)
    assert.deepEqual(
      all.map(({ model, content, status }) => [model, content, status]),
      [
        ['gpt-3.5-turbo', 'first', 'done'],
        ['gpt-4-turbo', '', 'failed'],
        ['claude-3-opus', 'third', 'done'],
      ],
    )
    assert.equal(new Set(all.map(({ created_at: time }) => time)).size, 1)
    assert.equal(new Set(all.map(({ run_id: run }) => run)).size, 3)
    assert.deepEqual(await shown(id), ['which is best?', 'first'])
    await call('PUT', `${id}/active-leaf`, { message_id: all[2]?.id ?? '' })
    assert.deepEqual(await shown(id), ['which is best?', 'third'])
  })

  it('are not made where one of the models is not there, too many are asked, or bots answer', async () => {
    const id = await harness.newConversation()
    const group = await server.call('POST', '/api/group-conversations', { body: { name: 'G', botIds: ['bot-tech'] } })
    const groupId = (group.json as { data: { id: string } }).data.id
    for (const [conversation, also] of [
      [id, ['gpt-4-turbo', 'no-such-model']],
      [id, ['gpt-4-turbo', 'gpt-4-turbo', 'gpt-4-turbo', 'gpt-4-turbo']],
      [groupId, ['gpt-4-turbo']],
    ] as const) {
      const refused = await server.call('POST', `/api/conversations/${conversation}/messages`, {
        body: { content: 'x', also_models: also },
      })
      assert.equal(refused.status, 400, refused.text)
      assert.deepEqual(await shown(conversation), [])
    }
  })
})
