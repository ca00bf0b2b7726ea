import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { tempFolder } from '@parley/testkit'
import { type App, createApp } from './app.ts'
import { createConfig } from './config/config.ts'

interface Operation {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly security?: readonly object[]
  readonly requestBody?: object
  readonly responses?: { readonly [status: string]: Response }
}

interface Response {
  readonly content?: { readonly [mediaType: string]: { readonly schema?: Schema } }
}

interface Schema {
  readonly properties?: { readonly [name: string]: object }
  readonly required?: readonly string[]
}

interface Document {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } }
  readonly components: { readonly schemas: { readonly [name: string]: Schema } }
}

describe('the whole server’s description of itself', () => {
  let app: App
  let document: Document
  let paths: Document['paths']

  before(async () => {
    app = await createApp(createConfig({ DATA_DIR: tempFolder({ after }) }))
    document = (await app.fastify.inject('/openapi.json')).json()
    paths = document.paths
  })
  after(() => app[Symbol.asyncDispose]())

  it('tells of each route what it is for, and sorts it', () => {
    const silent = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, operation]) => !operation.summary || !operation.tags?.length)
        .map(([method]) => `${method} ${path}`),
    )
    assert.deepEqual(silent, [])
  })

  it('says of each route what it takes and what it answers', () => {
    const unknown = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses = {}, requestBody }]) => {
        const answers = Object.entries(responses).filter(([status]) => /^[23]/.test(status))
        const isSaid = answers.some(([status, { content = {} }]) => {
          const { schema } = content['application/json'] ?? {}
          const data = schema?.properties?.['data']
          return (
            status === '302' ||
            (Object.keys(content).length > 0 && (data === undefined || Object.keys(data).length > 0))
          )
        })
        const isWire = path.includes('/v1') && method === 'post' && requestBody === undefined
        return isSaid && !isWire ? [] : [`${method} ${path}`]
      }),
    )
    assert.deepEqual(unknown, [])
  })

  it('says what is not the JSON of the mount', () => {
    const contentOf = (path: string, method: string) => paths[path]?.[method]?.responses?.['200']?.content ?? {}
    assert.deepEqual(Object.keys(contentOf('/api/chat', 'post')), ['text/event-stream'])
    assert.deepEqual(Object.keys(contentOf('/admin/usage/export', 'get')), ['text/csv', 'application/json'])
    assert.deepEqual(Object.keys(contentOf('/v1/messages', 'post')), ['application/json', 'text/event-stream'])
    assert.deepEqual(Object.keys(contentOf('/api/health', 'get')['application/json']?.schema?.properties ?? {}), [
      'status',
    ])
    assert.ok(paths['/api/auth/oidc/start']?.['get']?.responses?.['302'])
    const request =
      document.components.schemas['AnthropicRequestInput'] ?? document.components.schemas['AnthropicRequest']
    assert.deepEqual(request?.required, ['model', 'max_tokens', 'messages'])
  })

  it('refers to no schema that it does not have', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target = '']) => target)
    assert.ok(references.length > 0)
    const missing = references.filter(
      (target) => !document.components.schemas[target.replace('#/components/schemas/', '')],
    )
    assert.deepEqual(missing, [])
  })

  it('has the same routes with and without the envelope', () => {
    const below = (prefix: string) =>
      Object.keys(paths)
        .filter((path) => path.startsWith(prefix) && !/^\/api\/v1(beta)?\//.test(path))
        .map((path) => path.slice(prefix.length))
    for (const mount of ['/api/', '/admin/']) {
      assert.deepEqual(below(`/bare${mount}`), below(mount))
      assert.ok(below(mount).length > 0)
    }
  })

  it('has no route for operators that people may call', async () => {
    const { token } = await memberOf(app)
    for (const [path, operations] of Object.entries(paths)) {
      if (!path.startsWith('/admin/')) continue
      for (const method of Object.keys(operations)) {
        const url = path.replace(/\{\w+\}/g, 'x')
        const call = { method: method.toUpperCase() as 'GET', url }
        assert.equal((await app.fastify.inject(call)).statusCode, 401, `${method} ${path}`)
        const signed = await app.fastify.inject({ ...call, headers: { authorization: `Bearer ${token}` } })
        assert.equal(signed.statusCode, 403, `${method} ${path}`)
      }
    }
  })
})

async function memberOf(app: App): Promise<{ token: string }> {
  const payload = { email: 'member@example.com', password: 'correct horse battery' }
  return (await app.fastify.inject({ method: 'POST', url: '/bare/api/auth/register', payload })).json()
}
