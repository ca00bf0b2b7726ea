import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { tempFolder } from '@parley/testkit'
import { type App, createApp } from './app.ts'
import { createConfig } from './config/config.ts'

interface Operation {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly security?: readonly object[]
}

interface Document {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } }
  readonly components: { readonly schemas: { readonly [name: string]: object } }
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
