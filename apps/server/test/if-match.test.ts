/** `If-Match`, at every route that is described with it: a write that names a version changes only what its writer has seen. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { type Answer, at, type DemoServer, startDemo, textAt } from './seeds-client.ts'

interface Place {
  readonly id: string
  /** The last reply. */
  readonly messageId: string
}

const said = { content: 'and then?' }
const writes: { readonly [route: string]: (place: Place) => object | undefined } = {
  'PATCH /api/conversations/{id}': () => ({ title: 'other' }),
  'PATCH /api/conversations/{id}/tags': () => ({ tags: ['other'] }),
  'PUT /api/conversations/{id}/model': () => ({ modelId: 'gpt-4-turbo' }),
  'PUT /api/sessions/{id}': () => ({ title: 'other' }),
  'PUT /api/conversations/{id}/active-leaf': ({ messageId }) => ({ message_id: messageId }),
  'PATCH /api/conversations/{id}/messages/{messageId}': () => ({ content: 'other' }),
  'DELETE /api/conversations/{id}/messages/{messageId}': () => undefined,
  'POST /api/conversations/{id}/messages/{messageId}/restore': () => undefined,
  'POST /api/conversations/{id}/messages/{messageId}/regenerate': () => ({}),
  'POST /api/conversations/{id}/messages/{messageId}/continue': () => undefined,
  'POST /api/conversations/{id}/messages': () => said,
  'POST /api/conversations/{id}/messages/stream': () => said,
  'POST /api/group-conversations/{id}/messages': () => said,
  'POST /api/group-conversations/{id}/messages/stream': () => said,
  'DELETE /api/conversations/{id}': () => undefined,
  'DELETE /api/sessions/{id}': () => undefined,
  'DELETE /api/group-conversations/{id}': () => undefined,
}
const routes = Object.keys(writes)

forEachDatabase('If-Match', (database) => {
  let server: DemoServer
  before(async () => {
    server = await startDemo({ database })
  })
  after(() => server[Symbol.asyncDispose]())

  const call = async (method: string, path: string, body?: object, version?: string) =>
    await server.call(method, path, {
      token: server.tokens[0],
      ...(body && { body }),
      ...(version !== undefined && { headers: { 'if-match': version } }),
    })

  async function write(route: string, place: Place, version?: string): Promise<Answer> {
    const [method = '', path = ''] = route.split(' ')
    const filled = path.replace('{id}', place.id).replace('{messageId}', place.messageId)
    return await call(method, filled, writes[route]?.(place), version)
  }

  async function stateOf({ id }: Place): Promise<{ readonly version: number }> {
    const { body, text, status } = await call('GET', `/api/conversations/${id}`)
    assert.equal(status, 200, text)
    return at(body, 'data') as { version: number }
  }

  /** A conversation in which something was said, ready for what the route does. */
  async function placeFor(route: string): Promise<Place> {
    const isGroup = route.includes('group-conversations')
    const made = isGroup
      ? await call('POST', '/api/group-conversations', { name: 'g', botIds: ['bot-cs'] })
      : await call('POST', '/api/conversations', { title: 't' })
    const id = textAt(made.body, 'data.id')
    const sent = await call('POST', `/api/conversations/${id}/messages`, { content: 'hello' })
    assert.equal(sent.status, 201, sent.text)
    const place = { id, messageId: textAt(sent.body, 'data.aiMessage.id') }
    if (route.endsWith('/restore')) await call('DELETE', `/api/conversations/${id}/messages/${place.messageId}`)
    if (route.endsWith('/continue')) {
      const stopped = { status: 'stopped' }
      const { database: rows } = server.app.store
      await rows.updateTable('message').set(stopped).where('id', '=', place.messageId).execute()
    }
    return place
  }

  it('is described where it is read', async () => {
    const { body } = await server.call('GET', '/openapi.json')
    type Operation = { readonly parameters?: readonly { readonly in: string; readonly name: string }[] }
    const paths = Object.entries(at(body, 'paths') as { [path: string]: { [method: string]: Operation } })
    const described = paths.flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { parameters = [] }]) =>
          parameters.some(({ in: where, name }) => where === 'header' && /^if-match$/i.test(name)),
        )
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    )
    assert.deepEqual(described.filter((route) => !route.includes(' /bare/')).toSorted(), routes.toSorted())
  })

  for (const route of routes) {
    it(`holds for ${route}`, async () => {
      const place = await placeFor(route)
      const before = await stateOf(place)
      for (const version of ['seven', '"7", "8"', '""', '-1', '1.5']) {
        const { status, body } = await write(route, place, version)
        assert.deepEqual([status, at(body, 'details.field')], [400, 'If-Match'], version)
        assert.match(textAt(body, 'error'), /^If-Match: /)
      }
      for (const version of [before.version - 1, before.version + 1]) {
        const { status, body, text } = await write(route, place, `"${version}"`)
        assert.equal(status, 409, text)
        assert.equal(at(body, 'code'), 'conflict')
        const { messages: _, ...current } = before as { messages?: unknown }
        assert.deepEqual(at(body, 'details.current'), current)
      }
      assert.deepEqual(await stateOf(place), before)
      const { status, text } = await write(route, place, `"${before.version}"`)
      assert.ok(status < 300, `${status} ${text}`)
      const isGone = (await call('GET', `/api/conversations/${place.id}`)).status === 404
      assert.ok(isGone || (await stateOf(place)).version > before.version)
    })
  }

  it('lets one of those pass who have seen the same', async () => {
    const contenders = routes.filter((route) => !/group|restore|continue|stream/.test(route))
    for (let round = 0; round < 3; round += 1) {
      const place = await placeFor('any')
      const { version } = await stateOf(place)
      const answers = await Promise.all(
        contenders.map(async (route) => (await write(route, place, `${version}`)).status),
      )
      const passed = answers.filter((status) => status < 300)
      assert.equal(passed.length, 1, answers.join())
      // Of those who come after a deletion there is nothing left to be in conflict with.
      assert.ok(
        answers.every((status) => status < 300 || status === 409 || status === 404),
        answers.join(),
      )
    }
  })

  it('takes * for any version, and asks for none', async () => {
    const place = await placeFor('any')
    for (const version of ['*', undefined]) {
      const { status, text } = await write('PATCH /api/conversations/{id}', place, version)
      assert.equal(status, 200, text)
    }
  })
})
