/**
 * Who may reach what, for every route that the server describes: a route that no row says anything about fails the test.
 *
 * Below `/admin` nothing needs a row: it is for administrators. Elsewhere a row says that a route is for everybody, for
 * holders of a key, about the caller alone, or about things that have an owner; of these each is tried by somebody else
 * (403) and with an id that does not exist (404).
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { type Answer, at, type DemoServer, startDemo, textAt } from './seeds-client.ts'

type Kind =
  | 'attachment'
  | 'conversation'
  | 'message'
  | 'run'
  | 'group'
  | 'bot'
  | 'template'
  | 'session'
  | 'key'
  | 'model'
type Ids = { readonly [kind in Kind]: string }

interface Owned {
  /** What the parameters of the path are ids of. */
  readonly ids?: { readonly [parameter: string]: Kind }
  readonly query?: (ids: Ids) => string
  readonly body?: object | ((ids: Ids) => object)
}

type Row = 'public' | 'key' | 'admin' | 'self' | 'self, endless' | Owned

const conversation = { ids: { id: 'conversation' } } as const
const message = { ids: { id: 'conversation', messageId: 'message' } } as const
const run = { ids: { id: 'run' } } as const
const attachment = { ids: { attachmentId: 'attachment' } } as const
const group = { ids: { id: 'group' } } as const
const bot = { ids: { botId: 'bot' } } as const
const template = { ids: { templateId: 'template' } } as const
const key = { ids: { id: 'key' } } as const
const model = { ids: { id: 'model' } } as const
const said = { content: 'x' }
const sessionBody = { body: (ids: Ids) => ({ sessionId: ids.conversation, content: 'x' }) }

