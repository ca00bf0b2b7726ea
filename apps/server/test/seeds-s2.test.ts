/** The second document: every request that it prints, its transcripts event by event, and its own reader as it is. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import vm from 'node:vm'
import { forEachDatabase, startFakeUpstream } from '@parley/testkit'
import { assertCovers, assertTranscript, at, type DemoServer, startDemo, textAt } from './seeds-client.ts'

/** What Parley adds to the document's events. */
const ownTypes = ['run', 'usage', 'context', 'aiThinkingChunk', 'aiToolCall']

const printedModels = [
  {
    id: 'gpt-4',
    name: 'GPT-4',
    provider: 'OpenAI',
    context_limit: 8192,
    pricing_per_1k_tokens: '0.03',
    is_active: 1,
  },
  {
    id: 'gpt-4-turbo',
    name: 'GPT-4 Turbo',
    provider: 'OpenAI',
    context_limit: 128000,
    pricing_per_1k_tokens: '0.01',
    is_active: 1,
  },
  {
    id: 'gpt-3.5-turbo',
    name: 'GPT-3.5 Turbo',
    provider: 'OpenAI',
    context_limit: 16385,
    pricing_per_1k_tokens: '0.002',
    is_active: 1,
  },
  {
    id: 'claude-3-opus',
    name: 'Claude 3 Opus',
    provider: 'Anthropic',
    context_limit: 200000,
    pricing_per_1k_tokens: '0.015',
    is_active: 1,
  },
  {
    id: 'claude-3-sonnet',
    name: 'Claude 3 Sonnet',
    provider: 'Anthropic',
    context_limit: 200000,
    pricing_per_1k_tokens: '0.003',
    is_active: 1,
  },
]

const printedStream = `
event: message
data: {"type":"userMessage","data":{"id":"msg-123","sender_type":"user","content":"你好","created_at":"2025-12-30T..."}}

event: message
data: {"type":"aiMessageStart","data":{"id":"ai-msg-456","sender_type":"bot","created_at":"2025-12-30T..."}}

event: message
data: {"type":"aiMessageChunk","data":{"messageId":"ai-msg-456","content":"[gpt-4-turbo] 你"}}

event: message
data: {"type":"aiMessageEnd","data":{"messageId":"ai-msg-456","content":"[gpt-4-turbo] 你好"}}

event: done
data: {"success":true}
`

const printedFailure = `
event: message
data: {"type":"userMessage","data":{"id":"msg-123","sender_type":"user","content":"你好","created_at":"2025-12-30T..."}}

event: message
data: {"type":"aiMessageStart","data":{"id":"ai-msg-456","sender_type":"bot","created_at":"2025-12-30T..."}}

event: error
data: {"type":"error","message":"AI 服务暂时不可用"}
`

const printedBotReply = `
event: message
data: {"type":"aiMessageStart","data":{"id":"bot-msg-456","sender_type":"bot","sender_name":"客服机器人","created_at":"2025-12-30T..."}}

event: message
data: {"type":"aiMessageChunk","data":{"messageId":"bot-msg-456","sender_name":"客服机器人","content":"您"}}

event: message
data: {"type":"aiMessageEnd","data":{"messageId":"bot-msg-456","sender_name":"客服机器人","content":"您好！关于您的询问..."}}
`

const printedGroupStream = `
event: message
data: {"type":"userMessage","data":{"id":"msg-123","sender_type":"user","sender_name":"testuser","content":"大家好！","created_at":"2025-12-30T..."}}
${printedBotReply}${printedBotReply}
event: done
data: {"success":true}
`

/** The document's own reader, word for word, but for the address. */
const reader = readFileSync(path.join(import.meta.dirname, 'seeds/s2-reader.txt'), 'utf8')

