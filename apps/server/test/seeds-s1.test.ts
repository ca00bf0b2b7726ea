/** The first document, step by step, with the base URL `…/bare`: every request that it prints, and what it says of the answer. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import vm from 'node:vm'
import { type FakeUpstream, forEachDatabase, startFakeUpstream } from '@parley/testkit'
import { type Answer, at, type DemoServer, startDemo, textAt } from './seeds-client.ts'

const chinese = { 'accept-language': 'zh-CN,zh;q=0.9' }

/** The document's own reader (step 8), word for word. */
const reader = readFileSync(path.join(import.meta.dirname, 'seeds/s1-reader.txt'), 'utf8')

forEachDatabase('S1', (database) => {
  let server: DemoServer
  let token: string
  let otherToken: string

  before(async () => {
    server = await startDemo({ database })
    ;[token, otherToken] = server.tokens
  })
  after(() => server[Symbol.asyncDispose]())

  const call = (method: string, path: string, body?: object, as: string | undefined = token) =>
    server.call(method, `/bare${path}`, { ...(as && { token: as }), ...(body && { body }) })
  const newConversation = async (fields: object = {}) =>
    textAt((await call('POST', '/api/conversations', fields)).body, 'id')
  const chat = (conversation_id: string, message: string, more: object = {}) =>
    server.stream('/bare/api/chat', { token, body: { conversation_id, message, ...more } })

  it('step 1: the server is there', async () => {
    const { status, body } = await call('GET', '/api/health', undefined, '')
    assert.deepEqual([status, body], [200, { status: 'ok' }])
  })

  describe('step 3: accounts', () => {
    it('registers, and refuses an email that is there already', async () => {
      const printed = { email: 'test@test.com', password: '123456', nickname: 'Test' }
      assert.equal((await call('POST', '/api/auth/register', printed, '')).status, 409)
      const { status, body } = await call('POST', '/api/auth/register', { ...printed, email: 'new@test.com' }, '')
      assert.equal(status, 201)
      assert.equal(typeof at(body, 'token'), 'string')
      assert.partialDeepStrictEqual(at(body, 'user') as object, {
        email: 'new@test.com',
        nickname: 'Test',
        plan: 'free',
      })
      assert.match(textAt(body, 'user.id'), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    })

    it('signs in with a token of 7 days that holds the user’s id', async () => {
      const { status, body } = await call('POST', '/api/auth/login', { email: 'test@test.com', password: '123456' }, '')
      assert.equal(status, 200)
      const payload: unknown = JSON.parse(
        Buffer.from(textAt(body, 'token').split('.')[1] ?? '', 'base64url').toString(),
      )
      assert.equal(at(payload, 'userId'), at(body, 'user.id'))
      assert.equal(Number(at(payload, 'exp')) - Number(at(payload, 'iat')), 7 * 24 * 3600)
      assert.equal((await call('GET', '/api/health', undefined, textAt(body, 'token'))).status, 200)
    })

    it('answers 401 to a wrong password, no token and a wrong token', async () => {
      const wrong = { email: 'test@test.com', password: '1234567' }
      assert.equal((await call('POST', '/api/auth/login', wrong, '')).status, 401)
      for (const as of ['', 'nonsense', `${token}x`]) {
        const { status, body } = await call('GET', '/api/conversations', undefined, as)
        assert.deepEqual([status, Object.keys(body as object)], [401, ['error']])
      }
    })
  })

  it('step 4: makes, lists, reads, changes and deletes conversations', async () => {
    const made = await call('POST', '/api/conversations', { title: '测试对话' })
    assert.equal(made.status, 201)
    assert.equal(at(made.body, 'title'), '测试对话')
    const older = textAt(made.body, 'id')
    const newer = await newConversation({ model: 'claude-opus-4-20250514' })
    await chat(older, '你好')
    const listed = (await call('GET', '/api/conversations')).body as object[]
    assert.deepEqual(
      listed.slice(0, 2).map((each) => textAt(each, 'id')),
      [older, newer],
    )
    for (const name of ['id', 'title', 'model', 'updated_at']) assert.equal(typeof at(listed[0], name), 'string')

    const read = await call('GET', `/api/conversations/${older}`)
    const messages = at(read.body, 'messages') as object[]
    assert.deepEqual(
      messages.map((each) => at(each, 'role')),
      ['user', 'assistant'],
    )
    assert.deepEqual(
      messages.map((each) => at(each, 'conversation_id')),
      [older, older],
    )
    for (const each of messages) assert.equal(typeof at(each, 'token_count'), 'number')

    const changed = await call('PATCH', `/api/conversations/${older}`, { title: '新标题', model: 'gpt-4' })
    assert.partialDeepStrictEqual(changed.body as object, { title: '新标题', model: 'gpt-4' })
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { title: 'x' } : undefined
      assert.equal((await call(method, `/api/conversations/${older}`, body, otherToken)).status, 403)
    }
    assert.equal((await call('DELETE', `/api/conversations/${older}`)).status, 200)
    assert.equal((await call('GET', `/api/conversations/${older}`)).status, 404)
    const left = await server.app.store.database
      .selectFrom('message')
      .select('id')
      .where('conversation_id', '=', older)
      .execute()
    assert.deepEqual(left, [])
  })

  describe('step 5: chat', () => {
    it('streams Anthropic’s events, keeps both messages, counts the tokens and names the conversation', async () => {
      const id = await newConversation()
      const usedBefore = Number(at((await call('GET', '/api/user/usage')).body, 'token_used'))
      const events = await chat(id, '你好，请介绍一下自己')
      const data = events.map((event) => JSON.parse(event.data) as object)
      const types = events.map(({ event }) => event)
      assert.deepEqual(
        data.map((each) => at(each, 'type')),
        types,
      )
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
      const text = data.map((each) => ('delta' in each ? ((each.delta as { text?: string }).text ?? '') : '')).join('')
      const input = Number(at(data[0], 'message.usage.input_tokens'))
      const output = Number(at(data.at(-2), 'usage.output_tokens'))
      assert.ok(input > 0 && output > 0)

      const { body } = await call('GET', `/api/conversations/${id}`)
      const [, reply] = at(body, 'messages') as object[]
      assert.equal(at(reply, 'content'), text)
      assert.equal(at(body, 'title'), Array.from(text).slice(0, 20).join('').trim())
      await server.settledRecords()
      const usage = (await call('GET', '/api/user/usage')).body
      assert.equal(Number(at(usage, 'token_used')) - usedBefore, input + output)
      assert.equal(Number(at(usage, 'token_used')) + Number(at(usage, 'token_remaining')), at(usage, 'token_quota'))

      await chat(id, '再说一次')
      assert.equal(at((await call('GET', `/api/conversations/${id}`)).body, 'title'), at(body, 'title'))
    })

    it('says an upstream’s error in the stream', async () => {
      const events = await chat(await newConversation(), '/fail 500')
      assert.equal(events.at(-1)?.event, 'error')
      assert.equal(at(JSON.parse(events.at(-1)?.data ?? ''), 'type'), 'error')
    })

    it('answers 403 for somebody else’s conversation and 404 for none', async () => {
      const id = await newConversation()
      assert.equal((await call('POST', '/api/chat', { conversation_id: id, message: 'x' }, otherToken)).status, 403)
      assert.equal((await call('POST', '/api/chat', { conversation_id: 'none', message: 'x' })).status, 404)
    })

    it('answers 429 with the document’s words when the quota is used up', async () => {
      const email = 'poor@test.com'
      const registered = await call('POST', '/api/auth/register', { email, password: '123456' }, '')
      await server.app.store.database.updateTable('user').set({ token_quota: 0 }).where('email', '=', email).execute()
      const poor = textAt(registered.body, 'token')
      const id = textAt((await call('POST', '/api/conversations', {}, poor)).body, 'id')
      const body = { conversation_id: id, message: '你好' }
      const refused = await server.call('POST', '/bare/api/chat', { token: poor, body, headers: chinese })
      assert.deepEqual([refused.status, refused.body], [429, { error: '配额已用完' }])
    })
  })

  it('step 6: profile and usage', async () => {
    const profile = (await call('GET', '/api/user/profile')).body
    for (const name of ['id', 'email', 'nickname', 'plan', 'token_quota', 'token_used', 'created_at']) at(profile, name)
    assert.partialDeepStrictEqual(profile as object, { email: 'test@test.com', plan: 'free', token_quota: 1_000_000 })
    const usage = (await call('GET', '/api/user/usage')).body
    const percent = Math.round((Number(at(usage, 'token_used')) / 1_000_000) * 10_000) / 100
    assert.equal(at(usage, 'usage_percent'), percent)
    const changed = await call('PATCH', '/api/user/profile', { nickname: '小明' })
    assert.equal(at(changed.body, 'nickname'), '小明')
  })

  it('step 9: an unknown path is an error in the document’s form', async () => {
    const { status, body } = await call('GET', '/api/nothing')
    assert.deepEqual([status, Object.keys(body as object)], [404, ['error']])
  })
})

