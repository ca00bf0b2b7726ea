/** Every list takes a parameter without a value, as a form sends it for a field that was left empty, as if it were not there. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { at, type DemoServer, startDemo, textAt } from './seeds-client.ts'

interface Parameter {
  readonly in: 'query' | 'path' | 'header'
  readonly name: string
  readonly required?: boolean
}

/** They have parameters and list nothing. */
const others = [
  'GET /admin/logs',
  'GET /api/auth/oidc/callback',
  'GET /api/chat/usage',
  'GET /api/conversations/{id}/export',
  'GET /api/runs/{id}/events',
]

forEachDatabase('queries of lists', (database) => {
  let server: DemoServer
  before(async () => {
    server = await startDemo({ database })
  })
  after(() => server[Symbol.asyncDispose]())

  it('do without parameters that are empty', async () => {
    const made = await server.api<{ id: string }>('POST', '/api/conversations', { title: 'x' })
    const group = await server.api<{ id: string }>('POST', '/api/group-conversations', {
      name: 'g',
      botIds: ['bot-cs'],
    })
    const { body } = await server.call('GET', '/openapi.json')
    const paths = at(body, 'paths') as { [path: string]: { get?: { readonly parameters?: readonly Parameter[] } } }
    const lists = Object.entries(paths).flatMap(([path, { get }]) => {
      const parameters = (get?.parameters ?? []).filter(({ in: where }) => where === 'query')
      const isList = /^\/(api|admin)\//.test(path) && parameters.length > 0 && !others.includes(`GET ${path}`)
      return isList ? [{ path, parameters }] : []
    })
    assert.ok(lists.length >= 18, String(lists.length))
    for (const { path, parameters } of lists) {
      const url = path.replace('{id}', path.includes('group') ? group.id : made.id)
      const needed = parameters.filter(({ required }) => required).map(({ name }) => `${name}=x`)
      const empty = parameters.filter(({ required }) => !required).map(({ name }) => `${name}=`)
      const get = async (query: readonly string[]) => {
        const answer = await server.call('GET', `${url}?${query.join('&')}`, { token: server.token })
        // The place in the order of changes is the time.
        return [answer.status, answer.text.replace(/"next_cursor":"\d+\."/, '')]
      }
      const plain = await get(needed)
      assert.equal(plain[0], 200, `${path}: ${plain[1]}`)
      assert.deepEqual(await get([...needed, ...empty]), plain, path)
    }
  })

  it('name what is wrong as before', async () => {
    for (const [query, field] of [
      ['page=0', 'page'],
      ['limit=x', 'limit'],
      ['limit=%20', 'limit'],
    ] as const) {
      const { status, body } = await server.call('GET', `/api/conversations?tag=&${query}`, { token: server.token })
      assert.equal(status, 400, query)
      assert.equal(textAt(at(body, 'details.fields.0'), 'field'), field)
    }
  })
})
