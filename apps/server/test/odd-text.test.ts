/** Text that a database cannot keep, or that no model is called: a 4xx, or kept without it, never a fault of ours. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { fetchWhole, forEachDatabase, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

forEachDatabase('text with a NUL', (database) => {
  let server: TestServer
  before(async () => {
    server = await startServer({ database })
  })
  after(() => server[Symbol.asyncDispose]())

  it('signs in nobody, names things without it, and finds nothing', async () => {
    const login = { body: { email: 'a\0b', password: 'a\0b' } }
    assert.equal((await fetchWhole(`${server.url}/api/auth/login`, { method: 'POST', ...login })).status, 401)
    const key = await server.api<{ name: string; notes: string }>('POST', '/admin/api-keys', {
      name: 'a\0b',
      notes: '\0',
    })
    assert.deepEqual([key.name, key.notes], ['ab', ''])
    const headers = { authorization: `Bearer ${server.token}` }
    assert.equal((await fetchWhole(`${server.url}/api/users/a%00b`, { headers })).status, 404)
    for (const path of ['/admin/api-keys?q=a%00b', '/admin/usage/records/export?user_id=a%00b'])
      assert.equal((await fetchWhole(server.url + path, { headers })).status, 400, path)
  })

  it('is in no model’s name, nor is a whole book, at any door', async () => {
    const upstream = await startFakeUpstream()
    try {
      // Without a list of models an account serves all of its kind.
      for (const kind of ['openai', 'anthropic', 'gemini'])
        await server.addAccount({ name: kind, kind, base_url: upstream.url, api_key: 'x' })
      const { key } = await server.addKey()
      const ask = async (path: string, body: object) =>
        (await fetchWhole(server.url + path, { method: 'POST', headers: { 'x-api-key': key }, body })).status
      const messages = [{ role: 'user', content: 'a\0b' }]
      for (const model of ['a\0b', 'x'.repeat(201)]) {
        assert.equal(await ask('/v1/messages', { model, max_tokens: 9, messages }), 400)
        assert.equal(await ask('/v1/chat/completions', { model, messages }), 400)
        assert.equal(await ask('/v1/responses', { model, input: 'x' }), 400)
        assert.equal(await ask('/v1/embeddings', { model, input: 'x' }), 400)
        const gemini = await ask(`/v1beta/models/${encodeURIComponent(model)}:generateContent`, { contents: [] })
        assert.equal(gemini, model.includes('\0') ? 404 : 400)
      }
      assert.equal(await ask('/v1/messages', { model: 'x'.repeat(200), max_tokens: 9, messages }), 200)
      assert.equal(await ask('/v1/responses', { model: 'm', input: 'a\0b', metadata: { a: 'b\0' } }), 200)
      assert.equal(await ask('/v1/responses', { model: 'm', input: 'x', previous_response_id: 'a\0b' }), 400)
      const said = { role: 'user', content: 'x' }
      assert.equal(await ask('/v1/responses', { model: 'm', input: [{ id: 'msg_a\0b', ...said }] }), 200)
      assert.equal((await server.settledRecords()).length, 3)
    } finally {
      await upstream.close()
    }
  })
})