/** A minute may end in between, after which it begins anew, but not twice. */
async function untilRefused(send: () => Promise<Answer>): Promise<{ count: number; refused: Answer }> {
  for (let count = 0; ; count++) {
    const answer = await send()
    if (answer.status === 429) return { count, refused: answer }
    assert.ok(count < 100 && [401, 404].includes(answer.status), answer.text)
  }
}

describe('S1: limits (step 7)', () => {
  it('lets 20 messages a minute through for each user, and says so in the document’s words', async () => {
    await using server = await startDemo({ env: { CHAT_REQUESTS_PER_MINUTE: '20' } })
    const [token, other] = server.tokens
    const send = (as: string) =>
      server.call('POST', '/bare/api/chat', {
        token: as,
        body: { conversation_id: 'none', message: 'x' },
        headers: chinese,
      })
    const { count, refused } = await untilRefused(() => send(token))
    assert.ok(count >= 20 && count <= 40, `${count} were let through`)
    assert.deepEqual([refused.status, refused.body], [429, { error: '请求过于频繁，请稍后再试' }])
    assert.ok(Number(refused.headers['retry-after']) > 0)
    assert.equal((await send(other)).status, 404)
  })

  it('lets an address try to sign in 10 times a minute', async () => {
    // Three were needed to start it.
    await using server = await startDemo({ env: { SIGN_INS_PER_MINUTE: '10' } })
    const body = { email: 'test@test.com', password: 'wrong-1' }
    const login = () => server.call('POST', '/bare/api/auth/login', { body, headers: chinese })
    const { count, refused } = await untilRefused(login)
    assert.ok(count >= 7 && count <= 17, `${count} were let through`)
    assert.deepEqual([refused.status, refused.body], [429, { error: '请求过于频繁，请稍后再试' }])
  })
})

