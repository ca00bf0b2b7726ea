import assert from 'node:assert/strict'
import { it } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { openChat } from '../testing/chat-harness.ts'
import { openChatServer } from '../testing/chat-server.ts'
import type { Template } from './schema.ts'

forEachDatabase('templates', (database) => {
  it('are one’s own until they are shared, and then everybody’s to use and nobody else’s to change', async () => {
    await using harness = await openChat(database)
    await using server = await openChatServer(harness)
    const body = { name: 'Translate', content: 'Translate to {{ language }}: {{text}} ({{language}}) {{ }}' }
    const made = await server.call('POST', '/api/templates', { body })
    assert.equal(made.status, 201)
    const template = (made.json as { data: Template }).data
    assert.deepEqual(template.variables, ['language', 'text'])
    const path = `/api/templates/${template.id}`

    const userId = await harness.newUser()
    const status = async (method: string, options: object = {}) =>
      (await server.call(method, path, { userId, ...options })).status
    assert.equal(await status('GET'), 403)
    const changed = await server.call('PUT', path, { body: { is_shared: true } })
    assert.partialDeepStrictEqual(changed.json, { data: { name: 'Translate', is_shared: true, is_own: true } })
    const listed = await server.call('GET', '/bare/api/templates', { userId })
    assert.partialDeepStrictEqual(listed.json, [{ id: template.id, is_own: false }])
    assert.equal(await status('GET'), 200)
    assert.equal(await status('PUT', { body: { name: 'mine' } }), 403)
    assert.equal(await status('DELETE'), 403)
    assert.equal((await server.call('DELETE', path)).status, 200)
    assert.equal(await status('GET'), 404)
    assert.equal((await server.call('POST', '/api/templates', { body: { name: '', content: 'x' } })).status, 400)
  })
})
