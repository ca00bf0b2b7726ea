import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { fetchWhole, send, type WholeResponse } from '../http-client.ts'
import { parseSse, readSse } from '../read-sse.ts'
import type { Behaviour } from './behaviour.ts'
import { type FakeUpstream, startFakeUpstream } from './fake-upstream.ts'

const wires = [
  { name: 'anthropic', path: '/v1/messages', whole: '/v1/messages' },
  { name: 'openai-chat', path: '/v1/chat/completions', whole: '/v1/chat/completions' },
  { name: 'openai-responses', path: '/v1/responses', whole: '/v1/responses' },
  {
    name: 'gemini',
    path: '/v1beta/models/gemini-x:streamGenerateContent?alt=sse',
    whole: '/v1beta/models/gemini-x:generateContent',
  },
] as const
type TestedWire = (typeof wires)[number]

function bodyOf(wire: TestedWire, text: string, stream: boolean): object {
  if (wire.name === 'gemini') return { contents: [{ role: 'user', parts: [{ text }] }] }
  if (wire.name === 'openai-responses')
    return { model: 'm', stream, input: [{ role: 'user', content: [{ type: 'input_text', text }] }] }
  const options = wire.name === 'openai-chat' ? { stream_options: { include_usage: true } } : {}
  return { model: 'm', stream, ...options, messages: [{ role: 'user', content: text }] }
}

function ask(upstream: FakeUpstream, wire: TestedWire, text = 'hello'): Promise<WholeResponse> {
  return fetchWhole(upstream.url + wire.path, { body: bodyOf(wire, text, true) })
}

function askWhole(upstream: FakeUpstream, wire: TestedWire, text = 'hello'): Promise<WholeResponse> {
  return fetchWhole(upstream.url + wire.whole, { body: bodyOf(wire, text, false) })
}

