/** What an upstream says of a request is no reason to take its account out, in whichever form it says it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { fetchWhole } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

const failed = (code: string) => {
  const response = { id: 'resp_1', object: 'response', status: 'failed', output: [], error: { code, message: 'No' } }
  return `event: response.failed\ndata: ${JSON.stringify({ type: 'response.failed', response })}\n\n`
}
const flagged = { reasons: ['violence'], flagged_input: 'How …', provider_name: 'Some', model_slug: 'm' }
const openRouter = (code: number, metadata: object) => JSON.stringify({ error: { code, message: 'No', metadata } })

describe('an account whose upstream says what is wrong with a request', () => {
  let server: TestServer
  let upstream: Server
  let said = { status: 200, type: 'text/event-stream', text: '' }
  let account: string
  let key: string

  before(async () => {
    upstream = createServer((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(said.status, { 'content-type': said.type }).end(said.text)
      })
    }).listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    server = await startServer({ env: { PROVIDER_MAX_ATTEMPTS: '1' } })
    const base_url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
    const wires = ['openai-chat', 'openai-responses']
    const fields = { name: 'a', kind: 'openai', base_url, wires, api_key: 'x', models: ['m', 'gpt-5'] }
    account = (await server.addAccount(fields)).id
    key = (await server.addKey()).key
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    upstream?.close()
  })

  const ask = (path: string, body: object) =>
    fetchWhole(server.url + path, { headers: { authorization: `Bearer ${key}` }, body })
  const state = async () => (await server.api<{ state: string }>('GET', `/admin/accounts/${account}`)).state
  const messages = [{ role: 'user', content: 'Hi' }]
  const callers = {
    '/v1/responses': { model: 'gpt-5', stream: true, input: 'Hi' },
    '/v1/messages': { model: 'gpt-5', stream: true, max_tokens: 50, messages },
  }

  for (const [path, body] of Object.entries(callers))
    it(`stays in when a picture of a caller at ${path} is refused in the stream, however often`, async () => {
      for (const code of [
        'invalid_base64_image',
        'image_too_large',
        'failed_to_download_image',
        'image_file_not_found',
      ]) {
        said = { status: 200, type: 'text/event-stream', text: failed(code) }
        const { status, text } = await ask(path, body)
        assert.equal(status, 400, text)
      }
      assert.equal(await state(), 'ready')
    })

  it('stays in when what the caller said is flagged', async () => {
    said = { status: 403, type: 'application/json', text: openRouter(403, flagged) }
    const { status, text } = await ask('/v1/chat/completions', { model: 'm', messages })
    assert.deepEqual([status, text], [403, said.text])
    const translated = await ask('/v1/messages', { model: 'm', max_tokens: 50, messages })
    assert.equal(translated.status, 400, translated.text)
    assert.equal(await state(), 'ready')
  })

  it('goes out for one model when the provider behind it is down, and as a whole when a budget is spent', async () => {
    said = { status: 502, type: 'application/json', text: openRouter(502, { provider_name: 'Some', raw: 'No' }) }
    await ask('/v1/chat/completions', { model: 'm', messages })
    assert.equal(await state(), 'limited')
    await server.api('POST', `/admin/accounts/${account}/reset`)
    said = { status: 403, type: 'application/json', text: openRouter(403, { limit_source: 'openrouter_key_limit' }) }
    assert.equal((await ask('/v1/chat/completions', { model: 'm', messages })).status, 503)
    assert.equal(await state(), 'out')
  })
})
