/** Redis is not there: what the setting says happens to limited calls, and to no others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchWhole, freePort, tempFolder } from '@parley/testkit'
import { v7 as uuidv7 } from 'uuid'
import { entryOf, openLedger, settlementOf } from '../../src/ledger/testing/ledger-surroundings.ts'
import { createFallbackState } from '../../src/state/fallback.ts'
import { createMemoryState } from '../../src/state/memory.ts'
import { createRedisState } from '../../src/state/redis.ts'
import { createCuttableProxy } from '../../src/state/testing/cuttable-proxy.ts'
import { openStore, silentLog } from '../../src/store/testing/open-store.ts'
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

test('refuse: a call whose account has limits is told the same, and is in the ledger as refused', async () => {
  await using server = await startWithoutRedis('refuse')
  const rule = { what: 'requests', per: 'day', max: 100 } as const
  await server.app.ledger.rules.add({ subjectKind: 'account', subjectId: 'simulator', ...rule })
  const reply = await ask(server, (await server.addKey()).key)
  assert.equal(reply.status, 503, reply.text)
  assert.equal((reply.json as { error: { code: string } }).error.code, 'limits_unavailable')
  const [row] = await server.settledRecords()
  assert.deepEqual([row?.end_reason, row?.error_code], ['refused', 'limits_unavailable'])
})

const redisUrl = process.env['TEST_REDIS_URL']
test('refuse: so is one that is to be answered whole after all', { skip: redisUrl ? false : 'no Redis' }, async (t) => {
  await using cleanUp = new AsyncDisposableStack()
  const { hostname: host, port } = new URL(redisUrl ?? '')
  const proxy = cleanUp.use(await createCuttableProxy({ host, port: Number(port) }))
  const settings = { url: `redis://127.0.0.1:${proxy.port}`, prefix: `parley-test-${uuidv7()}:`, log: silentLog }
  const primary = await createRedisState(settings)
  const secondary = createMemoryState({ log: silentLog })
  const state = cleanUp.use(createFallbackState({ primary, secondary, log: silentLog, limitsWithout: 'refuse' }))
  const store = cleanUp.use(await openStore({ kind: 'sqlite', url: `sqlite:${tempFolder(t)}/parley.db` }))
  const ledger = cleanUp.use(await openLedger({ store, state }))
  const ticket = await ledger.open(entryOf({ limits: [{ what: 'tokens', per: 'day', max: 1_000_000 }] }))
  proxy.cut()
  await assert.rejects(async () => ticket.ceiling(false), { code: 'limits_unavailable' })
  ledger.settle(ticket, settlementOf())
})
