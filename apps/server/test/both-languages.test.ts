/** Whoever reads Chinese is told in Chinese what is wrong with what they sent, whoever says so: a schema, or a rule behind it. */
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { after, before, describe, it } from 'node:test'
import { fetchWhole } from '@parley/testkit'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { z } from 'zod'
import { readBoth } from '../src/http/schema-text.ts'
import { startServer, type TestServer } from './harness.ts'

const chinese = /\p{Script=Han}/u

interface Refused {
  readonly route: string
  readonly body?: object
  /** How the answer begins. */
  readonly says: string
}

const account = { name: 'a', kind: 'openai', api_key: 'sk-1' }
const key = { name: 'k' }
const refused: readonly Refused[] = [
  { route: 'POST /admin/api-keys', body: { ...key, ip_allow: ['nowhere'] }, says: 'ip_allow.0：必须是 IP 地址' },
  { route: 'POST /admin/api-keys', body: { ...key, clients: ['?'] }, says: 'clients.0：必须是客户端名称' },
  { route: 'POST /admin/api-keys', body: { ...key, user_id: 'nobody' }, says: 'user_id：该用户不存在' },
  {
    route: 'POST /admin/api-keys',
    body: { ...key, limits: [{ what: 'cost', max: '0.0000000001' }] },
    says: 'limits[0].max：必须是美元金额',
  },
  {
    route: 'POST /admin/api-keys',
    body: { ...key, limits: [{ what: 'requests', max: '1.5' }] },
    says: 'limits[0].max：必须是整数',
  },
  { route: 'POST /admin/accounts', body: { ...account, proxy: 'ftp://x' }, says: 'proxy：必须是以 http://' },
  { route: 'POST /admin/accounts', body: { ...account, models: {} }, says: 'models：至少填写一个模型' },
  { route: 'POST /admin/accounts', body: { ...account, headers: { host: 'x' } }, says: 'headers.host：由连接自动设置' },
  { route: 'POST /admin/accounts', body: { ...account, base_url: 'ftp://x' }, says: 'base_url：必须是以 http://' },
  {
    route: 'POST /admin/accounts',
    body: { name: 'a', kind: 'azure-openai' },
    says: 'base_url：azure-openai 类型的账号必须填写',
  },
  {
    route: 'POST /admin/accounts',
    body: { ...account, authorization_id: 'x' },
    says: 'authorization_id：不存在或已过期',
  },
  { route: 'POST /admin/user-groups', body: { name: 'taken' }, says: 'name：已有同名的用户组' },
  { route: 'POST /admin/models', body: { id: 'a b', name: 'x', provider: 'x' }, says: 'id：不能包含空格' },
  { route: 'POST /api/conversations', body: { modelId: 'gpt-none' }, says: 'modelId：没有可用的模型“gpt-none”' },
  { route: 'POST /api/chat/stop', body: {}, says: 'body：必须包含 sessionId 或 messageId' },
  { route: 'GET /api/sync?since=x', says: 'since：必须是响应中的 next_cursor' },
  { route: 'GET /api/search?q=a&cursor=x', says: 'cursor：必须是响应中的 next_cursor' },
  {
    route: 'POST /api/group-conversations',
    body: { name: 'g', bot_ids: ['bot-x'] },
    says: 'bot_ids：没有机器人“bot-x”',
  },
  {
    route: 'POST /api/auth/register',
    body: { email: 'a@b.cd', password: 'x', username: 'a!' },
    says: 'username：只能包含',
  },
]

