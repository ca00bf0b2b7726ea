import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { errorTable, fillMessage, limitAmounts, limitPeriods, limitRests } from '@parley/contract'
import { forEachDatabase } from '@parley/testkit'
import { noUsage } from '@parley/wires'
import { type ChatHarness, openChat } from '../testing/chat-harness.ts'
import { type ChatServer, openChatServer } from '../testing/chat-server.ts'

forEachDatabase('the doors for other front ends', (database) => {
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

  const call = async (...parameters: Parameters<ChatServer['call']>) => {
    const { status, json, text } = await server.call(...parameters)
    return { status, text, json: json as { data: Record<string, unknown> } }
  }
  const dataOf = async (...parameters: Parameters<ChatServer['events']>) =>
    (await server.events(...parameters)).map(
      ({ data }) => JSON.parse(data) as Record<string, unknown> & { type: string },
    )

  describe('POST /api/chat', () => {
    it('streams a reply as Anthropic does, behind /bare too', async () => {
      for (const base of ['', '/bare']) {
        const conversation_id = await harness.newConversation()
        harness.engine.script = async (made) => {
          await made.say({ type: 'usage', usage: { ...noUsage, input: 9 } })
          await made.say('你好，', '世界')
          await made.say({ type: 'block-end', index: 0 }, { type: 'finish', reason: 'stop' })
          made.finish({ usage: { ...noUsage, input: 9, output: 4 } })
        }
        const body = { conversation_id, message: '你好，请介绍一下自己' }
        const events = await server.events('POST', `${base}/api/chat`, { body })
        const types = events.map(({ event }) => event)
        const data = events.map((event) => JSON.parse(event.data) as Record<string, never>)
        assert.deepEqual(
          types.filter((type, index) => type !== types[index - 1]),
          [
            'message_start',
            'content_block_start',
            'content_block_delta',
            'content_block_stop',
            'message_delta',
            'message_stop',
          ],
        )
        assert.deepEqual(
          types,
          data.map(({ type }) => type),
        )
        const text = data.map(({ delta }) => (delta as { text?: string } | undefined)?.text ?? '').join('')
        assert.equal(text, '你好，世界')
        assert.partialDeepStrictEqual(data[0], { message: { usage: { input_tokens: 9 } } } as never)
        assert.partialDeepStrictEqual(data.at(-2), {
          usage: { output_tokens: 4 },
          delta: { stop_reason: 'end_turn' },
        } as never)
        const { json } = await server.call('GET', `/bare/api/conversations/${conversation_id}`)
        assert.partialDeepStrictEqual(json, {
          title: '你好，世界',
          messages: [
            { role: 'user', content: '你好，请介绍一下自己' },
            { role: 'assistant', content: '你好，世界', token_count: 4 },
          ],
        })
      }
    })

    it('answers a used-up quota with 429 and its words', async () => {
      const conversation_id = await harness.newConversation()
      harness.engine.script = async (made) =>
        made.finish({
          endReason: 'refused',
          httpStatus: 429,
          usageSource: 'none',
          error: { code: 'quota_exhausted', message: 'The token quota is used up.' },
        })
      const response = await server.call('POST', '/bare/api/chat', {
        body: { conversation_id, message: 'x' },
        headers: { 'accept-language': 'zh' },
      })
      assert.equal(response.status, 429)
      assert.deepEqual(response.json, { error: '配额已用完' })
    })

    it('says which limit is reached in the caller’s language', async () => {
      const conversation_id = await harness.newConversation()
      harness.engine.script = async (made) =>
        made.finish({
          endReason: 'refused',
          httpStatus: 429,
          usageSource: 'none',
          error: {
            code: 'limit_reached',
            message: 'The limit of 5 requests per day is reached.',
            parameters: {
              amount: fillMessage(limitAmounts.requests, { max: 5 }),
              period: limitPeriods.day,
              rest: limitRests.resets,
            },
          },
        })
      for (const [language, words] of [
        ['zh', '已达到限额：每天 5 次请求。'],
        ['en', 'The limit of 5 requests per day is reached.'],
      ] as const) {
        const headers = { 'accept-language': language }
        const body = { conversation_id, message: 'x' }
        const response = await server.call('POST', '/bare/api/chat', { body, headers })
        assert.deepEqual([response.status, response.json], [429, { error: words }])
      }
    })

    it('and every other stream answer a limit with its status, and when to come back', async () => {
      const sessionId = await harness.newConversation()
      harness.engine.answerWith('here')
      const before = await server.call('POST', '/api/chat/completion', { body: { sessionId, content: 'x' } })
      const { messageId } = (before.json as { data: { messageId: string } }).data
      const group = await harness.chat.groups.create(harness.userId, {
        name: 'g',
        botIds: ['bot-cs'],
        replyMode: 'all',
      })
      harness.engine.script = async (made) => {
        await new Promise((resolve) => setImmediate(resolve))
        await made.say('cut')
        made.fail('upstream_failed', 'AI service is temporarily unavailable.')
      }
      const cut = await harness.chat.replies.send({
        userId: harness.userId,
        conversationId: sessionId,
        content: 'y',
        language: 'en',
      })
      await harness.chat.runs.ended(cut.runId, AbortSignal.timeout(5_000))
      harness.engine.script = async (made) =>
        made.finish({
          endReason: 'refused',
          httpStatus: 429,
          usageSource: 'none',
          error: { code: 'rate_limited', message: 'Too many requests. Try again later.', retryAfterMs: 41_500 },
        })
      const conversation = `/bare/api/conversations/${sessionId}`
      for (const [path, body] of [
        [`${conversation}/messages/stream`, { content: 'x' }],
        [`${conversation}/messages/${messageId}/regenerate`, {}],
        [`${conversation}/messages/${cut.messageId}/continue`, {}],
        [`/bare/api/group-conversations/${group.id}/messages/stream`, { content: 'x' }],
        ['/bare/api/chat', { conversation_id: sessionId, message: 'x' }],
        ['/bare/api/chat/stream', { sessionId, content: 'x' }],
        ['/bare/api/chat/regenerate', { sessionId }],
      ] as const) {
        const { status, json, headers } = await server.call('POST', path, {
          body,
          headers: { 'accept-language': 'zh' },
        })
        assert.deepEqual([status, json], [429, { error: '请求过于频繁，请稍后再试' }], path)
        assert.equal(headers['retry-after'], '42', path)
      }
    })

    it('says an upstream’s error in the stream', async () => {
      const conversation_id = await harness.newConversation()
      harness.engine.script = async (made) => made.fail('upstream_failed', 'AI service is temporarily unavailable.')
      const events = await server.events('POST', '/api/chat', { body: { conversation_id, message: 'x' } })
      assert.deepEqual(
        events.map(({ event }) => event),
        ['error'],
      )
      assert.deepEqual(JSON.parse(events[0]?.data ?? ''), {
        type: 'error',
        error: { type: 'api_error', message: 'AI service is temporarily unavailable.' },
      })
    })

    it('is for one’s own conversations', async () => {
      const body = { conversation_id: await harness.newConversation(), message: 'x' }
      assert.equal((await server.call('POST', '/api/chat', { body, userId: await harness.newUser() })).status, 403)
      assert.equal((await server.call('POST', '/api/chat', { body: { ...body, conversation_id: 'none' } })).status, 404)
      assert.equal((await server.call('POST', '/api/chat', { body: { message: 'x' } })).status, 400)
    })
  })

  describe('/api/chat/stream', () => {
    async function newSession(body: object = {}): Promise<string> {
      const { status, json } = await call('POST', '/api/sessions', { body })
      assert.equal(status, 201)
      return json.data['id'] as string
    }

    it('sends start, usage, content, stop, end and complete', async () => {
      const sessionId = await newSession({ title: 's', modelId: 'gpt-4-turbo' })
      harness.engine.script = async (made) => {
        await made.say('one ')
        await new Promise((resolve) => setTimeout(resolve, 5))
        await made.say('two', { type: 'finish', reason: 'stop' })
        made.finish({ usage: { ...noUsage, input: 12, output: 3 }, usageSource: 'estimate' })
      }
      const data = await dataOf('POST', '/api/chat/stream', { body: { sessionId, content: 'count' } })
      const messageId = data[0]?.['messageId']
      assert.equal(typeof messageId, 'string')
      assert.deepEqual(
        data.filter(({ type }) => type !== 'content'),
        [
          { type: 'start', messageId },
          {
            type: 'usage',
            usage: {
              prompt_tokens: 6,
              completion_tokens: 0,
              total_tokens: 6,
              context_limit: 8192,
              context_remaining: 8186,
            },
          },
          { type: 'stop', reason: 'stop' },
          {
            type: 'usage',
            usage: {
              prompt_tokens: 12,
              completion_tokens: 3,
              total_tokens: 15,
              context_limit: 8192,
              context_remaining: 8180,
            },
          },
          { type: 'end', messageId, status: 'done' },
          { type: 'complete' },
        ],
      )
      const contents = data.filter(({ type }) => type === 'content')
      assert.equal(contents.map(({ content }) => content).join(''), 'one two')

      const usage = await call('GET', `/api/chat/usage?sessionId=${sessionId}`)
      assert.partialDeepStrictEqual(usage.json.data, {
        totals: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
        last_round: {
          prompt_tokens: 12,
          completion_tokens: 3,
          total_tokens: 15,
          context_limit: 8192,
          model: 'gpt-4-turbo',
          provider: 'Test',
        },
        current: { context_limit: 8192 },
      })
    })

    it('passes on what the upstream counts, and adds no estimate after it', async () => {
      const sessionId = await newSession()
      harness.engine.script = async (made) => {
        const usage = { ...noUsage, input: 1, output: 2, cacheRead: 3 }
        await made.say('x', { type: 'usage', usage })
        made.finish({ usage, usageSource: 'upstream' })
      }
      const data = await dataOf('POST', '/api/chat/stream', { body: { sessionId, content: 'x' } })
      const counts = data.filter(({ type }) => type === 'usage').map(({ usage }) => usage)
      assert.equal(counts.length, 2)
      assert.partialDeepStrictEqual(counts[1], { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 })
    })

    it('sends an error, and nothing after it', async () => {
      const sessionId = await newSession()
      harness.engine.script = async (made) => made.fail('upstream_timeout', 'The AI service did not answer in time.')
      const data = await dataOf('POST', '/api/chat/stream', { body: { sessionId, content: 'x' } })
      assert.partialDeepStrictEqual(data.at(-1), {
        type: 'error',
        error: 'The AI service did not answer in time.',
      } as never)
      const whole = await call('POST', '/api/chat/completion', { body: { sessionId, content: 'x' } })
      assert.equal(whole.status, 504)
    })

    it('completes in one answer, once for each client id', async () => {
      const sessionId = await newSession()
      harness.engine.answerWith('done')
      const before = harness.engine.calls.length
      const body = { sessionId, content: 'x', clientMessageId: 'mine' }
      const first = await call('POST', '/api/chat/completion', { body })
      assert.equal(first.status, 200)
      assert.partialDeepStrictEqual(first.json.data, {
        sessionId,
        content: 'done',
        usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
      })
      assert.deepEqual((await call('POST', '/api/chat/completion', { body })).json.data, first.json.data)
      assert.equal(harness.engine.calls.length, before + 1)
    })

    it('stops by session and by message of either, keeping the text', async () => {
      for (const by of ['sessionId', 'messageId', 'question'] as const) {
        const sessionId = await newSession()
        harness.engine.script = undefined
        const streaming = dataOf('POST', '/api/chat/stream', { body: { sessionId, content: 'x' } })
        const made = await harness.engine.nextCall()
        await made.say('kept')
        const { json } = await call('GET', `/api/sessions/${sessionId}`)
        const [question, reply] = json.data['messages'] as { id: string }[]
        const messageId = reply?.id
        const what = { sessionId: { sessionId }, messageId: { messageId }, question: { messageId: question?.id } }[by]
        const stopped = await call('POST', '/api/chat/stop', { body: what })
        assert.deepEqual(stopped.json.data, { stopped: true })
        assert.deepEqual((await streaming).slice(-2), [
          { type: 'end', messageId, status: 'stopped' },
          { type: 'complete' },
        ])
        const again = await call('POST', '/api/chat/stop', { body: { sessionId } })
        assert.deepEqual(again.json.data, { stopped: false })
        const kept = await call('GET', `/api/sessions/${sessionId}`)
        assert.partialDeepStrictEqual(kept.json.data['messages'], [
          { role: 'user' },
          { id: messageId, content: 'kept', status: 'stopped' },
        ])
      }
      assert.equal((await call('POST', '/api/chat/stop', { body: {} })).status, 400)
      assert.equal((await call('POST', '/api/chat/stop', { body: { messageId: 'none' } })).status, 404)
    })

    it('makes a reply anew beside the old one, with another model when asked', async () => {
      const sessionId = await newSession()
      harness.engine.answerWith('first')
      const first = await call('POST', '/api/chat/completion', { body: { sessionId, content: 'question' } })
      harness.engine.answerWith('second')
      const { messageId } = first.json.data
      const data = await dataOf('POST', '/api/chat/regenerate', {
        body: { sessionId, messageId, modelId: 'claude-3-opus' },
      })
      assert.deepEqual(data.at(-1), { type: 'complete' })
      assert.deepEqual(harness.engine.calls.at(-1)?.request.messages, [
        { role: 'user', content: [{ type: 'text', text: 'question' }] },
      ])
      const { json } = await call('GET', `/api/sessions/${sessionId}`)
      assert.partialDeepStrictEqual(json.data['messages'], [
        { content: 'question' },
        { content: 'second', modelId: 'claude-3-opus' },
      ])
      const old = await harness.chat.messages.get(messageId as string)
      assert.equal(old.content, 'first')
      const empty = await newSession()
      assert.equal((await call('POST', '/api/chat/regenerate', { body: { sessionId: empty } })).status, 404)
    })

    it('leaves out what the model cannot read, oldest first, and never the question', async () => {
      const sessionId = await newSession()
      harness.engine.answerWith('ok')
      for (const content of ['字'.repeat(3_000), '词'.repeat(3_000), '句'.repeat(3_000)]) {
        await dataOf('POST', '/api/chat/stream', { body: { sessionId, content } })
      }
      const asked = harness.engine.calls.at(-1)?.request.messages.map(({ content }) => JSON.stringify(content)[19])
      assert.deepEqual(asked?.length, 3)
      const { json } = await call('GET', `/api/sessions/${sessionId}`)
      assert.equal((json.data['messages'] as []).length, 6)
    })
  })

  it('has sessions that are conversations under other names', async () => {
    const userId = await harness.newUser()
    const made = await call('POST', '/api/sessions', { userId, body: { title: 'one' } })
    const id = String(made.json.data['id'])
    const fields = ['createdAt', 'id', 'modelId', 'title', 'updatedAt', 'userId', 'version']
    assert.deepEqual(Object.keys(made.json.data).sort(), fields)
    assert.partialDeepStrictEqual(
      (await call('PUT', `/api/sessions/${id}`, { userId, body: { title: 'two' } })).json.data,
      { title: 'two' },
    )
    const listed = (await call('GET', '/api/sessions', { userId })).json.data as unknown as {
      id: string
      title: string
    }[]
    assert.deepEqual(
      listed.map(({ title }) => title),
      ['two'],
    )
    assert.partialDeepStrictEqual((await call('GET', `/api/conversations/${id}`, { userId })).json.data, {
      title: 'two',
    })
    assert.equal((await call('DELETE', `/api/sessions/${id}`, { userId })).status, 200)
    assert.equal((await call('GET', `/api/conversations/${id}`, { userId })).status, 404)
  })

  it('sends a long run with large events to a reader that comes late, whole', async () => {
    const conversationId = await harness.newConversation()
    const { userId } = harness
    const picture = 'A'.repeat(6 * 1024 * 1024)
    harness.engine.script = async (made) => {
      await made.say({ type: 'image', index: 0, mediaType: 'image/png', data: picture })
      for (let index = 1; index <= 600; index += 1) await made.say({ type: 'text', index, text: 'x'.repeat(1_000) })
      made.finish()
    }
    const { runId } = await harness.chat.replies.send({ userId, conversationId, content: 'x', language: 'en' })
    await harness.chat.runs.ended(runId, new AbortController().signal)
    const events = await server.events('GET', `/api/runs/${runId}/events`)
    assert.equal(events.at(-1)?.event, 'done')
    assert.equal(events.map(({ data }) => textOf(JSON.parse(data))).join('').length, 600_000)
    assert.ok(events.some(({ data }) => data.includes(picture)))
  })

  it('reads one run in every dialect', async () => {
    const conversationId = await harness.newConversation()
    harness.engine.answerWith('same words', 3)
    const { userId } = harness
    const { runId } = await harness.chat.replies.send({ userId, conversationId, content: 'x', language: 'en' })
    await harness.chat.runs.ended(runId, new AbortController().signal)
    for (const format of ['messages', 'chat', 'anthropic']) {
      const path = `/api/runs/${runId}/events?format=${format}`
      const whole = await server.events('GET', path)
      const text = whole.map(({ data }) => textOf(JSON.parse(data))).join('')
      assert.equal(text, 'same words', format)
      for (const { id } of whole) {
        if (id === undefined) continue
        const rest = await server.events('GET', path, { headers: { 'last-event-id': id } })
        assert.deepEqual(rest, whole.slice(whole.findIndex((event) => event.id === id) + 1), `${format} after ${id}`)
      }
    }
    assert.equal((await call('GET', `/api/runs/${runId}/events?format=other`)).status, 400)
  })

  it('a server that stops in the middle of a reply says so at every door, and never ends it cleanly', async () => {
    for (const door of ['anthropic', 'completion', 'messages'] as const) {
      const node = await harness.otherNode()
      const conversationId = await harness.newConversation()
      const { userId } = harness
      const sent = { userId, conversationId, content: 'hi', clientMessageId: 'c', language: 'zh' as const }
      const { runId } = await node.chat.replies.send(sent)
      await (await node.engine.nextCall()).say('so far')
      // Who sends the same again waits for what is being said.
      const answer = {
        anthropic: () => call('GET', `/api/runs/${runId}/events?format=anthropic`),
        completion: () =>
          call('POST', '/api/chat/completion', {
            body: { sessionId: conversationId, content: 'hi', clientMessageId: 'c' },
            headers: { 'accept-language': 'zh' },
          }),
        messages: () =>
          call('POST', `/api/conversations/${conversationId}/messages`, {
            body: { content: 'hi', client_message_id: 'c' },
            headers: { 'accept-language': 'zh' },
          }),
      }[door]()
      await node.chat.drain(50)
      await node.chat[Symbol.asyncDispose]()
      const { status, text, json } = await answer
      assert.equal((await harness.chat.runs.get(userId, runId)).status, 'interrupted')
      const { zh } = errorTable.reply_interrupted
      if (door === 'anthropic') {
        assert.match(text, /event: error/)
        assert.ok(text.includes(zh) && !text.includes('message_stop'), text)
      } else if (door === 'messages') assert.deepEqual([status, json.data['error']], [202, zh])
      else assert.deepEqual([status, (json as { error?: string }).error], [503, zh])
    }
  })
})

function textOf(data: {
  type?: string
  content?: string
  data?: { content?: string }
  delta?: { text?: string }
}): string {
  if (data.type === 'aiMessageChunk') return data.data?.content ?? ''
  if (data.type === 'content') return data.content ?? ''
  return data.delta?.text ?? ''
}
