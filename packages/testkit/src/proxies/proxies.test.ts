import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Agent, type Dispatcher, ProxyAgent, request, Socks5ProxyAgent } from 'undici'
import { createCertificate } from '../certificate.ts'
import { startFakeUpstream } from '../upstream/fake-upstream.ts'
import { startHttpProxy } from './http-proxy.ts'
import { startSocks5Proxy } from './socks5-proxy.ts'

const password = { user: 'ann', password: 'p@ss:word' }
const certificate = createCertificate()

async function ask(url: string, dispatcher: Dispatcher): Promise<string> {
  try {
    const answer = await request(`${url}/v1/messages`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hello' }] }),
      dispatcher,
    })
    assert.equal(answer.statusCode, 200)
    return await answer.body.text()
  } finally {
    await dispatcher.destroy()
  }
}

const requestTls = { ca: certificate.cert }
const kinds = [
  {
    name: 'HTTP',
    start: startHttpProxy,
    through: (uri: string) => new ProxyAgent({ uri, proxyTunnel: true, requestTls }),
  },
  // undici's ProxyAgent does socks5:// too, but says a user and password there as they stand in the URL, percent signs and all.
  { name: 'SOCKS 5', start: startSocks5Proxy, through: (uri: string) => new Socks5ProxyAgent(uri, { requestTls }) },
] as const

for (const { name, start, through } of kinds) {
  describe(`a fake ${name} proxy`, () => {
    for (const tls of [undefined, certificate]) {
      test(`carries ${tls === undefined ? 'plain HTTP' : 'TLS inside'} and counts it, with a password`, async () => {
        await using upstream = await startFakeUpstream(tls === undefined ? {} : { tls })
        await using proxy = await start({ password })
        const text = await ask(upstream.url, through(proxy.url))
        assert.match(text, /你好/)
        const [tunnel] = proxy.tunnels
        assert.equal(tunnel?.target, `127.0.0.1:${upstream.port}`)
        assert.ok(tunnel.bytesDown > Buffer.byteLength(text))
        assert.ok(tunnel.bytesUp > 60)
      })
    }

    test('turns away a wrong password, and all callers when it is told to', async () => {
      await using upstream = await startFakeUpstream()
      await using proxy = await start({ password })
      await assert.rejects(ask(upstream.url, through(proxy.url.replace('ann', 'bob'))))
      await using closed = await start({ refuses: true })
      await assert.rejects(ask(upstream.url, through(closed.url)))
      assert.deepEqual([proxy.refusals, closed.refusals, upstream.received.length], [1, 1, 0])
    })

    test('says so when the target is not there, and cuts its tunnels when it is closed', async () => {
      await using upstream = await startFakeUpstream()
      await using proxy = await start()
      upstream.script({ stall: 'before-headers' })
      const waiting = ask(upstream.url, through(proxy.url))
      await upstream.waitFor(() => upstream.served[0]?.isStalled)
      await proxy.close()
      await assert.rejects(waiting)
      await upstream.idle()
      assert.equal(upstream.served[0]?.outcome, 'closed-by-peer')
      await using other = await start()
      await upstream.close()
      await assert.rejects(ask(upstream.url, through(other.url)))
      assert.equal(other.refusals, 1)
    })
  })
}

test('a fake HTTP proxy forwards plain requests in absolute form, with the password kept to itself', async () => {
  await using upstream = await startFakeUpstream()
  await using proxy = await startHttpProxy({ password })
  const forwarding = (uri: string): ProxyAgent => new ProxyAgent({ uri, proxyTunnel: false })
  assert.match(await ask(upstream.url, forwarding(proxy.url)), /你好/)
  const [served] = await upstream.waitFor(() => upstream.served[0]?.outcome === 'finished' && upstream.served)
  assert.equal(proxy.tunnels[0]?.bytesDown, served?.bodyBytes)
  assert.equal(upstream.received[0]?.headers['proxy-authorization'], undefined)
  await assert.rejects(ask(upstream.url, forwarding(proxy.url.replace('ann', 'bob'))))
  assert.deepEqual([proxy.refusals, upstream.received.length], [1, 1])
})

describe('a made certificate', () => {
  test('is trusted as an authority, and only then', async () => {
    await using upstream = await startFakeUpstream({ tls: certificate })
    assert.match(await ask(upstream.url, new Agent({ connect: { ca: certificate.cert } })), /你好/)
    await assert.rejects(ask(upstream.url, new Agent()), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  })

  test('can be expired, or for somebody else', async () => {
    const expired = createCertificate({ isExpired: true })
    await using late = await startFakeUpstream({ tls: expired })
    await assert.rejects(ask(late.url, new Agent({ connect: { ca: expired.cert } })), { code: 'CERT_HAS_EXPIRED' })
    const foreign = createCertificate({ hosts: ['example.org'] })
    await using stranger = await startFakeUpstream({ tls: foreign })
    await assert.rejects(ask(stranger.url, new Agent({ connect: { ca: foreign.cert } })), {
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
  })
})