describe('what is wrong with a request is said in the reader’s language', () => {
  let server: TestServer
  const routes: RouteOptions[] = []
  const watch = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', (route) => {
      routes.push(route)
    })
  }

  before(async () => {
    subscribe('fastify.initialization', watch)
    server = await startServer()
    await server.api('POST', '/admin/user-groups', { name: 'taken' })
  })
  after(async () => {
    unsubscribe('fastify.initialization', watch)
    await server[Symbol.asyncDispose]()
  })

  for (const { route, body, says } of refused) {
    it(`${route}: ${says}`, async () => {
      const [method = '', path = ''] = route.split(' ')
      const headers = { authorization: `Bearer ${server.token}`, 'accept-language': 'zh-CN' }
      const answer = await fetchWhole(server.url + path, { method, headers, ...(body && { body }) })
      const { error } = JSON.parse(answer.text) as { error: string }
      assert.equal(answer.status, 400, error)
      assert.ok(error.startsWith(says), error)
    })
  }

  it('of what does not exist, too', async () => {
    const headers = { authorization: `Bearer ${server.token}`, 'accept-language': 'zh' }
    const saidOf = async (method: string, path: string) => {
      const answer = await fetchWhole(server.url + path, { method, headers })
      assert.equal(answer.status, 404)
      return (JSON.parse(answer.text) as { error: string }).error
    }
    assert.equal(await saidOf('DELETE', '/admin/limits/none'), '未找到限额。')
    assert.equal(await saidOf('GET', '/admin/usage/records/none/trace'), '未找到该调用的决策记录。')
  })

  it('by a relay door', async () => {
    const { key: secret } = await server.addKey()
    const headers = { authorization: `Bearer ${secret}`, 'accept-language': 'zh' }
    const answer = await fetchWhole(`${server.url}/v1/chat/completions`, {
      headers,
      body: { model: 'm', stream: 'yes' },
    })
    assert.match(answer.text, /stream：必须是 true 或 false/)
  })

  it('by a wire that cannot say what is asked on another', async () => {
    const fields = { kind: 'openai', base_url: 'http://127.0.0.1:9', api_key: 'sk-1' }
    await server.addAccount({ ...fields, name: 'responses', models: ['responses-only'], wires: ['openai-responses'] })
    await server.addAccount({ ...fields, name: 'claude', kind: 'anthropic', models: ['claude-only'] })
    const { key: secret } = await server.addKey()
    const saidBy = async (path: string, body: object, language: string | undefined) => {
      const headers = { authorization: `Bearer ${secret}`, ...(language && { 'accept-language': language }) }
      const answer = await fetchWhole(server.url + path, { headers, body })
      assert.equal(answer.status, 400, answer.text)
      return (JSON.parse(answer.text) as { error: { message: string } }).error.message
    }
    const stopped = { model: 'responses-only', messages: [{ role: 'user', content: 'x' }], stop: 'y' }
    const english = 'stop: the openai-responses wire cannot carry stop sequences'
    for (const language of [undefined, 'en'])
      assert.equal(await saidBy('/v1/chat/completions', stopped, language), english)
    const chineseText = await saidBy('/v1/chat/completions', stopped, 'zh')
    assert.equal(chineseText, 'stop：openai-responses 接口不支持停止序列')

    const embedded = { model: 'claude-only', input: 'x' }
    assert.match(
      await saidBy('/v1/embeddings', embedded, 'en'),
      /^model: no account that serves it can make embeddings$/,
    )
    assert.match(await saidBy('/v1/embeddings', embedded, 'zh'), /^model：提供该模型的账号都不支持向量嵌入$/)
  })

  it('by the engine, where no account can serve a call now', async () => {
    const fields = { name: 'out', kind: 'openai', base_url: 'http://127.0.0.1:9', api_key: 'sk-1', models: ['gpt-4'] }
    const { id } = await server.addAccount(fields)
    await server.api('POST', `/admin/accounts/${id}/pause`, { seconds: 60 })
    const says = /提供“gpt-4”的账号暂时都不可用/
    const { key: secret } = await server.addKey()
    const said = { model: 'gpt-4', messages: [{ role: 'user', content: 'x' }] }
    const headers = { authorization: `Bearer ${secret}`, 'accept-language': 'zh' }
    const relayed = await fetchWhole(`${server.url}/v1/chat/completions`, { headers, body: said })
    assert.match(relayed.text, says)
    const conversation = await server.api<{ id: string }>('POST', '/api/conversations', { modelId: 'gpt-4' })
    const inChat = await fetchWhole(`${server.url}/api/conversations/${conversation.id}/messages`, {
      headers: { authorization: `Bearer ${server.token}`, 'accept-language': 'zh' },
      body: { content: 'x' },
    })
    assert.match(inChat.text, says)
  })

  it('by every schema with words of its own', () => {
    const parts = routes.flatMap(({ schema = {} }) => [schema.body, schema.querystring, schema.params, schema.headers])
    const texts = [...new Set(parts.flatMap((part) => [...ownTexts(part, new Set())]))]
    assert.ok(texts.length >= 10, `${texts.length} texts`)
    const inOneLanguage = texts.filter((text) => {
      const { en, zh } = readBoth(text)
      return chinese.test(en) || !chinese.test(zh)
    })
    assert.deepEqual(inOneLanguage, [])
  })
})

/** The messages that a schema, and all that it is made of, has been given. */
function* ownTexts(value: unknown, seen: Set<unknown>): Generator<string> {
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  if ('_zod' in value) yield* textsOfDefinition((value as z.core.$ZodType)._zod.def, seen)
  else if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)
    for (const inner of Object.values(value)) yield* ownTexts(inner, seen)
}

function* textsOfDefinition(definition: z.core.$ZodTypeDef, seen: Set<unknown>): Generator<string> {
  const text = definition.error?.({ code: 'custom', input: undefined, path: [] } as never)
  if (text !== undefined && text !== null) yield typeof text === 'string' ? text : text.message
  for (const inner of Object.values(definition)) yield* ownTexts(inner, seen)
}
