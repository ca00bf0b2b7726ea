/** What our own pool of accounts refuses is said in the caller's language, at every door, with its own code. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { errorTable, formatMessage } from '@parley/contract'
import { type FakeUpstream, fetchWhole, parseSse, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

describe('a model that cannot be served', () => {
  let server: TestServer
  let upstream: FakeUpstream
  const cleanUp = new AsyncDisposableStack()

  before(async () => {
    upstream = cleanUp.use(await startFakeUpstream())
    server = cleanUp.use(await startServer({ env: { UNPRICED_MODELS: 'refuse' } }))
    const accounts = await server.api<{ id: string }[]>('GET', '/admin/accounts')
    for (const { id } of accounts) await server.api('PATCH', `/admin/accounts/${id}`, { enabled: false })
    const account = { kind: 'anthropic', base_url: upstream.url, api_key: 'x' }
    await server.addAccount({ ...account, name: 'a', models: ['nobodys-own-model'] })
    await server.addAccount({ ...account, name: 'b', models: ['claude-sonnet-4-5'] })
    for (const model of ['nobodys-own-model', 'claude-sonnet-4-5', 'served-by-nobody'])
      await server.api('POST', '/admin/models', { id: model, name: model, provider: 'Test' })
    // Whose key is refused is out of service.
    upstream.always({ error: { status: 401, message: 'invalid x-api-key' } })
    const { key } = await server.addKey()
    const body = { model: 'claude-sonnet-4-5', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] }
    await fetchWhole(`${server.url}/v1/messages`, { headers: { 'x-api-key': key }, body })
  })
  after(() => cleanUp.disposeAsync())

  for (const [model, code] of [
    ['claude-sonnet-4-5', 'model_unavailable'],
    ['served-by-nobody', 'model_not_found'],
    ['nobodys-own-model', 'model_unpriced'],
  ] as const) {
    for (const language of ['zh', 'en'] as const) {
      it(`${code}, in ${language}`, async () => {
        const words = formatMessage(errorTable[code], language, { model })
        const headers = { authorization: `Bearer ${server.token}`, 'accept-language': language }
        const { id } = await server.api<{ id: string }>('POST', '/api/conversations', { model })
        const post = async (path: string, body: object, more: { readonly [name: string]: string } = headers) =>
          await fetchWhole(server.url + path, { method: 'POST', headers: more, body })

        const whole = await post(`/api/conversations/${id}/messages`, { content: 'x' })
        assert.equal(whole.status, 202, whole.text)
        assert.equal((whole.json as { data: { error: string } }).data.error, words)
        const streamed = await post(`/api/conversations/${id}/messages/stream`, { content: 'x' })
        assert.partialDeepStrictEqual(JSON.parse(parseSse(streamed.body).at(-1)?.data ?? ''), { message: words, code })
        const completed = await post('/api/chat/completion', { sessionId: id, content: 'x' })
        assert.equal(completed.status, errorTable[code].status)
        assert.partialDeepStrictEqual(completed.json, { error: words, code })

        const { key } = await server.addKey()
        const relayed = await post(
          '/v1/messages',
          { model, max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] },
          { 'x-api-key': key, 'accept-language': language },
        )
        assert.equal(relayed.status, errorTable[code].status)
        assert.equal((relayed.json as { error: { message: string } }).error.message, words)
      })
    }
  }
})
