/** Calls looked for by how they ended. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { type FakeUpstream, fetchWhole, forEachDatabase, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

interface Listed {
  readonly request_id: string
  readonly end_reason: string
  readonly http_status: number
}

forEachDatabase('calls by their outcome', (database) => {
  let upstream: FakeUpstream
  let server: TestServer
  let key: { readonly id: string; readonly key: string }
  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer({ database })
    const { id } = await server.addAccount({
      name: 'a',
      kind: 'anthropic',
      base_url: upstream.url,
      api_key: 'x',
      models: ['m'],
    })
    key = await server.addKey()
    upstream.script({})
    await ask()
    // The order in time is another than that of the reasons.
    for (const reply of [{ cut: { afterEvents: 5 } }, { error: 400 }, { cut: { afterEvents: 5 } }, { error: 400 }]) {
      upstream.script(reply)
      await ask()
    }
    await server.api('POST', `/admin/accounts/${id}/pause`, { seconds: 600 })
    await ask()
    await server.settledRecords()
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await upstream.close()
  })

  const ask = () =>
    fetchWhole(`${server.url}/v1/messages`, {
      body: { model: 'm', max_tokens: 10, stream: true, messages: [{ role: 'user', content: 'hi' }] },
      headers: { 'x-api-key': key.key },
    })
  const list = (query: string) => server.api<Listed[]>('GET', `/admin/usage/records?${query}`)
  const reasons = async (query: string) => (await list(query)).map((record) => record.end_reason)
  const failures = ['upstream_error', 'upstream_cut', 'upstream_error', 'upstream_cut']

  it('finds those of an outcome, newest first', async () => {
    assert.deepEqual(await reasons('outcome=done'), ['done'])
    assert.deepEqual(await reasons('outcome=failed'), failures)
    assert.deepEqual(await reasons('outcome=refused'), ['refused'])
    assert.deepEqual(await reasons('outcome=interrupted'), [])
    assert.deepEqual(await reasons(''), ['refused', ...failures, 'done'])
  })

  it('of a key, and page by page', async () => {
    const other = await server.addKey()
    assert.deepEqual(await reasons(`outcome=failed&key_id=${other.id}`), [])
    assert.deepEqual(await reasons(`outcome=failed&key_id=${key.id}`), failures)
    const paged: string[] = []
    for (let cursor = ''; ; ) {
      const [record] = await list(`outcome=failed&limit=1${cursor}`)
      if (record === undefined) break
      paged.push(record.end_reason)
      cursor = `&cursor=${record.request_id}`
    }
    assert.deepEqual(paged, failures)
  })

  it('are exported, and no other outcome is known', async () => {
    const get = (path: string) =>
      fetchWhole(server.url + path, { method: 'GET', headers: { authorization: `Bearer ${server.token}` } })
    const exported = await get('/admin/usage/records/export?format=json&outcome=failed')
    assert.deepEqual(
      (exported.json as Listed[]).map((record) => record.end_reason),
      failures,
    )
    assert.equal((await get('/admin/usage/records?outcome=odd')).status, 400)
  })
})
