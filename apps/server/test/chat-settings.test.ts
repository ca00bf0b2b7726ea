/** What settings do to the chat of a whole server: titles, limits, everybody's own default model. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { fetchWhole, forEachDatabase } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

forEachDatabase('the chat of a whole server', (database) => {
  let server: TestServer
  before(async () => {
    server = await startServer({ database, env: { TITLE_MODEL: 'gpt-4' } })
  })
  after(() => server[Symbol.asyncDispose]())

  it('asks the model of TITLE_MODEL for a title, on the bill of the person', async () => {
    const { id } = await server.api<{ id: string }>('POST', '/api/conversations', {})
    await server.api('POST', `/api/conversations/${id}/messages`, { content: 'Hello! What can you do?' })
    const titled = async () =>
      (
        await server.app.store.database
          .selectFrom('conversation')
          .select('title_source')
          .where('id', '=', id)
          .executeTakeFirst()
      )?.title_source
    while ((await titled()) !== 'model') await new Promise((resolve) => setTimeout(resolve, 10))
    const records = await server.settledRecords()
    const { id: userId } = await server.api<{ id: string }>('GET', '/api/auth/me')
    assert.deepEqual(
      records.map(({ model, user_id, conversation_id }) => [model, user_id, conversation_id]),
      [
        ['gpt-3.5-turbo', userId, id],
        ['gpt-4', userId, id],
      ],
    )
  })

  it('begins conversations with the model that a person has chosen in their settings', async () => {
    await server.api('PUT', '/api/settings/personal', { default_model: 'gpt-4-turbo' })
    const { model_id: modelId } = await server.api<{ model_id: string }>('POST', '/api/conversations', {})
    assert.equal(modelId, 'gpt-4-turbo')
    const session = await server.api<{ modelId: string }>('POST', '/api/sessions', {})
    assert.equal(session.modelId, 'gpt-4-turbo')
  })

  it('answers a used-up quota with 429 before the head of every stream, and keeps nothing', async () => {
    const account = { email: 'spent@example.com', password: 'a long password indeed' }
    const registered = await fetchWhole(`${server.url}/api/auth/register`, { method: 'POST', body: account })
    const { token } = (registered.json as { data: { token: string } }).data
    const { database: rows } = server.app.store
    await rows.updateTable('user').set({ token_quota: 0 }).where('email', '=', account.email).execute()
    const headers = { authorization: `Bearer ${token}`, 'accept-language': 'zh' }
    const post = async (path: string, body: object) =>
      await fetchWhole(`${server.url}/bare/api${path}`, { method: 'POST', headers, body })
    const { id } = (await post('/conversations', {})).json as { id: string }
    for (const [path, body] of [
      [`/conversations/${id}/messages/stream`, { content: 'x' }],
      [`/conversations/${id}/messages`, { content: 'x' }],
      ['/chat/stream', { sessionId: id, content: 'x' }],
      ['/chat', { conversation_id: id, message: 'x' }],
    ] as const) {
      const { status, json } = await post(path, body)
      assert.deepEqual([status, json], [429, { error: '配额已用完' }], path)
    }
    const read = await fetchWhole(`${server.url}/bare/api/conversations/${id}/messages`, { headers })
    assert.deepEqual(read.json, [], 'nothing of it is left')
  })
})
