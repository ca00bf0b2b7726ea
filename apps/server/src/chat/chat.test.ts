import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { forEachDatabase, type ReceivedSseEvent, readSse } from '@parley/testkit'
import { type ChatHarness, chatConfig, openChat } from './testing/chat-harness.ts'
import { type ChatServer, openChatServer } from './testing/chat-server.ts'

type Json = Record<string, never>

forEachDatabase('the chat’s endpoints', (database) => {
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

  async function data(method: string, path: string, options?: Parameters<ChatServer['call']>[2]) {
    const response = await server.call(method, path, options)
    assert.ok(response.status < 300, `${method} ${path}: ${response.status} ${response.text}`)
    const json = response.json as { success: boolean; data: Json; pagination?: Json }
    assert.equal(json.success, true)
    return { status: response.status, ...json }
  }

  async function newConversation(body: object = {}): Promise<string> {
    return (await data('POST', '/api/conversations', { body })).data['id'] as unknown as string
  }

  describe('conversations', () => {
    it('are made, found, changed and deleted', async () => {
      const made = await data('POST', '/api/conversations', { body: { title: '我的新对话', modelId: 'gpt-4-turbo' } })
      assert.equal(made.status, 201)
      const { id, created_at: createdAt } = made.data as unknown as { id: string; created_at: string }
      assert.deepEqual(made.data, {
        id,
        user_id: harness.userId,
        title: '我的新对话',
        model: 'gpt-4-turbo',
        model_id: 'gpt-4-turbo',
        kind: 'personal',
        is_pinned: false,
        pin_rank: 0,
        is_archived: false,
        is_temporary: false,
        folder: null,
        tags: [],
        system_prompt: null,
        parameters: {},
        active_leaf_id: null,
        version: 1,
        created_at: createdAt,
        updated_at: createdAt,
      })
      assert.equal((await data('GET', `/api/conversations/${id}`)).data['title'], '我的新对话')
      assert.equal(
        (await data('PATCH', `/api/conversations/${id}`, { body: { title: '新标题' } })).data['title'],
        '新标题',
      )

      const tagged = await data('PATCH', `/api/conversations/${id}/tags`, { body: { tags: ['工作', '学习', '工作'] } })
      assert.deepEqual(new Set(tagged.data['tags']), new Set(['工作', '学习']))
      assert.deepEqual(new Set((await data('GET', '/api/tags')).data as unknown as string[]), new Set(['工作', '学习']))
      const listed = await data('GET', `/api/conversations?tag=${encodeURIComponent('学习')}&page=1&limit=20`)
      assert.deepEqual(
        (listed.data as unknown as { id: string }[]).map((one) => one.id),
        [id],
      )
      assert.deepEqual(listed.pagination, { page: 1, limit: 20, total: 1 })
      assert.deepEqual((await data('GET', '/api/conversations?tag=none')).data, [])
      assert.equal(
        ((await data('GET', `/api/conversations?q=${encodeURIComponent('新标')}`)).data as unknown as []).length,
        1,
      )
      assert.deepEqual((await data('GET', '/api/conversations?q=%25')).data, [])

      assert.deepEqual((await data('GET', `/api/conversations/${id}/model`)).data, { modelId: 'gpt-4-turbo' })
      const chosen = await data('PUT', `/api/conversations/${id}/model`, { body: { modelId: 'claude-3-opus' } })
      assert.deepEqual(chosen.data, { modelId: 'claude-3-opus' })
      assert.deepEqual((await data('GET', `/api/conversations/${id}/model`)).data, { modelId: 'claude-3-opus' })

      assert.equal((await data('DELETE', `/api/conversations/${id}`)).data, null)
      assert.equal((await server.call('GET', `/api/conversations/${id}`)).status, 404)
    })

    it('have a title, in the language of who makes them, and the default model when nothing is said', async () => {
      const chinese = await data('POST', '/api/conversations', { headers: { 'accept-language': 'zh-CN' } })
      assert.equal(chinese.data['title'], '新对话')
      assert.equal(chinese.data['model_id'], 'gpt-3.5-turbo')
      const english = await data('POST', '/api/conversations', { body: {} })
      assert.equal(english.data['title'], 'New conversation')
    })

    it('refuse what is wrong, by name', async () => {
      const id = await newConversation()
      const unknownModel = await server.call('POST', '/api/conversations', { body: { modelId: 'no-such-model' } })
      assert.equal(unknownModel.status, 400)
      assert.match((unknownModel.json as { error: string }).error, /^modelId: .*no-such-model/)
      for (const [method, path, body] of [
        ['PUT', `/api/conversations/${id}/model`, { modelId: 'no-such-model' }],
        ['PUT', `/api/conversations/${id}/model`, {}],
        ['PATCH', `/api/conversations/${id}`, { title: '' }],
        ['PATCH', `/api/conversations/${id}/tags`, { tags: 'work' }],
        ['POST', `/api/conversations/${id}/messages`, { content: ' ' }],
        ['POST', `/api/conversations/${id}/messages/stream`, {}],
        ['GET', '/api/conversations?limit=0', undefined],
      ] as const) {
        const response = await server.call(method, path, { body })
        assert.equal(response.status, 400, `${method} ${path}: ${response.text}`)
      }
    })

    it('are listed newest first, page by page, and a message moves one up', async () => {
      const userId = await harness.newUser()
      const ids: string[] = []
      for (let index = 0; index < 5; index += 1) {
        ids.push((await data('POST', '/api/conversations', { userId, body: {} })).data['id'] as unknown as string)
      }
      harness.engine.answerWith('hi')
      await data('POST', `/api/conversations/${ids[1]}/messages`, { userId, body: { content: 'up' } })
      const pages = await Promise.all(
        [1, 2, 3].map(async (page) => await data('GET', `/api/conversations?page=${page}&limit=2`, { userId })),
      )
      const listed = pages.flatMap((page) => (page.data as unknown as { id: string }[]).map((one) => one.id))
      assert.deepEqual(listed, [ids[1], ids[4], ids[3], ids[2], ids[0]])
      assert.deepEqual(pages[2]?.pagination, { page: 3, limit: 2, total: 5 })
      const bare = await server.call('GET', '/bare/api/conversations', { userId })
      assert.deepEqual(
        (bare.json as { id: string }[]).map((one) => one.id),
        listed,
      )
    })

    it('are pinned to the top, or put away, without becoming newer', async () => {
      const userId = await harness.newUser()
      const make = async () => await harness.chat.conversations.create(userId, {}, 'en')
      const [old, middle, fresh] = [await make(), await make(), await make()]
      const list = async (query = '') =>
        ((await data('GET', `/api/conversations${query}`, { userId })).data as unknown as { id: string }[]).map(
          ({ id }) => id,
        )
      const pinned = await data('PATCH', `/api/conversations/${old.id}`, { userId, body: { is_pinned: true } })
      assert.partialDeepStrictEqual(pinned.data, { is_pinned: true, updated_at: old.updated_at } as never)
      await data('PATCH', `/api/conversations/${middle.id}`, { userId, body: { is_archived: true } })
      assert.deepEqual(await list(), [old.id, fresh.id])
      assert.deepEqual(await list('?archived=true'), [middle.id])
      await data('PATCH', `/api/conversations/${middle.id}`, { userId, body: { is_archived: false } })
      assert.deepEqual(await list('?archived=false'), [old.id, fresh.id, middle.id])
    })

    it('are not changed over a change that was not seen', async () => {
      const id = await newConversation()
      const first = await server.call('PATCH', `/api/conversations/${id}`, {
        body: { title: 'a' },
        headers: { 'if-match': '"1"' },
      })
      assert.equal(first.status, 200)
      const second = await server.call('PATCH', `/api/conversations/${id}`, {
        body: { title: 'b' },
        headers: { 'if-match': '1' },
      })
      assert.equal(second.status, 409)
      assert.equal((second.json as { details: { current: { title: string } } }).details.current.title, 'a')
      assert.equal((await data('GET', `/api/conversations/${id}`)).data['title'], 'a')
    })

    it('belong to one person: 404 for what is not there, 403 for what is somebody else’s, on every route', async () => {
      const mine = await newConversation()
      harness.engine.answerWith('yes')
      const sent = await data('POST', `/api/conversations/${mine}/messages`, { body: { content: 'private' } })
      const runId = sent.data['run_id'] as unknown as string
      const { id: messageId } = sent.data['aiMessage'] as unknown as { id: string }
      const stranger = await harness.newUser()
      const bodies: { [route: string]: object } = {
        'PATCH /api/conversations/:id': { title: 'x' },
        'PATCH /api/conversations/:id/tags': { tags: [] },
        'PUT /api/conversations/:id/model': { modelId: 'gpt-4-turbo' },
        'POST /api/conversations/:id/messages': { content: 'x' },
        'POST /api/conversations/:id/messages/stream': { content: 'x' },
        'PUT /api/sessions/:id': { title: 'x' },
        'POST /api/group-conversations/:id/messages': { content: 'x' },
        'POST /api/group-conversations/:id/messages/stream': { content: 'x' },
        'PATCH /api/conversations/:id/messages/:messageId': { content: 'x' },
        'POST /api/conversations/:id/messages/:messageId/regenerate': {},
        'PUT /api/conversations/:id/messages/:messageId/rating': { rating: 'good' },
        'PUT /api/conversations/:id/active-leaf': { message_id: messageId },
        'POST /api/conversations/:id/fork': {},
        'POST /api/conversations/:id/share': {},
      }
      const withId = server.routes.filter(({ path }) => path.includes(':id'))
      assert.ok(withId.length >= 20)
      const group = await harness.chat.groups.create(harness.userId, {
        name: 'g',
        botIds: ['bot-cs'],
        replyMode: 'all',
      })
      for (const { method, path } of withId) {
        const body = bodies[`${method} ${path}`]
        const id = path.startsWith('/api/runs') ? runId : path.startsWith('/api/group') ? group.id : mine
        const foreign = await server.call(method, path.replace(':id', id).replace(':messageId', messageId), {
          body,
          userId: stranger,
        })
        assert.equal(foreign.status, 403, `${method} ${path}: ${foreign.text}`)
        const absurd = await server.call(method, path.replace(':id', '%00').replace(':messageId', '%00'), { body })
        assert.equal(absurd.status, 404, `${method} ${path}: ${absurd.text}`)
        const unknown = await server.call(method, path.replace(':id', '0199-none').replace(':messageId', messageId), {
          body,
          userId: stranger,
        })
        assert.equal(unknown.status, 404, `${method} ${path}: ${unknown.text}`)
      }
      assert.equal((await data('GET', `/api/conversations/${mine}`)).data['title'], 'yes')
    })
  })

  describe('messages', () => {
    it('stream as the document prints it', async () => {
      const id = await newConversation({ modelId: 'gpt-4-turbo' })
      harness.engine.answerWith('[gpt-4-turbo] 你好', 15)
      const events = await server.events('POST', `/api/conversations/${id}/messages/stream`, {
        body: { content: '你好，AI！' },
      })
      const numbers = events.map(({ id: number }) => Number(number))
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].sort((left, right) => left - right),
      )
      const messages = events.slice(0, -1).map((event) => {
        const data = JSON.parse(event.data) as { type: string; data: Record<string, string> }
        assert.equal(event.event, ['run', 'usage'].includes(data.type) ? '' : 'message')
        return data
      })
      const chunks = messages.filter(({ type }) => type === 'aiMessageChunk')
      const types = messages.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1])
      assert.deepEqual(types, ['run', 'userMessage', 'aiMessageStart', 'aiMessageChunk', 'usage', 'aiMessageEnd'])
      const [, user, begun] = messages
      assert.partialDeepStrictEqual(user?.data, { sender_type: 'user', content: '你好，AI！' })
      assert.partialDeepStrictEqual(begun?.data, { sender_type: 'bot' })
      assert.equal(chunks.map((chunk) => chunk.data['content']).join(''), '[gpt-4-turbo] 你好')
      assert.equal(
        chunks.every((chunk) => chunk.data['messageId'] === begun?.data['id']),
        true,
      )
      assert.partialDeepStrictEqual(messages.at(-1), {
        type: 'aiMessageEnd',
        data: { messageId: begun?.data['id'], content: '[gpt-4-turbo] 你好' },
      })
      assert.deepEqual(events.at(-1)?.event, 'done')
      assert.deepEqual(events.at(-1)?.data, '{"success":true}')

      const listed = (await data('GET', `/api/conversations/${id}/messages?page=1&limit=50`)) as unknown as {
        data: Record<string, unknown>[]
        pagination: object
      }
      assert.deepEqual(listed.pagination, { page: 1, limit: 50, total: 2 })
      assert.partialDeepStrictEqual(listed.data, [
        {
          id: user?.data['id'],
          role: 'user',
          sender_type: 'user',
          sender_id: harness.userId,
          content: '你好，AI！',
          ai_error: 0,
        },
        {
          id: begun?.data['id'],
          role: 'assistant',
          sender_type: 'bot',
          content: '[gpt-4-turbo] 你好',
          model_id: 'gpt-4-turbo',
          status: 'done',
        },
      ])
      const second = await data('GET', `/api/conversations/${id}/messages?page=2&limit=1`)
      assert.deepEqual(
        (second.data as unknown as { id: string }[]).map((one) => one.id),
        [begun?.data['id']],
      )
    })

    it('say an error as the document prints it, and keep the person’s words', async () => {
      const id = await newConversation()
      harness.engine.script = async (call) => call.fail('upstream_failed', 'AI service is temporarily unavailable.')
      const options = { body: { content: 'hello' }, headers: { 'accept-language': 'zh' } }
      const events = await server.events('POST', `/api/conversations/${id}/messages/stream`, options)
      const last = events.at(-1)
      assert.equal(last?.event, 'error')
      assert.partialDeepStrictEqual(JSON.parse(last?.data ?? ''), { type: 'error', message: 'AI 服务暂时不可用' })
      const whole = await server.call('POST', `/api/conversations/${id}/messages`, options)
      assert.equal(whole.status, 202)
      assert.partialDeepStrictEqual(whole.json, {
        success: true,
        data: {
          userMessage: { content: 'hello', sender_type: 'user', ai_error: 0 },
          aiMessage: { content: '', ai_error: 1, error_message: 'AI 服务暂时不可用', status: 'failed' },
          error: 'AI 服务暂时不可用',
        },
      })
    })

    it('answer a limit with its own status and words', async () => {
      const id = await newConversation()
      harness.engine.script = async (call) =>
        call.finish({
          endReason: 'refused',
          httpStatus: 429,
          error: { code: 'quota_exhausted', message: 'The token quota is used up.' },
        })
      const response = await server.call('POST', `/bare/api/conversations/${id}/messages`, {
        body: { content: 'hello' },
        headers: { 'accept-language': 'zh' },
      })
      assert.equal(response.status, 429)
      assert.deepEqual(response.json, { error: '配额已用完' })
    })

    it('give the model what was said before, and the conversation’s settings', async () => {
      const id = await newConversation({
        system_prompt: 'Be brief.',
        parameters: { temperature: 0.5, max_tokens: 100 },
      })
      harness.engine.answerWith('one')
      await data('POST', `/api/conversations/${id}/messages`, { body: { content: 'first' } })
      const answered = await data('POST', `/api/conversations/${id}/messages`, {
        body: { content: 'second', modelId: 'claude-3-opus' },
      })
      assert.equal(answered.status, 201)
      assert.deepEqual(harness.engine.calls.at(-1)?.request, {
        model: 'claude-3-opus',
        stream: true,
        system: [{ type: 'text', text: 'Be brief.' }],
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'first' }] },
          { role: 'assistant', content: [{ type: 'text', text: 'one' }] },
          { role: 'user', content: [{ type: 'text', text: 'second' }] },
        ],
        tools: [],
        temperature: 0.5,
        maxTokens: 100,
      })
    })

    it('give the conversation its title, never over a typed one', async () => {
      const untitled = await newConversation()
      harness.engine.answerWith('😀一二三四五六七八九十一二三四五六七八九十')
      await data('POST', `/api/conversations/${untitled}/messages`, { body: { content: 'x' } })
      assert.equal(
        (await data('GET', `/api/conversations/${untitled}`)).data['title'],
        '😀一二三四五六七八九十一二三四五六七八九',
      )
      const typed = await newConversation({ title: 'mine' })
      await data('POST', `/api/conversations/${typed}/messages`, { body: { content: 'x' } })
      assert.equal((await data('GET', `/api/conversations/${typed}`)).data['title'], 'mine')
    })

    it('sent twice with the same client id are one message and one run', async () => {
      const id = await newConversation()
      harness.engine.script = undefined
      const body = { content: 'once', client_message_id: 'c-1' }
      const first = server.events('POST', `/api/conversations/${id}/messages/stream`, { body })
      const call = await harness.engine.nextCall()
      const second = server.events('POST', `/api/conversations/${id}/messages/stream`, { body })
      await call.say('only')
      call.finish()
      assert.deepEqual(await second, await first)
      assert.equal((await data('GET', `/api/conversations/${id}/messages`)).pagination?.['total'], 2)
    })

    it('sent from two tabs at once make two branches, or one is told to wait', async () => {
      const id = await newConversation()
      harness.engine.answerWith('root')
      const root = (await data('POST', `/api/conversations/${id}/messages`, { body: { content: 'a' } }))
        .data as unknown as {
        aiMessage: { id: string }
      }
      harness.engine.script = undefined
      const path = `/api/conversations/${id}/messages/stream`
      const one = server.events('POST', path, { body: { content: 'tab one' } })
      const call = await harness.engine.nextCall()
      const refused = await server.call('POST', path, { body: { content: 'tab two' } })
      assert.equal(refused.status, 409)
      assert.equal((refused.json as { code: string }).code, 'run_active')
      const two = server.events('POST', path, { body: { content: 'tab two', parent_id: root.aiMessage.id } })
      const branch = await harness.engine.nextCall()
      assert.deepEqual(branch.request.messages.at(-1), { role: 'user', content: [{ type: 'text', text: 'tab two' }] })
      call.finish()
      branch.finish()
      for (const events of [await one, await two]) assert.equal(events.at(-1)?.event, 'done')
    })
  })

  describe('runs', () => {
    it('can be taken up again by number after the connection was lost', async () => {
      const id = await newConversation()
      harness.engine.script = undefined
      const leaving = new AbortController()
      const response = await server.open('POST', `/api/conversations/${id}/messages/stream`, {
        body: { content: 'x' },
        signal: leaving.signal,
      })
      assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8')
      assert.equal(response.headers['x-accel-buffering'], 'no')
      const call = await harness.engine.nextCall()
      await call.say('seen ')
      const seen: ReceivedSseEvent[] = []
      for await (const event of readSse(response)) {
        seen.push(event)
        if (event.data.includes('seen ')) break
      }
      await call.say('unseen')
      call.finish()
      const runId = (JSON.parse(seen[0]?.data ?? '') as { data: { id: string } }).data.id
      const path = `/api/runs/${runId}/events`
      const rest = await server.events('GET', path, { headers: { 'last-event-id': seen.at(-1)?.id ?? '' } })
      const whole = await server.events('GET', path)
      assert.deepEqual([...seen, ...rest], whole)
      for (const { id: position } of whole) {
        const late = await server.events('GET', `${path}?after=${position}`)
        assert.deepEqual(
          late,
          whole.filter((event) => Number(event.id) > Number(position)),
        )
      }
      const run = await data('GET', `/api/runs/${runId}`)
      assert.partialDeepStrictEqual(run.data, {
        id: runId,
        conversation_id: id,
        status: 'done',
        model_id: 'gpt-3.5-turbo',
      } as never)
      assert.equal((await server.call('GET', path, { headers: { 'last-event-id': 'x' } })).status, 400)
    })

    it('stop, keeping what was seen', async () => {
      const id = await newConversation()
      harness.engine.script = undefined
      const events = server.events('POST', `/api/conversations/${id}/messages/stream`, { body: { content: 'x' } })
      const call = await harness.engine.nextCall()
      await call.say('so far')
      const { messages } = (await data('GET', `/api/conversations/${id}`)).data as unknown as {
        messages: { run_id: string }[]
      }
      const stopped = await data('POST', `/api/runs/${messages[1]?.run_id}/stop`)
      assert.equal(stopped.data['status'], 'stopped')
      const seen = (await events).map(
        (event) => JSON.parse(event.data) as { type?: string; data?: { content: string } },
      )
      assert.equal(seen.find(({ type }) => type === 'aiMessageEnd')?.data?.content, 'so far')
      assert.deepEqual(seen.at(-1), { success: true })
      const kept = (await data('GET', `/api/conversations/${id}`)).data as unknown as { messages: object[] }
      assert.partialDeepStrictEqual(kept.messages[1], { content: 'so far', status: 'stopped', ai_error: 0 })
    })
  })

  it('may be sent to 20 times a minute', async () => {
    await using limited = await openChatServer(harness, chatConfig)
    const userId = await harness.newUser()
    harness.engine.answerWith('ok')
    const { id } = await harness.chat.conversations.create(userId, {}, 'en')
    const path = `/bare/api/conversations/${id}/messages`
    const statuses: number[] = []
    let last = await limited.call('POST', path, { userId, body: { content: 'x' } })
    for (let count = 1; count < 42 && last.status !== 429; count += 1) {
      statuses.push(last.status)
      last = await limited.call('POST', path, { userId, body: { content: 'x' }, headers: { 'accept-language': 'zh' } })
    }
    // The window may turn once meanwhile.
    assert.ok(statuses.length >= 20 && statuses.length <= 40, `${statuses.length} sent`)
    assert.deepEqual(last.json, { error: '请求过于频繁，请稍后再试' })
    assert.ok(Number(last.headers['retry-after']) > 0)
  })
})
