/** Upstreams that never come to an end: anybody can name one as a model of their own, and it must not fill the memory. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { fetchWhole } from '@parley/testkit'
import { longestHeld } from '@parley/wires'
import { startServer, type TestServer } from './harness.ts'

interface Endless {
  readonly contentType: string
  readonly beginning: string
  readonly repeated: string
}

const filling = 'x'.repeat(64 * 1024)
const body: Endless = { contentType: 'application/json', beginning: '{"content":[{"text":"', repeated: filling }
const event: Endless = { contentType: 'text/event-stream', beginning: 'data: {"text":"', repeated: filling }
const events: Endless = {
  contentType: 'text/event-stream',
  beginning: 'data: {"choices":[{"delta":{"role":"assistant"}}]}\n\n',
  repeated: `data: {"choices":[{"index":0,"delta":{"content":"${filling}"}}]}\n\n`,
}

const mostSent = longestHeld + 16 * 1024 * 1024

describe('an upstream without an end', () => {
  let said: Endless = body
  let sentBytes = 0
  let upstream: Server
  let server: TestServer
  let key: string

  before(async () => {
    upstream = createServer((request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': said.contentType })
      // Whoever has had enough closes the connection.
      pipeline(pieces, response, () => response.destroy())
    }).listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    const base_url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
    server = await startServer({ env: { ALLOW_PRIVATE_URLS: 'true', PROVIDER_MAX_ATTEMPTS: '1' } })
    for (const kind of ['anthropic', 'openai'])
      await server.addAccount({ name: kind, kind, base_url, api_key: 'secret', models: [`of-${kind}`] })
    key = (await server.addKey()).key
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    upstream.closeAllConnections()
    upstream.close()
  })

  /** Were there no limit, the test would fail by this one. */
  function* pieces(): Generator<string> {
    yield said.beginning
    for (sentBytes = 0; sentBytes < 2 * mostSent; sentBytes += said.repeated.length) yield said.repeated
  }

  const ask = (model: string, stream: boolean) =>
    fetchWhole(`${server.url}/v1/messages`, {
      headers: { 'x-api-key': key },
      body: { model, stream, max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] },
    })

  async function assertSettled(): Promise<void> {
    assert.ok(sentBytes < mostSent, `the upstream could send ${sentBytes} bytes`)
    const record = (await server.settledRecords()).at(-1)
    assert.deepEqual([record?.status, record?.end_reason], ['settled', 'upstream_error'])
  }

  test('has no whole reply: the caller of the same wire is cut off', async () => {
    said = body
    const reply = await ask('of-anthropic', false)
    assert.ok(reply.error, `${reply.status} ${reply.text.slice(0, 200)}`)
    await assertSettled()
  })

  test('has no whole reply: the caller of another wire is told', async () => {
    said = body
    const reply = await ask('of-openai', false)
    assert.equal(reply.status, 502)
    assert.match(reply.text, /32 MB in one piece/)
    await assertSettled()
  })

  test('has no whole event: the caller of the same wire gets an error after it', async () => {
    said = event
    const reply = await ask('of-anthropic', true)
    assert.match(reply.text.slice(-500), /\n\nevent: error\ndata: .*32 MB in one piece/)
    await assertSettled()
  })

  test('has no whole event: the caller of another wire is told', async () => {
    said = event
    const reply = await ask('of-openai', true)
    assert.equal(reply.status, 502)
    await assertSettled()
  })

  test('says more than can be put together: the stream to another wire ends with an error', async () => {
    said = events
    const reply = await ask('of-openai', true)
    assert.equal(reply.status, 200)
    assert.match(reply.text.slice(-500), /\n\nevent: error\ndata: .*32 MB in one piece/)
    await assertSettled()
  })

  test('is no account that works, when it is tried', async () => {
    said = { ...body, beginning: '{"data":[' }
    const { id } = await server.addAccount({
      name: 'tried',
      kind: 'openai',
      base_url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
      api_key: 'secret',
    })
    const probe = await server.api<{ ok: boolean; error: string }>('POST', `/admin/accounts/${id}/test`, { model: 'm' })
    assert.deepEqual([probe.ok, probe.error], [false, 'the answer is longer than 8 MB'])
    assert.ok(sentBytes < mostSent, `the upstream could send ${sentBytes} bytes`)
  })
})
