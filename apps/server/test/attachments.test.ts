/** A picture from its upload to the upstream, through limits that its bytes must not count against. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { fetchWhole, startFakeUpstream } from '@parley/testkit'
import { startServer } from './harness.ts'

test('a picture reaches the upstream as it was, and costs tokens, not bytes', async () => {
  const upstream = await startFakeUpstream()
  upstream.always({ text: 'a cat', usage: { input: 1_600, output: 5 } })
  await using server = await startServer({ env: { TOKEN_QUOTA: '100000' } })
  try {
    await server.addAccount({
      name: 'a',
      kind: 'anthropic',
      base_url: upstream.url,
      api_key: 'x',
      models: ['claude-3-opus'],
    })
    const picture = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(3_000_000)])
    const headers = { authorization: `Bearer ${server.token}` }
    const uploaded = await fetchWhole(`${server.url}/api/attachments?name=p.png`, {
      method: 'POST',
      headers,
      body: picture,
    })
    assert.equal(uploaded.status, 201)
    const { id: file } = (uploaded.json as { data: { id: string } }).data
    const { id } = await server.api<{ id: string }>('POST', '/api/conversations', { model: 'claude-3-opus' })
    await server.api('POST', `/api/conversations/${id}/messages`, { content: 'what is it?', attachments: [file] })
    const asked = upstream.received[0] ?? assert.fail('it was not asked')
    const { messages } = asked.json as { messages: { content: { type: string; source?: { data: string } }[] }[] }
    assert.deepEqual(
      messages[0]?.content.map(({ type }) => type),
      ['image', 'text'],
    )
    assert.equal(messages[0]?.content[0]?.source?.data, picture.toString('base64'))
    const [record] = await server.settledRecords()
    assert.equal(record?.end_reason, 'done')
  } finally {
    await upstream.close()
  }
})