forEachDatabase('S2', (database) => {
  let server: DemoServer
  let token: string
  let otherToken: string

  before(async () => {
    server = await startDemo({ database })
    ;[token, otherToken] = server.tokens
  })
  after(() => server[Symbol.asyncDispose]())

  const call = (method: string, path: string, body?: object, as: string | undefined = token) =>
    server.call(method, path, { ...(as && { token: as }), ...(body && { body }) })
  const newConversation = async (fields: object = { title: '测试对话' }) =>
    textAt((await call('POST', '/api/conversations', fields)).body, 'data.id')
  const newGroup = async () => {
    const made = await call('POST', '/api/group-conversations', {
      name: '技术讨论组',
      botIds: ['bot-tech', 'bot-funny'],
    })
    assert.equal(made.status, 201)
    return textAt(made.body, 'data.id')
  }

  describe('accounts', () => {
    it('has the two preset ones, whose registration as printed is a conflict', async () => {
      for (const email of ['test@test.com', 'test2@test.com']) {
        const { status, body } = await call('POST', '/api/auth/login', { email, password: '123456' }, '')
        assert.equal(status, 200)
        assertCovers(body, { success: true, data: { token: '', user: { id: '', username: '', email: '' } } })
      }
      const printed = { username: 'testuser', email: 'test@test.com', password: '123456' }
      assert.equal((await call('POST', '/api/auth/register', printed, '')).status, 409)
      const { status } = await call('POST', '/api/auth/register', { ...printed, email: 'test@example.com' }, '')
      assert.equal(status, 409, 'the username is taken as well')
      const fresh = { username: 'somebody', email: 'test@example.com', password: '123456' }
      const registered = await call('POST', '/api/auth/register', fresh, '')
      assert.equal(registered.status, 201)
      const me = await call('GET', '/api/auth/me', undefined, textAt(registered.body, 'data.token'))
      assert.partialDeepStrictEqual(at(me.body, 'data') as object, { username: 'somebody', email: 'test@example.com' })
    })
  })

  it('lists the models as printed, by provider and id', async () => {
    const { status, body } = await call('GET', '/api/models')
    assert.equal(status, 200)
    const models = at(body, 'data') as { id: string; provider: string }[]
    for (const printed of printedModels) {
      assert.partialDeepStrictEqual(models.find(({ id }) => id === printed.id) ?? {}, printed)
    }
    const order = models.map(({ provider, id }) => `${provider} ${id}`)
    assert.deepEqual(order, order.toSorted())
  })

  describe('conversations', () => {
    it('makes, lists, reads, renames, tags and deletes them', async () => {
      const made = await call('POST', '/api/conversations', { title: '我的新对话', modelId: 'gpt-4-turbo' })
      assert.equal(made.status, 201)
      assert.partialDeepStrictEqual(at(made.body, 'data') as object, { title: '我的新对话', model_id: 'gpt-4-turbo' })
      const id = textAt(made.body, 'data.id')
      const path = `/api/conversations/${id}`
      assert.equal(at((await call('PATCH', path, { title: '新标题' })).body, 'data.title'), '新标题')
      const tagged = await call('PATCH', `${path}/tags`, { tags: ['工作', '学习'] })
      assert.deepEqual((at(tagged.body, 'data.tags') as string[]).toSorted(), ['学习', '工作'])

      const listed = await call('GET', `/api/conversations?tag=${encodeURIComponent('工作')}&page=1&limit=20`)
      assert.deepEqual(
        (at(listed.body, 'data') as object[]).map((each) => at(each, 'id')),
        [id],
      )
      assert.deepEqual(at(listed.body, 'pagination'), { page: 1, limit: 20, total: 1 })
      assert.deepEqual(at((await call('GET', '/api/tags')).body, 'data') instanceof Array, true)
      assert.match((await call('GET', '/api/tags')).text, /工作/)
      assert.equal(at((await call('GET', path)).body, 'data.title'), '新标题')
      assert.equal((await call('GET', path, undefined, otherToken)).status, 403)
      assert.equal((await call('DELETE', path)).status, 200)
      assert.equal((await call('GET', path)).status, 404)
    })

    it('says and changes the model, and refuses one that is not there', async () => {
      const id = await newConversation()
      const path = `/api/conversations/${id}/model`
      assert.deepEqual((await call('GET', path)).body, { success: true, data: { modelId: 'gpt-3.5-turbo' } })
      const changed = await call('PUT', path, { modelId: 'claude-3-opus' })
      assert.deepEqual([changed.status, changed.body], [200, { success: true, data: { modelId: 'claude-3-opus' } }])
      assert.equal((await call('PUT', path, { modelId: 'none' })).status, 400)
      assert.equal((await call('POST', '/api/conversations', { title: 'x', modelId: 'none' })).status, 400)
      assert.equal((await call('PUT', path, { modelId: 'gpt-4' }, otherToken)).status, 403)
      const sent = await call('POST', `/api/conversations/${id}/messages`, { content: '你好' })
      assert.ok(textAt(sent.body, 'data.aiMessage.content').startsWith('[claude-3-opus] '))
    })
  })

  describe('messages', () => {
    it('answers a message and lists both', async () => {
      const id = await newConversation()
      const sent = await call('POST', `/api/conversations/${id}/messages`, { content: '你好，AI！' })
      assert.equal(sent.status, 201)
      const printed = { sender_type: '', content: '', created_at: '', ai_error: 0 }
      assertCovers(sent.body, { success: true, data: { userMessage: printed, aiMessage: printed } })
      const listed = await call('GET', `/api/conversations/${id}/messages?page=1&limit=50`)
      const messages = at(listed.body, 'data') as object[]
      assert.deepEqual(
        messages.map((each) => at(each, 'sender_type')),
        ['user', 'bot'],
      )
      assert.deepEqual(at(listed.body, 'pagination'), { page: 1, limit: 50, total: 2 })
    })

    it('answers 202 with the error when the model fails, and keeps the message', async () => {
      const id = await newConversation()
      const failed = await call('POST', `/api/conversations/${id}/messages`, { content: '/fail 500' })
      assert.equal(failed.status, 202)
      assert.equal(typeof at(failed.body, 'data.error'), 'string')
      const { body } = await call('GET', `/api/conversations/${id}/messages`)
      const [said, reply] = at(body, 'data') as object[]
      assert.deepEqual([at(said, 'content'), at(reply, 'ai_error')], ['/fail 500', 1])
      assert.equal(typeof at(reply, 'error_message'), 'string')
    })

    it('streams the printed events', async () => {
      const id = await newConversation({ title: 'GPT-4 对话', modelId: 'gpt-4-turbo' })
      const body = { content: '你好，请介绍一下你自己' }
      const events = await server.stream(`/api/conversations/${id}/messages/stream`, { token, body })
      assertTranscript(events, printedStream, ownTypes)
      const data = events.map((event) => JSON.parse(event.data) as { type?: string; data?: { content?: string } })
      const pieces = data.filter(({ type }) => type === 'aiMessageChunk').map((each) => each.data?.content)
      const whole = data.find(({ type }) => type === 'aiMessageEnd')?.data?.content
      assert.ok(whole?.startsWith('[gpt-4-turbo] '), whole)
      assert.equal(pieces.join(''), whole)
      const { body: kept } = await call('GET', `/api/conversations/${id}/messages`)
      assert.equal(at((at(kept, 'data') as object[])[1], 'content'), whole)
    })

    it('streams the printed error', async () => {
      const id = await newConversation()
      const asked = { token, body: { content: '/fail 500' } }
      const events = await server.stream(`/api/conversations/${id}/messages/stream`, asked)
      assertTranscript(events, printedFailure, ownTypes)
    })
  })

  describe('the fields of a message', () => {
    // The columns of the document's table, and which conversation it belongs to.
    const columns = { id: '', sender_id: '', sender_type: '', content: '', ai_error: 0, created_at: '' }

    it('are those of the document, in a conversation and in a group', async () => {
      for (const [kind, id] of [
        ['conversations', await newConversation()],
        ['group-conversations', await newGroup()],
      ] as const) {
        const group = kind === 'conversations' ? null : id
        const path = `/api/${kind}/${id}/messages`
        const { body } = await call('POST', path, { content: '你好' })
        const {
          userMessage,
          aiMessage,
          botMessages = [aiMessage],
        } = at(body, 'data') as {
          userMessage: object
          aiMessage: object
          botMessages?: object[]
        }
        const listed = at((await call('GET', path)).body, 'data') as object[]
        const whole = at((await call('GET', `/api/conversations/${id}`)).body, 'data.messages') as object[]
        for (const message of [userMessage, ...botMessages, ...listed, ...whole]) {
          assertCovers(message, columns)
          assert.deepEqual([at(message, 'conversation_id'), at(message, 'group_conversation_id')], [id, group])
          assert.equal(at(message, 'error_message'), null)
        }
      }
    })
  })

  describe('groups', () => {
    it('has the three preset bots', async () => {
      const bots = at((await call('GET', '/api/bots')).body, 'data') as object[]
      const presets = bots.filter((each) => at(each, 'is_preset')).map((each) => [at(each, 'id'), at(each, 'name')])
      assert.deepEqual(presets, [
        ['bot-cs', '客服机器人'],
        ['bot-funny', '幽默机器人'],
        ['bot-tech', '技术机器人'],
      ])
    })

    it('makes, lists, reads and deletes them', async () => {
      const id = await newGroup()
      const listed = at((await call('GET', '/api/group-conversations')).body, 'data') as object[]
      assert.ok(listed.some((each) => at(each, 'id') === id))
      const { body } = await call('GET', `/api/group-conversations/${id}`)
      assertCovers(at(body, 'data'), { id: '', name: '', owner_id: '', created_at: '', updated_at: '' })
      assert.equal((await call('GET', `/api/group-conversations/${id}`, undefined, otherToken)).status, 403)
      assert.equal((await call('DELETE', `/api/group-conversations/${id}`)).status, 200)
      assert.equal((await call('GET', `/api/group-conversations/${id}`)).status, 404)
    })

    it('has every bot answer a person, in the order of their ids, once', async () => {
      const id = await newGroup()
      const sent = await call('POST', `/api/group-conversations/${id}/messages`, { content: '大家好！' })
      assert.equal(sent.status, 201)
      const listed = await call('GET', `/api/group-conversations/${id}/messages?page=1&limit=50`)
      const messages = at(listed.body, 'data') as object[]
      assert.deepEqual(
        messages.map((each) => at(each, 'sender_type')),
        ['user', 'bot', 'bot'],
      )
      assert.deepEqual(
        messages.slice(1).map((each) => at(each, 'sender_id')),
        ['bot-funny', 'bot-tech'],
      )
      assert.notEqual(at(messages[1], 'content'), at(messages[2], 'content'))
    })

    it('streams the printed events, one bot after the other', async () => {
      const id = await newGroup()
      const asked = { token, body: { content: '大家好！' } }
      const events = await server.stream(`/api/group-conversations/${id}/messages/stream`, asked)
      assertTranscript(events, printedGroupStream, ownTypes)
    })
  })
})