describe('S1: the upstream (step 5, 6)', () => {
  let upstream: FakeUpstream
  let server: DemoServer
  before(async () => {
    upstream = await startFakeUpstream()
    server = await startDemo({ env: { DEFAULT_MODEL: 'claude-opus-4-20250514' } })
    const models = ['claude-opus-4-20250514']
    await server.addAccount({ name: 'relay', kind: 'anthropic', base_url: upstream.url, api_key: 'sk-relay', models })
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })

  it('is asked as the document prints it, with the whole conversation', async () => {
    const [token] = server.tokens
    const body = { parameters: { max_tokens: 4096 } }
    const made = await server.call('POST', '/bare/api/conversations', { token, body })
    assert.equal(at(made.body, 'model'), 'claude-opus-4-20250514')
    const conversation_id = textAt(made.body, 'id')
    for (const message of ['一', '二']) {
      await server.stream('/bare/api/chat', { token, body: { conversation_id, message } })
    }
    const last = upstream.received.at(-1)
    assert.partialDeepStrictEqual(last?.headers as object, {
      'content-type': 'application/json',
      'x-api-key': 'sk-relay',
      'anthropic-version': '2023-06-01',
    })
    assert.equal(last?.path, '/v1/messages')
    const sent = last?.json
    assert.partialDeepStrictEqual(sent as object, { model: 'claude-opus-4-20250514', stream: true, max_tokens: 4096 })
    assert.deepEqual(
      (at(sent, 'messages') as object[]).map((each) => at(each, 'role')),
      ['user', 'assistant', 'user'],
    )
  })
})

describe('S1: the document’s own reader (step 8)', () => {
  it('shows the whole reply, run as it is', async () => {
    await using server = await startDemo({ env: { SIMULATOR_DELAY_MS: '5' } })
    const [token] = server.tokens
    const made = await server.call('POST', '/bare/api/conversations', { token, body: {} })
    const conversation_id = textAt(made.body, 'id')
    let shown = ''
    await vm.runInNewContext(`(async () => {${reader}})()`, {
      fetch: (path: string, init: RequestInit) => fetch(`${server.url}/bare${path}`, init),
      TextDecoder,
      token,
      conversation_id,
      message: '你好，请介绍一下自己',
      appendToAssistantMessage: (text: string) => {
        shown += text
      },
    })
    const { body } = await server.call('GET', `/bare/api/conversations/${conversation_id}`, { token })
    const [, reply] = at(body, 'messages') as object[]
    assert.ok(shown.length > 20)
    assert.equal(shown, at(reply, 'content'))
  })
})
