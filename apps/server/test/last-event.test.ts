/** Servers that end a stream without the blank line of its last event: what it says is not lost on the way. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { fetchWhole } from '@parley/testkit'
import { type ChatEvent, noUsage, type WireName, wires } from '@parley/wires'
import { startServer, type TestServer } from './harness.ts'

const events: readonly ChatEvent[] = [
  { type: 'start', id: 'r1', model: 'm' },
  { type: 'text', index: 0, text: 'Hello' },
  { type: 'block-end', index: 0 },
  { type: 'usage', usage: { ...noUsage, input: 3, output: 1 } },
  { type: 'finish', reason: 'stop' },
]

/** The whole stream but for its last line break. */
function unfinishedStream(wire: WireName): string {
  const write = wires[wire].writeStream({ id: 'r1', model: 'm', createdAt: 1_780_000_000 })
  return events.map(write).join('').replace(/\n\n$/, '\n')
}

describe('a last event without its blank line', () => {
  let upstream: Server
  let server: TestServer
  let key: string

  before(async () => {
    upstream = createServer((request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(unfinishedStream(request.url?.includes('/responses') ? 'openai-responses' : 'gemini'))
    }).listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    const account = { base_url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`, api_key: 'secret' }
    server = await startServer()
    await server.addAccount({ name: 'g', kind: 'gemini', models: ['of-gemini'], ...account })
    const wire = 'openai-responses'
    await server.addAccount({ name: 'o', kind: 'openai', wires: [wire], models: ['of-openai'], ...account })
    key = (await server.addKey()).key
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    upstream.close()
  })

  const ask = (path: string, body: object | undefined) =>
    fetchWhole(server.url + path, { headers: { 'x-api-key': key }, ...(body && { body }) })

  test('is an element of the array that Gemini’s clients get', async () => {
    const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }]
    const reply = await ask('/v1beta/models/of-gemini:streamGenerateContent', { contents })
    assert.equal(reply.status, 200, reply.text)
    const elements = reply.json as { candidates?: { finishReason?: string }[] }[]
    assert.ok(
      elements.some(({ candidates }) => candidates?.[0]?.finishReason === 'STOP'),
      reply.text,
    )
  })

  test('is the response that is stored', async () => {
    const reply = await ask('/v1/responses', { model: 'of-openai', input: 'Hi', stream: true })
    assert.match(reply.text, /response\.completed/)
    const [, id = ''] = /"id":"(resp_[^"]+)"/.exec(reply.text) ?? []
    const stored = await ask(`/v1/responses/${id}`, undefined)
    assert.equal(stored.status, 200, stored.text)
  })
})