const rows: { readonly [route: string]: Row } = {
  'GET /metrics': 'public',
  'GET /health': 'public',
  'GET /api/health': 'public',
  'POST /api/auth/register': 'public',
  'POST /api/auth/login': 'public',
  'POST /api/auth/refresh': 'public',
  'POST /api/auth/mfa/verify': 'public',
  'GET /api/auth/oidc/start': 'public',
  'GET /api/auth/oidc/callback': 'public',
  'POST /api/auth/oidc/exchange': 'public',
  'POST /api/auth/password/forgot': 'public',
  'POST /api/auth/password/reset': 'public',
  'GET /api/setup': 'public',
  'POST /api/setup': 'public',
  'GET /api/settings/app': 'public',
  'GET /api/settings/health': 'public',
  'GET /api/shared/{token}': 'public',
  'GET /api/shared/{token}/attachments/{attachmentId}': 'public',

  'POST /api/auth/logout': 'self',
  'GET /api/auth/me': 'self',
  'PUT /api/auth/password': 'self',
  'GET /api/auth/mfa': 'self',
  'POST /api/auth/mfa/setup': 'self',
  'POST /api/auth/mfa/enable': 'self',
  'POST /api/auth/mfa/disable': 'self',
  'POST /api/auth/mfa/recovery-codes': 'self',
  'GET /api/auth/sessions': 'self',
  'DELETE /api/auth/sessions': 'self',
  'DELETE /api/auth/sessions/{id}': { ids: { id: 'session' } },
  'GET /api/user/profile': 'self',
  'PATCH /api/user/profile': 'self',
  'GET /api/user/usage': 'self',
  'GET /api/user/usage/series': 'self',
  'GET /api/user/usage/records': 'self',
  'GET /api/user/limits': 'self',
  'GET /api/user/api-keys': 'self',
  'POST /api/user/api-keys': 'self',
  'GET /api/user/api-keys/{id}': key,
  'PATCH /api/user/api-keys/{id}': { ...key, body: { name: 'x' } },
  'DELETE /api/user/api-keys/{id}': key,

  'GET /api/users': 'admin',
  'POST /api/users': 'admin',
  'GET /api/users/{id}': 'admin',
  'PATCH /api/users/{id}': 'admin',
  'DELETE /api/users/{id}': 'admin',
  'GET /api/users/{id}/sessions': 'admin',
  'DELETE /api/users/{id}/sessions': 'admin',
  'DELETE /api/users/{id}/mfa': 'admin',
  'POST /api/users/{id}/password-reset': 'admin',
  'GET /api/settings/system': 'admin',
  'PUT /api/settings/system': 'admin',
  'GET /api/settings/personal': 'self',
  'PUT /api/settings/personal': 'self',

  'GET /api/models': 'self',
  'POST /api/models': 'self',
  'POST /api/models/system': 'admin',
  'GET /api/models/{id}': model,
  'PUT /api/models/{id}': { ...model, body: { name: 'x' } },
  'DELETE /api/models/{id}': model,
  'POST /api/models/{id}/test': model,

  'GET /api/conversations': 'self',
  'POST /api/conversations': 'self',
  'DELETE /api/conversations': 'self',
  'GET /api/tags': 'self',
  'GET /api/folders': 'self',
  'PUT /api/pins': { body: (ids) => ({ conversation_ids: [ids.conversation] }) },
  'GET /api/search': 'self',
  'GET /api/sync': 'self',
  'GET /api/events': 'self, endless',
  'GET /api/conversations/{id}': conversation,
  'PATCH /api/conversations/{id}': { ...conversation, body: { title: 'x' } },
  'DELETE /api/conversations/{id}': conversation,
  'POST /api/conversations/{id}/restore': conversation,
  'PATCH /api/conversations/{id}/tags': { ...conversation, body: { tags: ['x'] } },
  'GET /api/conversations/{id}/model': conversation,
  'PUT /api/conversations/{id}/model': { ...conversation, body: { modelId: 'gpt-4' } },
  'GET /api/conversations/{id}/messages': conversation,
  'POST /api/conversations/{id}/messages': { ...conversation, body: said },
  'POST /api/conversations/{id}/messages/stream': { ...conversation, body: said },
  'PATCH /api/conversations/{id}/messages/{messageId}': { ...message, body: said },
  'DELETE /api/conversations/{id}/messages/{messageId}': message,
  'GET /api/conversations/{id}/messages/{messageId}/alternatives': message,
  'POST /api/conversations/{id}/messages/{messageId}/regenerate': { ...message, body: {} },
  'POST /api/conversations/{id}/messages/{messageId}/continue': message,
  'POST /api/conversations/{id}/messages/{messageId}/restore': message,
  'PUT /api/conversations/{id}/messages/{messageId}/rating': { ...message, body: { rating: 'good' } },
  'PUT /api/conversations/{id}/active-leaf': { ...conversation, body: (ids) => ({ message_id: ids.message }) },
  'POST /api/conversations/{id}/fork': { ...conversation, body: {} },
  'GET /api/conversations/{id}/export': { ...conversation, query: () => '?format=json' },
  'POST /api/conversations/import': 'self',
  'GET /api/conversations/export': 'self',
  'POST /api/conversations/{id}/share': { ...conversation, body: {} },
  'GET /api/conversations/{id}/share': conversation,
  'DELETE /api/conversations/{id}/share': conversation,

  'GET /api/attachments': 'self',
  'POST /api/attachments': 'self',
  'GET /api/attachments/{attachmentId}': attachment,
  'DELETE /api/attachments/{attachmentId}': attachment,

  'GET /api/runs/{id}': run,
  'GET /api/runs/{id}/events': run,
  'POST /api/runs/{id}/stop': run,

  'POST /api/chat': { body: (ids) => ({ conversation_id: ids.conversation, message: 'x' }) },
  'POST /api/chat/stream': sessionBody,
  'POST /api/chat/completion': sessionBody,
  'POST /api/chat/regenerate': sessionBody,
  'POST /api/chat/stop': sessionBody,
  'GET /api/chat/usage': { query: (ids) => `?sessionId=${ids.conversation}` },
  'GET /api/sessions': 'self',
  'POST /api/sessions': 'self',
  'GET /api/sessions/{id}': conversation,
  'PUT /api/sessions/{id}': { ...conversation, body: { title: 'x' } },
  'DELETE /api/sessions/{id}': conversation,

  'GET /api/bots': 'self',
  'POST /api/bots': 'self',
  'PATCH /api/bots/{botId}': { ...bot, body: { name: 'x' } },
  'DELETE /api/bots/{botId}': bot,
  'GET /api/group-conversations': 'self',
  'POST /api/group-conversations': 'self',
  'GET /api/group-conversations/{id}': group,
  'DELETE /api/group-conversations/{id}': group,
  'GET /api/group-conversations/{id}/messages': group,
  'POST /api/group-conversations/{id}/messages': { ...group, body: said },
  'POST /api/group-conversations/{id}/messages/stream': { ...group, body: said },

  'GET /api/templates': 'self',
  'POST /api/templates': 'self',
  'GET /api/templates/{templateId}': template,
  'PUT /api/templates/{templateId}': { ...template, body: { name: 'x', title: 'x', content: 'x' } },
  'DELETE /api/templates/{templateId}': template,
}

