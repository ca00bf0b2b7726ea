import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import { BudgetsUnreachable, type Take } from './budgets.ts'
import { createFallbackState } from './fallback.ts'
import type { WithoutSharedState } from './fallback-budgets.ts'
import { createMemoryState } from './memory.ts'
import { createRedisState } from './redis.ts'
import type { State } from './state.ts'
import { createCuttableProxy, type CuttableProxy } from './testing/cuttable-proxy.ts'

const redisUrl = process.env['TEST_REDIS_URL']

describe('budgets while Redis is out of reach', { skip: redisUrl === undefined && 'no Redis' }, () => {
  const log = pino({ level: 'silent' })
  const prefix = `parley-test-${uuidv7()}:`
  let proxy: CuttableProxy
  let direct: State

  before(async () => {
    const { hostname: host, port } = new URL(redisUrl ?? '')
    proxy = await createCuttableProxy({ host, port: Number(port) })
    direct = await createRedisState({ url: redisUrl ?? '', prefix, log })
  })
  after(async () => {
    await direct[Symbol.asyncDispose]()
    await proxy[Symbol.asyncDispose]()
  })

  async function createNode(limitsWithout: WithoutSharedState): Promise<State> {
    const primary = await createRedisState({ url: `redis://127.0.0.1:${proxy.port}`, prefix, log })
    return createFallbackState({ primary, secondary: createMemoryState({ log }), log, limitsWithout, probeMs: 10 })
  }
  const take = (key: string, amount: number, seed: number): Take => ({
    key,
    max: 100,
    amount,
    atLeast: amount,
    endsAt: Date.now() + 3_600_000,
    seed,
  })
  const reserve = (state: State, holder: string, taken: Take) =>
    state.budgets.reserve({ holder, timeToLiveMs: 60_000, takes: [taken], nodes: 2 })
  const isBack = async (state: State) => {
    while (!(await state.check()).ok) await delay(5)
  }

  test('this node grants its share of what the database says is left, and books it on Redis afterwards', async () => {
    await using node = await createNode('share')
    assert.equal((await reserve(node, 'before', take('shared', 20, 0))).kind, 'reserved')
    await node.budgets.settle('before', [{ key: 'shared', amount: 20 }])
    proxy.cut()
    assert.equal(
      (await reserve(node, 'first', take('shared', 40, 20))).kind,
      'reserved',
      'half of the 80 that are left',
    )
    assert.equal((await reserve(node, 'second', take('shared', 1, 20))).kind, 'refused')
    await node.budgets.settle('first', [{ key: 'shared', amount: 35 }])
    assert.deepEqual(await direct.budgets.read(['shared']), [{ used: 20, held: 0 }])
    proxy.restore()
    await isBack(node)
    assert.deepEqual(await direct.budgets.read(['shared']), [{ used: 55, held: 0 }])
    assert.equal((await reserve(node, 'third', take('shared', 46, 0))).kind, 'refused')
    assert.equal((await reserve(node, 'third', take('shared', 45, 0))).kind, 'reserved')
  })

  test('what ends while it is being booked is booked, too', async () => {
    await using node = await createNode('share')
    for (const key of ['paid first', 'late']) await reserve(direct, 'before', take(key, 1, 0))
    await direct.budgets.settle('before', [
      { key: 'paid first', amount: 0 },
      { key: 'late', amount: 0 },
    ])
    proxy.cut()
    const many = Array.from({ length: 50_000 }, (_, index) => ({ key: `owed ${index}`, amount: 1 }))
    await node.budgets.settle('first', [{ key: 'paid first', amount: 1 }, ...many])
    proxy.restore()
    while ((await direct.budgets.read(['paid first']))[0]?.used !== 1) await delay(1)
    assert.equal((await node.check()).ok, false, 'it is not done yet')
    await node.budgets.settle('last', [{ key: 'late', amount: 7 }])
    await isBack(node)
    assert.deepEqual(await direct.budgets.read(['late']), [{ used: 7, held: 0 }])
  })

  test('or it refuses, if the settings say so, but not who has no limits', async () => {
    await using node = await createNode('refuse')
    proxy.cut()
    await assert.rejects(async () => reserve(node, 'a', take('refused', 1, 0)), BudgetsUnreachable)
    const none = { holder: 'a', timeToLiveMs: 1000, takes: [] }
    assert.equal((await node.budgets.reserve(none)).kind, 'reserved')
    proxy.restore()
    await isBack(node)
    assert.equal((await reserve(node, 'a', take('refused', 1, 0))).kind, 'reserved')
  })
})
