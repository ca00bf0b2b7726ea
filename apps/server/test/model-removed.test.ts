/** A conversation outlives its model: what is being written is finished, and afterwards people choose another. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fetchWhole, forEachDatabase, parseSse, startFakeUpstream } from '@parley/testkit'
import { startServer } from './harness.ts'

forEachDatabase('a model that is removed in the middle of a conversation', (database) => {
  it('finishes what it says, then says that it is gone, and another takes over with all that was said', async () => {
    const upstream = await startFakeUpstream()
    await using server = await startServer({ database })
    try {
      const account = { kind: 'openai', base_url: upstream.url, api_key: 'x' }
      const { id: accountId } = await server.addAccount({ ...account, name: 'a', models: ['old-model'] })
      await server.addAccount({ ...account, name: 'b', models: ['gpt-4-turbo'] })
      await server.api('POST', '/admin/models', { id: 'old-model', name: 'Old', provider: 'Test' })
      const { id } = await server.api<{ id: string }>('POST', '/api/conversations', { model: 'old-model' })
      upstream.always({ text: 'a reply that takes its time', eventEveryMs: 40 })
      const headers = { authorization: `Bearer ${server.token}` }
      const path = `${server.url}/api/conversations/${id}/messages`
      const streaming = fetchWhole(`${path}/stream`, { method: 'POST', headers, body: { content: 'first' } })
      while (upstream.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      await server.api('DELETE', '/admin/models/old-model')
      await server.api('DELETE', `/admin/accounts/${accountId}`)
      const said = parseSse((await streaming).body)
      assert.equal(said.at(-1)?.event, 'done')

      const refused = await fetchWhole(path, { method: 'POST', headers, body: { content: 'second' } })
      assert.equal(refused.status, 202)
      const { error } = (refused.json as { data: { error: string } }).data
      assert.match(error, /old-model/)
      const chosen = await fetchWhole(path, { method: 'POST', headers, body: { content: 'x', modelId: 'old-model' } })
      assert.equal(chosen.status, 400)

      await server.api('PUT', `/api/conversations/${id}/model`, { modelId: 'gpt-4-turbo' })
      const { aiMessage } = await server.api<{ aiMessage: { ai_error: number } }>(
        'POST',
        `/api/conversations/${id}/messages`,
        { content: 'third' },
      )
      assert.equal(aiMessage.ai_error, 0)
      const asked = upstream.received.at(-1)?.body.toString() ?? ''
      for (const words of ['first', 'a reply that takes its time', 'second', 'third'])
        assert.ok(asked.includes(words), words)
    } finally {
      await upstream.close()
    }
  })
})
