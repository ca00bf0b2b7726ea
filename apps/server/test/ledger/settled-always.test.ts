/** Whatever happens to a call that was let in, it is settled, and nothing of it is held any more. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type FakeUpstream, fetchWhole, startFakeUpstream } from '@parley/testkit'
import { createEngine } from '../../src/relay/engine.ts'
import type { Caller } from '../../src/relay/exchange.ts'
import { startServer, type TestServer } from '../harness.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)
const pictureHead = `HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: ${png.length}\r\nconnection: close\r\n\r\n`
const pictureReply = Buffer.concat([Buffer.from(pictureHead), png])

describe('a call that was let in is settled', () => {
  let upstream: FakeUpstream
  let server: TestServer

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer({ env: { ALLOW_PRIVATE_URLS: 'true' } })
    await server.addAccount({ name: 'a', kind: 'anthropic', base_url: upstream.url, api_key: 'sk', models: ['m'] })
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await upstream.close()
  })

  const records = async (where: { readonly keyId?: string }) => {
    await server.app.ledger.flush()
    const { database } = server.app.store
    let select = database.selectFrom('usage_record').selectAll().orderBy('id')
    if (where.keyId !== undefined) select = select.where('key_id', '=', where.keyId)
    return select.execute()
  }

  test('when it is nested too deep to be found again among cached replies', async () => {
    const { id, key } = await server.addKey({
      cache_seconds: 60,
      limits: [{ what: 'concurrency', per: 'total', max: 1 }],
    })
    const headers = { 'x-api-key': key }
    const deep = '['.repeat(20_000) + ']'.repeat(20_000)
    const body = `{"model":"m","max_tokens":10,"temperature":0,"messages":[{"role":"user","content":${deep}}]}`
    const reply = await fetchWhole(`${server.url}/v1/messages`, { headers, body })
    assert.equal(reply.status, 500)
    const [row, ...more] = await records({ keyId: id })
    assert.deepEqual([row?.status, row?.end_reason, row?.http_status, more], ['settled', 'internal_error', 500, []])
    const next = { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'hello' }] }
    assert.equal((await fetchWhole(`${server.url}/v1/messages`, { headers, body: next })).status, 200)
  })

  test('when the chat cannot go on with it', async () => {
    const user = await server.app.store.database.selectFrom('user').select('id').executeTakeFirstOrThrow()
    const caller: Caller = { userId: user.id, keyId: null, models: null, wires: null, accountIds: null, limits: [] }
    const outcome = await createEngine(server.app.doors.relay).generate({
      caller,
      request: {
        model: 'm',
        system: [],
        tools: [],
        messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
        stream: true,
      },
      conversationId: null,
      signal: new AbortController().signal,
      onEvent: () => {},
      onAdmitted: () => {
        throw new Error('it cannot go on')
      },
    })
    assert.equal(outcome.endReason, 'internal_error')
    const rows = (await records({})).filter(({ user_id, wire }) => user_id === user.id && wire === 'chat')
    assert.deepEqual(
      rows.map(({ status, end_reason }) => [status, end_reason]),
      [['settled', 'internal_error']],
    )
  })

  test('and costs nothing when the caller leaves before anything was sent', async () => {
    // A place for pictures that takes its time, and an upstream with which TLS is never agreed.
    const silent = createServer()
    await once(silent.listen(0, '127.0.0.1'), 'listening')
    const port = (silent.address() as AddressInfo).port
    const account = { api_key: 'sk', base_url: upstream.url }
    await server.addAccount({ ...account, name: 'pictures', kind: 'gemini', models: ['gemini-2.5-pro'] })
    const tls = { base_url: `https://127.0.0.1:${port}`, kind: 'anthropic', models: ['claude-sonnet-4-5'] }
    await server.addAccount({ ...account, ...tls, name: 'tls' })
    const picture = { type: 'image', source: { type: 'url', url: `http://127.0.0.1:${port}/a.png` } }
    const { id, key } = await server.addKey()
    for (const [model, content] of [
      ['gemini-2.5-pro', [picture]],
      ['claude-sonnet-4-5', 'hello '.repeat(1000)],
    ] as const) {
      const leaving = new AbortController()
      const connected = once(silent, 'connection')
      const asked = fetchWhole(`${server.url}/v1/messages`, {
        headers: { 'x-api-key': key },
        body: { model, max_tokens: 100, stream: true, messages: [{ role: 'user', content }] },
        signal: leaving.signal,
      })
      const [socket] = (await connected) as [Socket]
      leaving.abort()
      await assert.rejects(asked)
      if (model === 'gemini-2.5-pro') socket.end(pictureReply)
      while ((await records({ keyId: id })).at(-1)?.status !== 'settled') await turn()
      socket.destroy()
    }
    silent.close()
    const rows = await records({ keyId: id })
    assert.deepEqual(
      rows.map(({ end_reason, input_tokens, cost_nanos }) => [end_reason, input_tokens, cost_nanos]),
      [
        ['client_gone', 0, 0],
        ['client_gone', 0, 0],
      ],
    )
  })

  test('and costs its request when the caller leaves between an upstream that had it and one that never got it', async () => {
    const silent = createServer()
    await once(silent.listen(0, '127.0.0.1'), 'listening')
    const { port } = silent.address() as AddressInfo
    const account = { api_key: 'sk', base_url: upstream.url, models: ['claude-haiku-4-5'] }
    await server.addAccount({ ...account, name: 'heard', kind: 'anthropic', priority: 1 })
    const models = { 'claude-haiku-4-5': 'gemini-2.5-flash' }
    await server.addAccount({ ...account, name: 'not heard', kind: 'gemini', models, priority: 2 })
    // The first fetches the picture itself, and breaks off; for the second it has to be fetched, which takes its time.
    upstream.script({ errorEvent: { afterEvents: 1, status: 529 } })
    const picture = { type: 'image', source: { type: 'url', url: `http://127.0.0.1:${port}/a.png` } }
    const { id, key } = await server.addKey()
    const leaving = new AbortController()
    const connected = once(silent, 'connection')
    const content = [picture, { type: 'text', text: 'hello '.repeat(1000) }]
    const asked = fetchWhole(`${server.url}/v1/messages`, {
      headers: { 'x-api-key': key },
      body: { model: 'claude-haiku-4-5', max_tokens: 100, stream: true, messages: [{ role: 'user', content }] },
      signal: leaving.signal,
    })
    const [socket] = (await connected) as [Socket]
    leaving.abort()
    await assert.rejects(asked)
    socket.end(pictureReply)
    while ((await records({ keyId: id })).at(-1)?.status !== 'settled') await turn()
    socket.destroy()
    silent.close()
    const [row] = await records({ keyId: id })
    assert.deepEqual([row?.end_reason, row?.attempts], ['client_gone', 2])
    assert.ok((row?.input_tokens ?? 0) > 500 && (row?.cost_nanos ?? 0) > 0, JSON.stringify(row))
  })
})
