/** nginx as it is shipped, in front of a real server. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { fetchWhole, freePort, readSse, type SendOptions, send } from '@parley/testkit'
import { type Proxy, startNginx, withoutNginx } from './nginx.ts'
import { at, type DemoServer, startDemo, textAt } from './seeds-client.ts'

describe('nginx.conf', { skip: withoutNginx }, () => {
  let server: DemoServer
  let proxy: Proxy
  const delayMs = 20

  before(async () => {
    server = await startDemo({ env: { SIMULATOR_DELAY_MS: String(delayMs) } })
    proxy = await startNginx('parley.conf', [new URL(server.url).host])
  })
  after(async () => {
    await proxy?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  const headers = () => ({ authorization: `Bearer ${server.tokens[0]}` })
  const ask = (address: string, options: SendOptions = {}) =>
    fetchWhole(proxy.url + address, { isInsecure: true, ...options })

  it('passes every event on as it comes', async () => {
    const made = await ask('/api/conversations', { body: {}, headers: headers() })
    const address = `/api/conversations/${textAt(made.json, 'data.id')}/messages/stream`
    const response = await send(proxy.url + address, {
      body: { content: '你好' },
      headers: headers(),
      isInsecure: true,
    })
    let runId = ''
    let pieces = 0
    for await (const { data } of readSse(response)) {
      const event = JSON.parse(data) as { type?: string; data: { id: string } }
      if (event.type === 'run') runId = event.data.id
      if (event.type !== 'aiMessageChunk' || ++pieces > 1) continue
      const run = await server.call('GET', `/api/runs/${runId}`, { token: server.tokens[0] })
      assert.equal(at(run.body, 'data.status'), 'running', 'the first word is here while others are still to be said')
    }
    assert.ok(pieces > 10)
  })

  it('passes the relay’s streams on as they come, too', async () => {
    const { key } = await server.addKey()
    const body = { model: 'gpt-4', stream: true, max_tokens: 100, messages: [{ role: 'user', content: '你好' }] }
    for (const address of ['/v1/messages', '/api/v1/chat/completions']) {
      const response = await send(proxy.url + address, { body, headers: { 'x-api-key': key }, isInsecure: true })
      assert.equal(response.statusCode, 200)
      const times: number[] = []
      for await (const _ of readSse(response)) times.push(performance.now())
      assert.ok((times.at(-1) ?? 0) - (times[0] ?? 0) > 5 * delayMs, `${address} came at once`)
    }
  })

  /** The address of which the server says that somebody signed in from there, who came from `localAddress`. */
  async function signedInFrom(url: string, localAddress: string, forwarded?: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
    const login = httpRequest(`${url}/api/auth/login`, {
      method: 'POST',
      localAddress,
      headers: { 'content-type': 'application/json', ...(forwarded && { 'x-forwarded-for': forwarded }) },
    })
    login.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject)
    login.end(JSON.stringify({ email: 'test@test.com', password: '123456' }))
    assert.equal(await promise, 200)
    const { body } = await server.call('GET', '/api/auth/sessions', { token: server.tokens[0] })
    const sessions = (at(body, 'data') as object[]).toSorted((a, b) =>
      textAt(a, 'created_at') < textAt(b, 'created_at') ? -1 : 1,
    )
    return textAt(sessions.at(-1), 'ip')
  }

  /** 127.0.0.7 is the proxy that ends TLS. */
  const isInFront = (text: string) =>
    text.replaceAll(/# (set_real_ip_from |real_ip_)/g, '$1').replace('203.0.113.7', '127.0.0.7')

  it('says who is calling, whatever callers say themselves', async () => {
    const { host } = new URL(server.url)
    await using plain = await startNginx('balancer.conf', [host, host])
    assert.equal(await signedInFrom(plain.url, '127.0.0.9'), '127.0.0.9')
    assert.equal(await signedInFrom(plain.url, '127.0.0.8', '198.51.100.1'), '127.0.0.8')
  })

  it('believes the proxy in front of it when it is told which one that is', async () => {
    const { host } = new URL(server.url)
    await using plain = await startNginx('balancer.conf', [host, host], isInFront)
    assert.equal(await signedInFrom(plain.url, '127.0.0.7', '203.0.113.5, 198.51.100.1'), '198.51.100.1')
    assert.equal(await signedInFrom(plain.url, '127.0.0.8', '198.51.100.2'), '127.0.0.8')
  })

  it('keeps the scheme that the proxy in front says when it is told which one that is, and believes nobody else', async () => {
    await using node = await startEchoing()
    const schemeOf = async (url: string, localAddress: string, headers: Record<string, string>) =>
      textAt((await fetchWhole(url, { agent: new Agent({ localAddress }), headers })).json, 'x-forwarded-proto')
    const said = { 'x-forwarded-for': '198.51.100.1', 'x-forwarded-proto': 'https' }

    await using plain = await startNginx('balancer.conf', [node.host, node.host])
    assert.equal(await schemeOf(plain.url, '127.0.0.7', said), 'http')
    await using behind = await startNginx('balancer.conf', [node.host, node.host], isInFront)
    assert.equal(await schemeOf(behind.url, '127.0.0.7', said), 'https')
    assert.equal(await schemeOf(behind.url, '127.0.0.7', { ...said, 'x-forwarded-proto': 'http' }), 'http')
    assert.equal(await schemeOf(behind.url, '127.0.0.7', { ...said, 'x-forwarded-proto': 'gopher' }), 'http')
    assert.equal(await schemeOf(behind.url, '127.0.0.7', { 'x-forwarded-for': said['x-forwarded-for'] }), 'http')
    assert.equal(await schemeOf(behind.url, '127.0.0.8', said), 'http')
  })

  it('says itself that it ends TLS', async () => {
    await using node = await startEchoing()
    await using tls = await startNginx('parley.conf', [node.host])
    const { json } = await fetchWhole(tls.url, { isInsecure: true, headers: { 'x-forwarded-proto': 'http' } })
    assert.equal(textAt(json, 'x-forwarded-proto'), 'https')
  })

  it('gives each request an id of its own, whatever the client sent', async () => {
    const { key } = await server.addKey()
    const sent = { 'x-api-key': key, 'x-request-id': 'id-of-a-client' }
    const body = { model: 'gpt-4', max_tokens: 10, messages: [{ role: 'user', content: '你好' }] }
    const replies = await Promise.all([1, 2].map(() => ask('/v1/messages', { body, headers: sent })))
    const ids = replies.map(({ status, headers: got }) => [status, got['x-request-id'], got['request-id']].join(' '))
    assert.equal(new Set(ids).size, 2)
    for (const id of ids) assert.match(id, /^200 ([0-9a-f]{32}) \1$/)
  })

  it('lets files be kept whose names change with their content, and no others', async () => {
    const page = await ask('/')
    const names = [...page.text.matchAll(/\/assets\/[\w.-]+/g)].map(([name]) => name)
    const ageOf = async (name: string) => String((await ask(name)).headers['cache-control'])
    const hashed = names.find((name) => /-[\w-]{8}\.js$/.test(name)) ?? assert.fail('the page has no program')
    assert.match(await ageOf(hashed), /max-age=31536000/)
    assert.equal(await ageOf('/assets/first-paint.js'), 'no-cache')
  })

  it('lets a large import through, and nothing else that is as large', async () => {
    const body = Buffer.from(`[${' '.repeat(40_000_000)}]`)
    const headersOfFile = { ...headers(), 'content-type': 'application/json' }
    assert.equal((await ask('/api/conversations/import', { body, headers: headersOfFile })).status, 200)
    assert.equal((await ask('/api/conversations', { body, headers: headersOfFile })).status, 413)
  })

  it('compresses what is not a stream', async () => {
    const { headers: sent } = await ask('/openapi.json', { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(sent['content-encoding'], 'gzip')
    assert.match(String(sent['strict-transport-security']), /max-age/)
  })

  it('lets Parley refuse a WebSocket, and hides the metrics', async () => {
    const upgrade = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
    const asked = { headers: { ...upgrade, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } }
    assert.equal((await ask('/v1/responses', asked)).status, 426)
    assert.equal((await ask('/metrics')).status, 404)
  })

  it('asks Parley for files of the page that it does not have itself', async () => {
    const { status, headers: sent } = await ask('/assets/none.js')
    assert.deepEqual([status, typeof sent['x-request-id']], [404, 'string'])
  })

  it('sends from HTTP to HTTPS', async () => {
    const { status, headers: sent } = await fetchWhole(`${proxy.plainUrl}/c/1`)
    assert.deepEqual([status, sent.location], [301, 'https://127.0.0.1/c/1'])
  })

  it('lets a burst of 20 through, then 10 a second, and says so as Parley does; programs are not held', async () => {
    const burst = (address: string) =>
      Promise.all(Array.from({ length: 60 }, () => ask(address, { headers: { 'accept-language': 'zh' } })))
    const answers = await burst('/api/health')
    const passed = answers.filter(({ status }) => status === 200)
    const refused = answers.filter(({ status }) => status === 429)
    assert.equal(passed.length + refused.length, 60)
    assert.ok(passed.length >= 15 && refused.length >= 10, `${passed.length} passed`)
    assert.partialDeepStrictEqual(refused[0]?.json as object, {
      success: false,
      error: '请求过于频繁，请稍后再试',
      code: 'rate_limited',
      data: null,
    })
    assert.equal(refused[0]?.headers['retry-after'], '1')
    const doors = await burst('/v1/models')
    assert.deepEqual(new Set(doors.map(({ status }) => status)), new Set([401]))
  })
})

/** A node that answers with the headers of what it was asked. */
async function startEchoing(): Promise<AsyncDisposable & { readonly host: string }> {
  const node = createServer(({ headers }, response) => response.end(JSON.stringify(headers)))
  await once(node.listen(0, '127.0.0.1'), 'listening')
  const { port } = node.address() as AddressInfo
  return { host: `127.0.0.1:${port}`, [Symbol.asyncDispose]: () => node[Symbol.asyncDispose]() }
}

describe('nginx of docker-compose.yml', { skip: withoutNginx }, () => {
  it('goes on with one node when the other one is gone', async () => {
    await using server = await startDemo()
    const gone = `127.0.0.1:${await freePort()}`
    await using proxy = await startNginx('balancer.conf', [gone, new URL(server.url).host])
    for (let count = 0; count < 6; count++) {
      const body = { email: 'test@test.com', password: '123456' }
      assert.equal((await fetchWhole(`${proxy.url}/api/auth/login`, { body })).status, 200)
    }
  })
})
