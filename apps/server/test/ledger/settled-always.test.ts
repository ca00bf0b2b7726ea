/** Whatever happens to a call that was let in, it is settled, and nothing of it is held any more. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type FakeUpstream, fetchWhole, startFakeUpstream } from '@parley/testkit'
import { createEngine } from '../../src/relay/engine.ts'
import type { Caller } from '../../src/relay/exchange.ts'
import { startServer, type TestServer } from '../harness.ts'

describe('a call that was let in is settled', () => {
  let upstream: FakeUpstream
  let server: TestServer

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer()
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
})
