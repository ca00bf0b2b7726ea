import '../../test/page-globals.ts'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { language } from '../i18n/language.ts'
import { call, callAll, errorText } from './client.ts'

describe('talking to the server', () => {
  it('a long list is asked for page by page, to its end', async () => {
    await using _server = await serve((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://here')
      const page = Number(searchParams.get('page'))
      const limit = Number(searchParams.get('limit'))
      const data = Array.from({ length: 1001 }, (_, index) => index).slice((page - 1) * limit, page * limit)
      response.end(JSON.stringify({ data, pagination: { page, limit, total: 1001 } }))
    })
    const all = await callAll<number>('/things')
    assert.equal(all.length, 1001)
    assert.equal(new Set(all).size, 1001)
  })

  it('says when to come back after a limit, and which request it was that the server failed at', async () => {
    await using _server = await serve((request, response) => {
      const isLimit = request.url === '/limit'
      response.writeHead(isLimit ? 429 : 500, { 'retry-after': '90' })
      response.end(JSON.stringify({ error: isLimit ? 'Too many.' : 'It broke.', request_id: 'req-7' }))
    })
    const say = async (path: string) => errorText(await call('GET', path).catch((error: unknown) => error))
    language.set('en')
    assert.match(await say('/limit'), /^Too many\. \(Possible again at \w+ \d+, \d+, \d+:\d\d.*\)$/)
    assert.equal(await say('/broken'), 'It broke. (Request req-7)')
    language.set('zh')
    assert.match(await say('/limit'), /（\d+年\d+月\d+日 \d\d:\d\d 后可重试）$/)
    assert.match(await say('/broken'), /（请求编号 req-7）$/)
  })
})

/** What the page was served by: addresses are relative to it. */
async function serve(listener: RequestListener): Promise<AsyncDisposable> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { fetch } = globalThis
  globalThis.fetch = (path, options) => fetch(`http://127.0.0.1:${port}${path as string}`, options)
  return {
    async [Symbol.asyncDispose]() {
      globalThis.fetch = fetch
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