const isRelayDoor = (path: string) => /^(\/api)?\/v1(beta)?\//.test(path)

function rowOf(route: string): Row | undefined {
  const path = route.split(' ')[1] ?? ''
  return rows[route] ?? (path.startsWith('/admin/') ? 'admin' : isRelayDoor(path) ? 'key' : undefined)
}

forEachDatabase('access', (database) => {
  let server: DemoServer
  /** Whose things are tried, and who tries. */
  let owner: string
  let stranger: string
  let theirs: Ids
  let routes: string[]

  const nothing = new Proxy({} as Ids, { get: () => randomUUID() })

  before(async () => {
    server = await startDemo({ database })
    ;[owner, stranger] = server.tokens
    theirs = await makeThings()
    const { paths } = (await server.call('GET', '/openapi.json')).body as { paths: { [path: string]: object } }
    routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
  })
  after(() => server[Symbol.asyncDispose]())

  async function makeThings(): Promise<Ids> {
    const make = async (path: string, body: object) => {
      const { status, body: made } = await server.call('POST', path, { token: owner, body })
      return status === 404 ? randomUUID() : textAt(made, 'data.id')
    }
    const conversationId = await make('/api/conversations', { title: 'private' })
    const path = `/api/conversations/${conversationId}/messages`
    const sent = await server.call('POST', path, { token: owner, body: { content: 'a secret' } })
    const [session] = at((await server.call('GET', '/api/auth/sessions', { token: owner })).body, 'data') as object[]
    const own = { name: 'Mine', provider: 'openai', apiUrl: 'https://api.example.com', apiKey: 'sk-1', modelId: 'm' }
    return {
      attachment: await make('/api/attachments?name=private', { a: 'secret' }),
      conversation: conversationId,
      message: textAt(sent.body, 'data.aiMessage.id'),
      run: textAt(sent.body, 'data.run_id'),
      group: await make('/api/group-conversations', { name: 'private', botIds: ['bot-cs'] }),
      bot: await make('/api/bots', { name: 'private' }),
      template: await make('/api/templates', { name: 'private', title: 'private', content: 'x' }),
      session: textAt(session, 'id'),
      key: await make('/api/user/api-keys', { name: 'private' }),
      model: await make('/api/models', own),
    }
  }

  async function request(route: string, token: string | undefined, { ids = nothing } = {}): Promise<Answer> {
    const [method = '', path = ''] = route.split(' ')
    const row = rowOf(route)
    const { ids: kinds = {}, query, body } = typeof row === 'object' ? row : {}
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(ids[kinds[name] ?? 'conversation']),
    )
    const sent =
      typeof body === 'function' ? body(ids) : (body ?? (method === 'GET' || method === 'DELETE' ? undefined : {}))
    return await server.call(method, filled + (query?.(ids) ?? ''), {
      ...(token !== undefined && { token }),
      ...(sent && { body: sent }),
    })
  }

  const served = (wanted: (row: Row | undefined, route: string) => boolean) =>
    routes.filter((route) => !route.includes(' /bare/') && wanted(rowOf(route), route))

  it('says for every route whom it is for', () => {
    assert.deepEqual(
      served((row) => row === undefined),
      [],
      'a route without a row: say in the table of this test whom it is for',
    )
  })

  it('has the same routes with and without the envelope', () => {
    const bare = routes.filter((route) => route.includes(' /bare/')).map((route) => route.replace('/bare', ''))
    const enveloped = served((row, route) => row !== 'key' && / \/(api|admin)\//.test(route))
    assert.deepEqual(bare.toSorted(), enveloped.toSorted())
  })

  it('lets nobody in without a token or key, but where everybody may', async () => {
    for (const route of served((row) => row !== 'public')) {
      for (const token of [undefined, 'nonsense']) {
        const { status, text } = await request(route, token)
        assert.equal(status, 401, `${route}: ${text}`)
      }
    }
  })

  it('takes a person’s token for no key', async () => {
    for (const route of served((row) => row === 'key'))
      assert.equal((await request(route, stranger)).status, 401, route)
  })

  it('keeps what is for administrators from everybody else', async () => {
    for (const route of served((row) => row === 'admin')) {
      const { status, body } = await request(route, stranger)
      assert.equal(status, 403, route)
      assert.equal(at(body, 'code'), 'admin_only', route)
    }
  })

  it('answers 404 to an administrator who asks for what is not there', async () => {
    // A price can be asked for, and taken back, for any name that an upstream may have for a model.
    const asked = served((row, route) => row === 'admin' && /^(GET|DELETE) (?!.*prices).*\{/.test(route))
    assert.ok(asked.length > 5)
    for (const route of asked) assert.equal((await request(route, server.token)).status, 404, route)
  })

  it('shows nobody anything of anybody else', async () => {
    for (const route of served((row, each) => row === 'self' && each.startsWith('GET '))) {
      const { status, text } = await request(route, stranger)
      assert.ok(status < 500, `${route}: ${text}`)
      for (const [kind, id] of Object.entries(theirs))
        assert.ok(!text.includes(id), `${route} shows somebody’s ${kind}`)
      assert.doesNotMatch(text, /private|a secret/, route)
    }
  })

  describe('what has an owner', () => {
    const owned = () => served((row) => typeof row === 'object')

    it('is 403 for somebody else', async () => {
      for (const route of owned()) {
        const { status, text } = await request(route, stranger, { ids: theirs })
        assert.equal(status, 403, `${route}: ${text}`)
      }
    })

    it('is 403 for administrators too: they run the server, and read nobody’s conversations', async () => {
      const things = owned().filter((route) => !/models|bots/.test(route))
      for (const route of things) {
        const { status, text } = await request(route, server.token, { ids: theirs })
        assert.equal(status, 403, `${route}: ${text}`)
      }
    })

    it('is 404 when there is no such thing', async () => {
      for (const route of owned()) {
        const { status, text } = await request(route, stranger)
        assert.equal(status, 404, `${route}: ${text}`)
      }
    })

    it('cannot be reached through a conversation of one’s own', async () => {
      const made = await server.call('POST', '/api/conversations', { token: stranger, body: {} })
      const ids = { ...theirs, conversation: textAt(made.body, 'data.id') }
      for (const route of owned().filter((each) => each.includes('{messageId}') || each.endsWith('/active-leaf'))) {
        const { status, text } = await request(route, stranger, { ids })
        assert.ok([403, 404].includes(status), `${route}: ${status} ${text}`)
      }
    })

    it('is all there afterwards', async () => {
      const { body } = await server.call('GET', `/api/conversations/${theirs.conversation}`, { token: owner })
      assert.equal(at(body, 'data.title'), 'private')
      assert.equal((at(body, 'data.messages') as object[]).length, 2)
      assert.equal((await server.call('GET', `/api/group-conversations/${theirs.group}`, { token: owner })).status, 200)
      assert.equal((await server.call('GET', `/api/templates/${theirs.template}`, { token: owner })).status, 200)
      assert.match((await server.call('GET', '/api/bots', { token: owner })).text, new RegExp(theirs.bot))
      assert.match((await server.call('GET', '/api/auth/sessions', { token: owner })).text, new RegExp(theirs.session))
    })
  })
})
