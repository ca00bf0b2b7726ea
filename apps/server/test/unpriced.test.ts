/** Models whose price nobody knows: served and marked, or refused before anybody is asked. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fetchWhole, startFakeUpstream } from '@parley/testkit'
import { startServer } from './harness.ts'

describe('models without a price', () => {
  for (const mode of ['serve', 'refuse'] as const) {
    test(`with UNPRICED_MODELS=${mode}`, async () => {
      await using cleanUp = new AsyncDisposableStack()
      const upstream = await startFakeUpstream()
      cleanUp.defer(() => upstream.close())
      const server = cleanUp.use(await startServer({ env: { UNPRICED_MODELS: mode } }))
      const models = ['nobodys-own-model', 'claude-sonnet-4-5']
      await server.addAccount({ name: 'a', kind: 'anthropic', base_url: upstream.url, api_key: 'x', models })
      const { key } = await server.addKey()
      const ask = (model: string) =>
        fetchWhole(`${server.url}/v1/messages`, {
          headers: { 'x-api-key': key },
          body: { model, max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] },
        })
      assert.equal((await ask('claude-sonnet-4-5')).status, 200)
      assert.equal((await ask('gpt-4')).status, 200, 'the simulator costs nothing')
      const asked = upstream.received.length
      const reply = await ask('nobodys-own-model')
      const record = (await server.settledRecords()).at(-1)
      if (mode === 'serve') {
        assert.equal(reply.status, 200)
        assert.equal(record?.price_source, 'unpriced')
        return
      }
      assert.equal(reply.status, 403)
      assert.match(reply.text, /price of .*nobodys-own-model.* is not known/)
      assert.equal(upstream.received.length, asked)
      assert.deepEqual([record?.end_reason, record?.error_code], ['refused', 'model_unpriced'])
    })
  }
})
