import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import {
  createCertificate,
  type FakeProxy,
  freePort,
  startFakeUpstream,
  startHttpProxy,
  startSocks5Proxy,
} from '@parley/testkit'
import { request } from 'undici'
import { Connection } from './connection.ts'

const password = { user: 'me', password: 'p@ss:word' }

async function post(connection: Connection, url: string) {
  const { statusCode, body } = await request(`${url}/v1/messages`, {
    dispatcher: connection.dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'k' },
    body: JSON.stringify({ model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] }),
  })
  return { statusCode, text: await body.text() }
}

const certificate = createCertificate()
setDefaultCACertificates([...getCACertificates('default'), certificate.cert])

describe('Connection', () => {
  test('goes straight when there is no proxy', async () => {
    await using upstream = await startFakeUpstream()
    const connection = new Connection({ proxy: null, connectTimeoutMs: 2000 })
    assert.equal((await post(connection, upstream.url)).statusCode, 200)
    await connection.destroy()
  })

  const proxies: [string, () => Promise<FakeProxy>][] = [
    ['an HTTP proxy', () => startHttpProxy()],
    ['an HTTP proxy with a password', () => startHttpProxy({ password })],
    ['a SOCKS5 proxy', () => startSocks5Proxy()],
    ['a SOCKS5 proxy with a password', () => startSocks5Proxy({ password })],
  ]
  for (const [what, start] of proxies) {
    test(`tunnels through ${what}`, async () => {
      await using upstream = await startFakeUpstream()
      await using proxy = await start()
      const connection = new Connection({ proxy: proxy.url, connectTimeoutMs: 2000 })
      for (let call = 0; call < 3; call++) assert.equal((await post(connection, upstream.url)).statusCode, 200)
      assert.ok(proxy.tunnels.length < 3, 'a tunnel is kept for the next call')
      assert.equal(proxy.tunnels[0]?.target, new URL(upstream.url).host)
      await connection.destroy()
    })

    test(`carries TLS inside ${what}`, async () => {
      await using upstream = await startFakeUpstream({ tls: certificate })
      await using proxy = await start()
      const connection = new Connection({ proxy: proxy.url, connectTimeoutMs: 2000 })
      assert.equal((await post(connection, upstream.url)).statusCode, 200)
      assert.equal(proxy.tunnels.length, 1)
      await connection.destroy()
    })
  }

  test('fails when the proxy wants another password, and when it is down', async () => {
    await using upstream = await startFakeUpstream()
    await using proxy = await startHttpProxy({ password })
    const wrong = new Connection({ proxy: `http://me:wrong@${proxy.host}:${proxy.port}`, connectTimeoutMs: 2000 })
    await assert.rejects(post(wrong, upstream.url))
    await wrong.destroy()
    const down = new Connection({ proxy: `http://127.0.0.1:${await freePort()}`, connectTimeoutMs: 2000 })
    await assert.rejects(post(down, upstream.url))
    await down.destroy()
    assert.equal(upstream.received.length, 0)
  })

  for (const scheme of ['http', 'socks5']) {
    test(`gives up on a ${scheme} proxy that accepts and says nothing`, { timeout: 20_000 }, async () => {
      const silent = createServer(() => undefined).listen(0, '127.0.0.1')
      await once(silent, 'listening')
      const { port } = silent.address() as { port: number }
      const connection = new Connection({ proxy: `${scheme}://127.0.0.1:${port}`, connectTimeoutMs: 300 })
      await assert.rejects(post(connection, 'http://127.0.0.1:9'))
      await connection.destroy()
      silent.close()
    })
  }

  test('is closed when it is retired and its last call has ended, not before', async () => {
    await using upstream = await startFakeUpstream()
    const connection = new Connection({ proxy: null, connectTimeoutMs: 2000 })
    connection.retain()
    connection.retire()
    assert.equal((await post(connection, upstream.url)).statusCode, 200)
    connection.release()
    await assert.rejects(post(connection, upstream.url), { code: 'UND_ERR_CLOSED' })
  })
})