describe('S2: a model that fails', () => {
  it('is said with the printed words', async () => {
    await using upstream = await startFakeUpstream()
    upstream.always({ reset: true })
    await using server = await startDemo({ env: { PROVIDER_MAX_ATTEMPTS: '1' } })
    const account = { name: 'bad', kind: 'openai', base_url: upstream.url, api_key: 'sk', models: ['gpt-4'] }
    await server.addAccount(account)
    const [token] = server.tokens
    const made = await server.call('POST', '/api/conversations', { token, body: { modelId: 'gpt-4' } })
    const path = `/api/conversations/${textAt(made.body, 'data.id')}/messages/stream`
    const asked = { token, body: { content: '你好' }, headers: { 'accept-language': 'zh' } }
    const events = await server.stream(path, asked)
    assertTranscript(events, printedFailure, ownTypes)
    assert.equal(at(JSON.parse(events.at(-1)?.data ?? ''), 'message'), 'AI 服务暂时不可用')
  })
})

describe('S2: the document’s own reader', () => {
  it('shows the whole reply, run as it is', async () => {
    // Its reader cannot tell two events of one piece apart: at the slowest pace that the document names (10 to 50 ms), so
    // that a busy machine does not make one piece of two.
    await using server = await startDemo({ env: { SIMULATOR_DELAY_MS: '50' } })
    const [token] = server.tokens
    const made = await server.call('POST', '/api/conversations', { token, body: {} })
    const id = textAt(made.body, 'data.id')
    const content = '你好，请介绍一下你自己'
    const shown: string[] = []
    const logged: string[] = []
    await vm.runInNewContext(`${reader}; sendMessageStream(id, content, token)`, {
      fetch: (url: string, init: RequestInit) => fetch(url.replace('http://localhost:3000', server.url), init),
      TextDecoder,
      console: { log: (...texts: string[]) => logged.push(texts.join(' ')) },
      appendToDisplay: (text: string) => shown.push(text),
      id,
      content,
      token,
    })
    assert.deepEqual([logged[0], logged.at(-1)], [`用户: ${content}`, `AI 完整回复: ${shown.join('')}`])
    assert.match(shown[0] ?? '', /^\[gpt-3\.5-turbo\] .$/su)
    assert.ok(shown.length > 20, 'character by character')
  })
})
