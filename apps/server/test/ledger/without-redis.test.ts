/** Redis is not there: what the setting says happens to limited calls, and to no others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchWhole, freePort } from '@parley/testkit'
import { startServer, type TestServer } from '../harness.ts'

async function startWithoutRedis(mode: 'share' | 'refuse'): Promise<TestServer> {
  const env = { REDIS_URL: `redis://127.0.0.1:${await freePort()}`, LIMITS_WITHOUT_REDIS: mode }
  return startServer({ env })
}

const ask = ({ url }: TestServer, key: string) =>
  fetchWhole(`${url}/v1/chat/completions`, {
    body: { model: 'gpt-4', messages: [{ role: 'user', content: 'hello' }] },
    headers: { authorization: `Bearer ${key}` },
  })
const limits = [{ what: 'requests', per: 'total', max: 2 }]

test('share: this server counts for itself', async () => {
  await using server = await startWithoutRedis('share')
  const { key } = await server.addKey({ limits })
  const statuses = []
  for (let call = 0; call < 4; call += 1) statuses.push((await ask(server, key)).status)
  assert.deepEqual(statuses, [200, 200, 429, 429])
})

test('refuse: a limited call is told why, one without limits is served', async () => {
  await using server = await startWithoutRedis('refuse')
  const limited = await ask(server, (await server.addKey({ limits })).key)
  assert.equal(limited.status, 503)
  assert.equal((limited.json as { error: { code: string } }).error.code, 'limits_unavailable')
  assert.ok(Number(limited.headers['retry-after']) > 0)
  assert.equal((await ask(server, (await server.addKey()).key)).status, 200)
})
