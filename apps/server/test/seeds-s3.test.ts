/** The third document: every endpoint that it names, with the fields, events and settings that it prints. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { forEachDatabase, type ReceivedSseEvent, readSse, send } from '@parley/testkit'
import { assertCovers, at, type DemoServer, startDemo, textAt } from './seeds-client.ts'

const counts = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
const printedUsage = { type: 'usage', usage: { ...counts, context_limit: 4000, context_remaining: 3877 } }

const dataOf = (events: readonly ReceivedSseEvent[]) => events.map(({ data }) => JSON.parse(data) as { type: string })

forEachDatabase('S3', (database) => {
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
  const newSession = async (fields: object = {}) =>
    textAt((await call('POST', '/api/sessions', fields)).body, 'data.id')

  describe('accounts', () => {
    it('register, sign in, ask who one is, change the password', async () => {
      const account = { email: 's3@test.com', password: '123456', username: 's3' }
      assert.equal((await call('POST', '/api/auth/register', account, '')).status, 201)
      const signedIn = await call('POST', '/api/auth/login', account, '')
      const as = textAt(signedIn.body, 'data.token')
      assert.equal(at((await call('GET', '/api/auth/me', undefined, as)).body, 'data.role'), 'user')
      const change = { currentPassword: '123456', newPassword: '654321' }
      assert.equal((await call('PUT', '/api/auth/password', change, as)).status, 200)
      const again = await call('POST', '/api/auth/login', { ...account, password: '654321' }, '')
      assert.equal(again.status, 200)
    })

    it('answers errors in the printed form', async () => {
      const { status, body } = await call('GET', '/api/auth/me', undefined, '')
      assert.equal(status, 401)
      assert.partialDeepStrictEqual(body as object, { success: false, data: null })
      assertCovers(body, { success: false, error: '', data: null })
    })
  })

  describe('models', () => {
    it('lists them', async () => {
      const { status, body } = await call('GET', '/api/models')
      assert.equal(status, 200)
      assertCovers(body, { success: true, data: [{ id: '', name: '', provider: '' }] })
    })

    const own = {
      name: 'Mine',
      provider: 'openai',
      apiUrl: 'https://api.example.com',
      apiKey: 'sk-secret',
      modelId: 'm',
    }
    it('makes, reads, changes and deletes one’s own, whose key never comes back', async () => {
      const made = await call('POST', '/api/models', own)
      assert.equal(made.status, 201, made.text)
      const path = `/api/models/${encodeURIComponent(textAt(made.body, 'data.id'))}`
      const read = await call('GET', path)
      assert.equal(at(read.body, 'data.name'), 'Mine')
      assert.doesNotMatch(made.text + read.text, /sk-secret/)
      assert.equal(at((await call('PUT', path, { name: 'Ours' })).body, 'data.name'), 'Ours')
      assert.equal((await call('GET', path, undefined, otherToken)).status, 403)
      assert.equal((await call('DELETE', path)).status, 200)
      assert.equal((await call('GET', path)).status, 404)
    })

    it('lets administrators make models of the system', async () => {
      assert.equal((await call('POST', '/api/models/system', own)).status, 403)
      const made = await call('POST', '/api/models/system', { ...own, modelId: 'everybodys' }, server.token)
      assert.equal(made.status, 201, made.text)
    })
  })

  it('makes, lists, reads, renames and deletes sessions', async () => {
    const made = await call('POST', '/api/sessions', { title: '会话', modelId: 'gpt-4' })
    assert.equal(made.status, 201)
    const id = textAt(made.body, 'data.id')
    assertCovers(made.body, { success: true, data: { id: '', title: '', modelId: '', createdAt: '' } })
    assert.match((await call('GET', '/api/sessions')).text, new RegExp(id))
    assert.equal(at((await call('PUT', `/api/sessions/${id}`, { title: '新标题' })).body, 'data.title'), '新标题')
    assertCovers((await call('GET', `/api/sessions/${id}`)).body, { success: true, data: { id: '', messages: [] } })
    assert.equal((await call('GET', `/api/sessions/${id}`, undefined, otherToken)).status, 403)
    assert.equal((await call('DELETE', `/api/sessions/${id}`)).status, 200)
    assert.equal((await call('GET', `/api/sessions/${id}`)).status, 404)
  })

  describe('chat', () => {
    it('streams start, usage, content, usage, stop, end, complete', async () => {
      const sessionId = await newSession()
      const data = dataOf(await server.stream('/api/chat/stream', { token, body: { sessionId, content: '你好' } }))
      const types = data.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1])
      assert.deepEqual(types, ['start', 'usage', 'content', 'usage', 'stop', 'end', 'complete'])
      assert.equal(typeof at(data[0], 'messageId'), 'string')
      const usages = data.filter(({ type }) => type === 'usage')
      for (const usage of usages) assertCovers(usage, printedUsage)
      const last = at(usages.at(-1), 'usage')
      assert.equal(at(last, 'total_tokens'), Number(at(last, 'prompt_tokens')) + Number(at(last, 'completion_tokens')))
      assert.equal(at(last, 'context_remaining'), Number(at(last, 'context_limit')) - Number(at(last, 'prompt_tokens')))
    })

    it('answers in one piece, and makes a reply anew', async () => {
      const sessionId = await newSession()
      const whole = await call('POST', '/api/chat/completion', { sessionId, content: '你好' })
      assert.equal(whole.status, 200)
      assertCovers(whole.body, { success: true, data: { messageId: '', content: '', usage: counts } })
      const data = dataOf(await server.stream('/api/chat/regenerate', { token, body: { sessionId } }))
      assert.deepEqual([data[0]?.type, data.at(-1)?.type], ['start', 'complete'])
      assert.notEqual(at(data[0], 'messageId'), at(whole.body, 'data.messageId'))
      const { body } = await call('GET', `/api/sessions/${sessionId}`)
      assert.deepEqual(
        (at(body, 'data.messages') as object[]).map((each) => at(each, 'role')),
        ['user', 'assistant'],
      )
    })

    it('counts a session’s tokens', async () => {
      const sessionId = await newSession()
      assert.equal(at((await call('GET', `/api/chat/usage?sessionId=${sessionId}`)).body, 'data.last_round'), null)
      await call('POST', '/api/chat/completion', { sessionId, content: '你好' })
      const { body } = await call('GET', `/api/chat/usage?sessionId=${sessionId}`)
      assertCovers(at(body, 'data'), {
        totals: counts,
        last_round: { ...counts, context_limit: 0, createdAt: '', model: '', provider: '' },
        current: { prompt_tokens: 0, context_limit: 0, context_remaining: 0 },
      })
      assert.ok(Number(at(body, 'data.totals.total_tokens')) > 0)
      assert.equal((await call('GET', `/api/chat/usage?sessionId=${sessionId}`, undefined, otherToken)).status, 403)
    })
  })

  describe('settings', () => {
    it('of the system are the administrator’s', async () => {
      assert.equal((await call('GET', '/api/settings/system')).status, 403)
      const { status, body } = await call('GET', '/api/settings/system', undefined, server.token)
      assert.equal(status, 200)
      const name = 'registration_open'
      const was = at(body, `data.${name}`)
      assert.equal((await call('PUT', '/api/settings/system', { [name]: was }, server.token)).status, 200)
      assert.equal((await call('PUT', '/api/settings/system', { [name]: was })).status, 403)
    })

    it('of a person are their own; health and the app’s facts are for everybody', async () => {
      assert.equal((await call('GET', '/api/settings/personal')).status, 200)
      for (const path of ['/api/settings/health', '/api/settings/app']) {
        assert.equal((await call('GET', path, undefined, '')).status, 200)
      }
    })
  })
})

describe('S3: streams and settings', () => {
  const ask = async (server: DemoServer, content: string, more: object = {}) => {
    const [token] = server.tokens
    const made = await server.call('POST', '/api/sessions', { token, body: {} })
    const body = { sessionId: textAt(made.body, 'data.id'), content, ...more }
    return { token, body }
  }
  const typesOf = async (server: DemoServer, content = '你好') => {
    const data = dataOf(await server.stream('/api/chat/stream', await ask(server, content)))
    return data.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1])
  }

  it('sends no usage when USAGE_EMIT is false, and no estimate with USAGE_PROVIDER_ONLY', async () => {
    await using quiet = await startDemo({ env: { USAGE_EMIT: 'false' } })
    assert.deepEqual(await typesOf(quiet), ['start', 'content', 'stop', 'end', 'complete'])
  })

  it('keeps a silent stream alive with ": ping", and stops it when asked to, keeping its words', async () => {
    await using server = await startDemo({ env: { SIMULATOR_DELAY_MS: '400', SSE_HEARTBEAT_INTERVAL_MS: '100' } })
    const { token, body } = await ask(server, '你好')
    const authorization = `Bearer ${token}`
    const response = await send(`${server.url}/api/chat/stream`, { body, headers: { authorization } })
    const types: string[] = []
    const comments: string[] = []
    let contents = ''
    for await (const event of readSse(response)) {
      const data = JSON.parse(event.data) as { type: string; content?: string }
      types.push(data.type)
      comments.push(...(event.comments ?? []))
      contents += data.content ?? ''
      if (types.filter((type) => type === 'content').length === 2 && data.type === 'content') {
        const stopped = await server.call('POST', '/api/chat/stop', { token, body: { sessionId: body.sessionId } })
        assert.deepEqual(at(stopped.body, 'data'), { stopped: true })
      }
    }
    assert.ok(comments.includes('ping'))
    assert.deepEqual(types.slice(-2), ['end', 'complete'])
    const { body: session } = await server.call('GET', `/api/sessions/${body.sessionId}`, { token })
    assert.equal(at((at(session, 'data.messages') as object[])[1], 'content'), contents)
  })

  it('has no CORS headers when ENABLE_CORS is false, and those of CORS_ORIGIN otherwise', async () => {
    const origin = 'https://chat.example.com'
    const allowed = async (env: { [name: string]: string }) => {
      await using server = await startDemo({ env })
      const { headers } = await server.call('GET', '/api/health', { headers: { origin } })
      return [headers['access-control-allow-origin'], headers['access-control-allow-credentials']]
    }
    assert.deepEqual(await allowed({ ENABLE_CORS: 'false' }), [undefined, undefined])
    assert.deepEqual(await allowed({}), ['*', undefined])
    assert.deepEqual(await allowed({ CORS_ORIGIN: origin }), [origin, 'true'])
    assert.equal((await allowed({ CORS_ORIGIN: 'https://other.example.com' }))[0], undefined)
  })
})