/** The ids in a reply hold the call's number. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/(fake[a-z0-9]+)n\d+/g, '$1')
}

for (const wire of wires) {
  describe(`a fake upstream on the ${wire.name} wire`, () => {
    test('serves a good reply, and its record tells what went out', async () => {
      await using upstream = await startFakeUpstream()
      const reply = await ask(upstream, wire)
      await upstream.idle()
      assert.equal(reply.status, 200)
      assert.equal(reply.error, undefined)
      const [served] = upstream.served
      assert.equal(served?.outcome, 'finished')
      assert.equal(served.wire, wire.name)
      assert.equal(served.streamed, true)
      assert.equal(served.bodyBytes, reply.body.length)
      assert.equal(served.takenBytes, reply.body.length)
      assert.equal(served.events, parseSse(reply.body).length)
      assert.equal(served.usageSaid, 'whole')
      assert.equal(upstream.received.length, 1)
    })

    test('gives the same bytes however they are split, each byte as its own chunk', async () => {
      await using upstream = await startFakeUpstream()
      const whole = await ask(upstream, wire, 'hi')
      upstream.script({ split: 1 }, { split: 7 })
      const split = await ask(upstream, wire, 'hi')
      assert.equal(withoutNumbers(split.text), withoutNumbers(whole.text))
      assert.equal(split.chunks.length, split.body.length)
      const sevens = await ask(upstream, wire, 'hi')
      assert.equal(withoutNumbers(sevens.text), withoutNumbers(whole.text))
      assert.ok(sevens.chunks.every((chunk) => chunk.length <= 7))
    })

    test('cut at byte n lets exactly n bytes out and then breaks the connection', async () => {
      await using upstream = await startFakeUpstream()
      for (const at of [0, 1, 57, 300]) {
        for (const fetch of [ask, askWhole]) {
          upstream.script({ cut: { atByte: at } })
          const reply = await fetch(upstream, wire)
          assert.equal(reply.body.length, at)
          assert.equal(reply.error?.code, 'ECONNRESET')
        }
      }
      await upstream.idle()
      assert.ok(upstream.served.every((served) => served.outcome === 'cut' && served.takenBytes === served.bodyBytes))
    })

    test('cut inside a character leaves half of it', async () => {
      await using upstream = await startFakeUpstream()
      upstream.script({ cut: { insideCharacter: 2 } })
      const reply = await ask(upstream, wire)
      assert.equal(reply.error?.code, 'ECONNRESET')
      assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(reply.body))
      assert.doesNotThrow(() => new TextDecoder('utf-8', { fatal: true }).decode(reply.body.subarray(0, -1)))
    })

    test('cut and end after n events give n events: one breaks, the other ends well', async () => {
      await using upstream = await startFakeUpstream()
      upstream.script({ cut: { afterEvents: 4 } }, { end: { afterEvents: 4 } }, { end: 'before-final' }, {})
      const cut = await ask(upstream, wire)
      assert.equal(parseSse(cut.body).length, 4)
      assert.equal(cut.error?.code, 'ECONNRESET')
      const ended = await ask(upstream, wire)
      assert.equal(parseSse(ended.body).length, 4)
      assert.equal(ended.error, undefined)
      const unfinished = await ask(upstream, wire)
      const good = await ask(upstream, wire)
      const missing = wire.name === 'openai-chat' ? 3 : 1
      assert.equal(parseSse(unfinished.body).length, parseSse(good.body).length - missing)
      assert.equal(unfinished.error, undefined)
      await upstream.idle()
      assert.deepEqual(
        upstream.served.map((served) => served.outcome),
        ['cut', 'ended-early', 'ended-early', 'finished'],
      )
    })

    test('stalls after n events until the caller leaves, and notes how far it had come', async () => {
      await using upstream = await startFakeUpstream()
      upstream.script({ stall: { afterEvents: 5 } })
      const response = await send(upstream.url + wire.path, { body: bodyOf(wire, 'hello', true) })
      const events = readSse(response)
      for (let count = 0; count < 5; count++) assert.equal((await events.next()).done, false)
      await upstream.waitFor(() => upstream.served[0]?.isStalled)
      response.destroy()
      await upstream.idle()
      const [served] = upstream.served
      assert.equal(served?.outcome, 'closed-by-peer')
      assert.equal(served.closedByPeer?.events, 5)
      assert.equal(served.closedByPeer.bodyBytes, served.takenBytes)
    })

    test('stalls before the headers, and before the first byte', async () => {
      await using upstream = await startFakeUpstream()
      upstream.script({ stall: 'before-headers' }, { stall: { afterEvents: 0 } })
      const leaving = new AbortController()
      const silent = send(upstream.url + wire.path, { body: bodyOf(wire, 'hello', true), signal: leaving.signal })
      await upstream.waitFor(() => upstream.served[0]?.isStalled)
      leaving.abort()
      await assert.rejects(silent, { name: 'AbortError' })
      const response = await send(upstream.url + wire.path, { body: bodyOf(wire, 'hello', true) })
      assert.equal(response.statusCode, 200)
      await upstream.waitFor(() => upstream.served[1]?.isStalled)
      response.destroy()
      await upstream.idle()
      assert.deepEqual(
        upstream.served.map(({ status, bodyBytes, outcome }) => ({ status, bodyBytes, outcome })),
        [
          { status: 0, bodyBytes: 0, outcome: 'closed-by-peer' },
          { status: 200, bodyBytes: 0, outcome: 'closed-by-peer' },
        ],
      )
    })

    test('says any status with any headers and body, in the wire’s own form unless told otherwise', async () => {
      await using upstream = await startFakeUpstream()
      upstream.script(
        { error: 429, headers: { 'retry-after': '7' } },
        { error: { status: 502, body: 'html' } },
        { error: { status: 500, body: 'empty' } },
        { error: { status: 400, body: { raw: '{"odd":1}' } }, contentType: 'text/plain' },
        { status: 200, error: 529 },
      )
      const limited = await ask(upstream, wire)
      assert.equal(limited.status, 429)
      assert.equal(limited.headers['retry-after'], '7')
      assert.ok((limited.json as { error: { message: string } }).error.message)
      const html = await ask(upstream, wire)
      assert.equal(html.status, 502)
      assert.equal(html.headers['content-type'], 'text/html')
      const empty = await ask(upstream, wire)
      assert.deepEqual([empty.status, empty.body.length], [500, 0])
      const odd = await ask(upstream, wire)
      assert.deepEqual([odd.status, odd.headers['content-type'], odd.text], [400, 'text/plain', '{"odd":1}'])
      const lying = await ask(upstream, wire)
      assert.equal(lying.status, 200)
      assert.ok('error' in (lying.json as object))
      await upstream.idle()
      assert.ok(upstream.served.every((served) => served.outcome === 'error' && served.usage.input === 0))
    })

    test('says an error in the middle of a stream and nothing after it', async () => {
      await using upstream = await startFakeUpstream()
      upstream.script({ errorEvent: { afterEvents: 3, status: 529, message: 'too much' } })
      const reply = await ask(upstream, wire)
      const events = parseSse(reply.body).slice(3)
      assert.ok(events.length >= 1)
      assert.match(events[0]?.data ?? '', /too much/)
      await upstream.idle()
      assert.equal(upstream.served[0]?.outcome, 'error')
    })

    test('noise and other line ends change the bytes but not the events', async () => {
      await using upstream = await startFakeUpstream()
      const plain = await ask(upstream, wire)
      const noisy: Behaviour[] = [
        { lineEnd: 'crlf' },
        { lineEnd: 'cr' },
        { garbage: 'harmless' },
        { pings: 'comment', lineEnd: 'crlf' },
      ]
      for (const behaviour of noisy) {
        upstream.script(behaviour)
        const reply = await ask(upstream, wire)
        assert.notEqual(withoutNumbers(reply.text), withoutNumbers(plain.text))
        assert.deepEqual(
          parseSse(withoutNumbers(reply.text)).map(({ event, data }) => ({ event, data })),
          parseSse(withoutNumbers(plain.text)).map(({ event, data }) => ({ event, data })),
        )
      }
      upstream.script({ garbage: 'broken-json' })
      const broken = await ask(upstream, wire)
      const bad = parseSse(broken.body).filter(({ data }) => data.startsWith('{"half'))
      assert.equal(bad.length, 1)
    })

    test('obeys commands in the last user message', async () => {
      await using upstream = await startFakeUpstream()
      assert.equal((await ask(upstream, wire, '/fail 529')).status, 529)
      assert.equal((await ask(upstream, wire, 'please /cut-at 120 now')).body.length, 120)
      assert.equal((await ask(upstream, wire, '/words 3 /split 1')).error, undefined)
      assert.equal((await ask(upstream, wire, 'see /tmp/fail and and/fail 500')).status, 200)
      await ask(upstream, wire, '/usage none')
      await upstream.idle()
      assert.equal(upstream.served.at(-1)?.usageSaid, 'none')
      assert.equal(upstream.served.at(2)?.usage.output, 3)
    })

    test('a whole reply carries the same content as a streamed one', async () => {
      await using upstream = await startFakeUpstream()
      upstream.always({
        thinking: true,
        tools: 2,
        usage: { input: 100, cacheRead: 11, cacheWrite5m: 5, cacheWrite1h: 7, output: 50, thinking: 9 },
      })
      await ask(upstream, wire)
      await askWhole(upstream, wire)
      await upstream.idle()
      const [streamed, whole] = upstream.served
      assert.equal(streamed?.contentCharacters, whole?.contentCharacters)
      assert.ok((whole?.contentCharacters ?? 0) > 100)
      assert.deepEqual(streamed?.usage, whole?.usage)
      assert.deepEqual(streamed?.said?.usage, whole?.said?.usage)
      assert.equal(whole?.usageSaid, 'whole')
      assert.ok(whole)
      const { input, cacheRead, cacheWrite5m, cacheWrite1h, output, thinking } = whole.usage
      assert.deepEqual([input + cacheWrite5m + cacheWrite1h, cacheRead, output, thinking], [112, 11, 50, 9])
    })
  })
}

const [anthropic] = wires

describe('a fake upstream', () => {
  test('resets the connection once it has the request', async () => {
    await using upstream = await startFakeUpstream()
    upstream.script({ reset: true })
    await assert.rejects(ask(upstream, anthropic), { code: 'ECONNRESET' })
    await upstream.idle()
    assert.equal(upstream.served[0]?.outcome, 'reset')
  })

  test('resets connections on accept as often as it is told', async () => {
    await using upstream = await startFakeUpstream()
    upstream.resetConnections(1)
    await assert.rejects(ask(upstream, anthropic), { code: 'ECONNRESET' })
    assert.equal((await ask(upstream, anthropic)).status, 200)
    assert.equal(upstream.received.length, 1)
  })

  test('destroys its sockets on close, refuses then, and comes back on the same port', async () => {
    await using upstream = await startFakeUpstream()
    upstream.script({ stall: { afterEvents: 2 } })
    const reading = ask(upstream, anthropic)
    await upstream.waitFor(() => upstream.served[0]?.isStalled)
    await upstream.close()
    assert.equal((await reading).error?.code, 'ECONNRESET')
    await assert.rejects(ask(upstream, anthropic), { code: 'ECONNREFUSED' })
    const { port } = upstream
    await upstream.reopen()
    assert.equal(upstream.port, port)
    assert.equal((await ask(upstream, anthropic)).status, 200)
  })

  test('holds a reply until the test lets it go on', async () => {
    await using upstream = await startFakeUpstream()
    const { promise: until, resolve: letGo } = Promise.withResolvers<void>()
    upstream.script({ hold: { afterEvents: 4, until } })
    const reply = ask(upstream, anthropic)
    await upstream.waitFor(() => upstream.served[0]?.events === 4)
    await nextTurn()
    assert.equal(upstream.served[0]?.events, 4)
    letGo()
    assert.equal(parseSse((await reply).body).length, 20)
  })

  test('waits as long as it is told before headers, first event and every event', async () => {
    await using upstream = await startFakeUpstream()
    upstream.script({ words: 2, headersAfterMs: 30, firstEventAfterMs: 40, eventEveryMs: 5 })
    await ask(upstream, anthropic)
    await upstream.idle()
    const { receivedAt = 0, headersAt = 0, firstEventAt = 0, endedAt = 0, events = 0 } = upstream.served[0] ?? {}
    assert.ok(headersAt - receivedAt >= 29)
    assert.ok(firstEventAt - headersAt >= 39)
    assert.ok(endedAt - firstEventAt >= (events - 1) * 5 - 1)
  })

  test('a large stream is made while it is read: a reader that stops holds it back', async () => {
    await using upstream = await startFakeUpstream()
    upstream.script({ bytes: 50_000_000 })
    const response = await send(upstream.url + anthropic.path, { body: bodyOf(anthropic, 'hello', true) })
    const taken = await upstream.waitFor(() => {
      const { takenBytes = 0, bodyBytes = 0 } = upstream.served[0] ?? {}
      return bodyBytes > takenBytes && takenBytes > 0 && takenBytes
    })
    assert.ok(taken < 20_000_000, `${taken} bytes went to a reader that does not read`)
    let characters = 0
    for await (const { data } of readSse(response)) {
      const { delta } = JSON.parse(data) as { delta?: { text?: string } }
      characters += Buffer.byteLength(delta?.text ?? '')
    }
    assert.equal(characters, 50_000_000)
    await upstream.idle()
    assert.equal(upstream.served[0]?.outcome, 'finished')
  })

  test('takes its behaviour from outside, and tells there what it served', async () => {
    await using upstream = await startFakeUpstream()
    assert.equal((await fetchWhole(`${upstream.url}/__always`, { body: { error: 503 } })).status, 200)
    assert.equal((await ask(upstream, anthropic)).status, 503)
    await fetchWhole(`${upstream.url}/__script`, { body: [{ error: 404 }] })
    assert.equal((await ask(upstream, anthropic)).status, 404)
    await upstream.idle()
    const { json } = await fetchWhole(`${upstream.url}/__served`)
    const { calls } = json as { calls: { status: number; outcome: string }[] }
    assert.deepEqual(
      calls.map(({ status, outcome }) => [status, outcome]),
      [
        [503, 'error'],
        [404, 'error'],
      ],
    )
    await fetchWhole(`${upstream.url}/__clear`, { method: 'POST', body: {} })
    assert.equal((await ask(upstream, anthropic)).status, 200)
  })

  test('compresses only for callers that can read it', async () => {
    await using upstream = await startFakeUpstream()
    const plain = await ask(upstream, anthropic)
    upstream.always({ compress: true })
    assert.equal((await ask(upstream, anthropic)).headers['content-encoding'], undefined)
    const body = bodyOf(anthropic, 'hello', true)
    const headers = { 'accept-encoding': 'gzip, br' }
    const packed = await fetchWhole(upstream.url + anthropic.path, { body, headers })
    assert.equal(packed.headers['content-encoding'], 'gzip')
    assert.equal(withoutNumbers(gunzipSync(packed.body).toString()), withoutNumbers(plain.text))
  })

  test('a function chooses the behaviour by the request', async () => {
    await using upstream = await startFakeUpstream()
    upstream.always((call) => (call.received.credential === 'bad' ? { error: 401 } : undefined))
    const body = bodyOf(anthropic, 'hello', true)
    assert.equal(
      (await fetchWhole(upstream.url + anthropic.path, { body, headers: { 'x-api-key': 'bad' } })).status,
      401,
    )
    assert.equal(
      (await fetchWhole(upstream.url + anthropic.path, { body, headers: { authorization: 'Bearer good' } })).status,
      200,
    )
    assert.deepEqual(
      upstream.received.map((received) => received.credential),
      ['bad', 'good'],
    )
  })

  test('keeps the bytes of a request as they came', async () => {
    await using upstream = await startFakeUpstream()
    const raw = Buffer.from('{ "model":"m",\n "messages":[{"role":"user","content":"数据"}], "x": 1.0 }')
    await fetchWhole(`${upstream.url}/v1/messages?beta=true`, {
      method: 'POST',
      body: raw,
      headers: { 'X-Odd': 'Yes' },
    })
    const [received] = upstream.received
    assert.deepEqual(received?.body, raw)
    assert.equal(received.path, '/v1/messages?beta=true')
    assert.ok(received.rawHeaders.includes('X-Odd'))
  })

  test('a caller that leaves in the middle of its request is no call', async () => {
    await using upstream = await startFakeUpstream()
    const socket = connect(upstream.port, upstream.host)
    socket.write('POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"model"')
    await upstream.waitFor(() => upstream.totals.connections === 1)
    socket.destroy()
    assert.equal((await ask(upstream, anthropic)).status, 200)
    assert.equal(upstream.served.length, 1)
  })

  test('fast: the same events from prebuilt bytes, commands still obeyed', async () => {
    await using fast = await startFakeUpstream({ fast: true })
    await using slow = await startFakeUpstream()
    for (const wire of wires) {
      const events = parseSse((await ask(fast, wire)).body)
      assert.equal(events.length, parseSse((await ask(slow, wire)).body).length)
      assert.equal((await askWhole(fast, wire)).status, 200)
    }
    assert.equal((await ask(fast, anthropic, '/fail 529')).status, 529)
    fast.script({ error: 418 })
    assert.equal((await ask(fast, anthropic)).status, 418)
    assert.equal(fast.totals.requests, 10)
    assert.equal(fast.served.length, 0)
  })
})
