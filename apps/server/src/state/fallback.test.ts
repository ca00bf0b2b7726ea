import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { forEachState } from '@parley/testkit'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { createFallbackState } from './fallback.ts'
import { createMemoryState } from './memory.ts'
import { createRedisState } from './redis.ts'
import type { State } from './state.ts'
import { createCuttableProxy } from './testing/cuttable-proxy.ts'

const hour = 3_600_000

forEachState('while Redis is out of reach', (target) => {
  if (target.kind === 'memory') return

  async function setUp(context: TestContext) {
    const url = new URL(target.kind === 'redis' ? target.url : '')
    const proxy = await createCuttableProxy({ host: url.hostname, port: Number(url.port || 6379) })
    url.hostname = '127.0.0.1'
    url.port = String(proxy.port)
    const lines: string[] = []
    const log = pino({ base: null }, { write: (line) => void lines.push((JSON.parse(line) as { msg: string }).msg) })
    const prefix = `${target.kind === 'redis' ? target.prefix : ''}${context.name}:`
    const primary = await createRedisState({ url: url.href, prefix, log })
    const state = createFallbackState({ primary, secondary: createMemoryState({ log }), log, probeMs: 10 })
    context.after(async () => {
      await state[Symbol.asyncDispose]()
      await proxy[Symbol.asyncDispose]()
    })
    return { state, primary, proxy, lines }
  }

  async function isBack(state: State): Promise<void> {
    while (!(await state.check()).ok) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  test('this node counts for itself, says so once, and goes back to Redis by itself', async (context) => {
    const { state, primary, proxy, lines } = await setUp(context)
    const take = () => state.counters.take('calls', { limit: 2, windowMs: hour })
    assert.deepEqual(
      [(await take()).isAllowed, (await take()).isAllowed, (await take()).isAllowed],
      [true, true, false],
    )
    proxy.cut()
    assert.deepEqual(
      [(await take()).isAllowed, (await take()).isAllowed, (await take()).isAllowed],
      [true, true, false],
    )
    await state.values.set('value', 'of the outage', hour)
    assert.equal(await state.values.get('value'), 'of the outage')
    const health = await state.check()
    assert.match(health.ok ? '' : health.reason, /since \d{4}-.*each node counts for itself/)
    proxy.restore()
    await isBack(state)
    assert.equal((await take()).isAllowed, false, 'Redis has kept its count')
    assert.deepEqual([await state.values.get('value'), await primary.values.get('value')], [undefined, undefined])
    assert.deepEqual(lines, [
      'the shared state is out of reach: this node counts for itself meanwhile',
      'the shared state is back',
    ])
  })

  test('calls do not wait for a Redis that is gone, nor long for one that does not answer', async (context) => {
    const { state, primary, proxy } = await setUp(context)
    proxy.freeze()
    const startedAt = performance.now()
    await state.values.set('value', 'kept here', hour)
    assert.ok(performance.now() - startedAt < 3_000)
    const afterwards = performance.now()
    for (let time = 0; time < 100; time += 1) assert.equal(await state.values.get('value'), 'kept here')
    assert.ok(performance.now() - afterwards < 500)
    proxy.cut()
    const direct = performance.now()
    await assert.rejects(primary.values.get('value'))
    assert.ok(performance.now() - direct < 500)
    assert.match(
      await primary.check().then((health) => (health.ok ? '' : health.reason)),
      /^Redis at 127\.0\.0\.1:\d+: ./,
    )
  })

  test('a Redis that answers but refuses to write is an outage too, until it writes again', async (context) => {
    const url = new URL(target.url)
    const admin = new Redis(target.url)
    // A user of its own, so that tests which share the server are left alone.
    const user = `test-${randomUUID()}`
    await admin.acl('SETUSER', user, 'on', 'nopass', 'allkeys', 'allchannels', '+@all')
    url.username = user
    url.password = 'any'
    const log = pino({ level: 'silent' })
    const primary = await createRedisState({ url: url.href, prefix: `${target.prefix}acl:`, log })
    const state = createFallbackState({ primary, secondary: createMemoryState({ log }), log, probeMs: 10 })
    context.after(async () => {
      await state[Symbol.asyncDispose]()
      await admin.acl('DELUSER', user)
      await admin.quit()
    })
    await state.values.set('value', 'shared', hour)
    await admin.acl('SETUSER', user, '-@write')
    await state.values.set('value', 'own', hour)
    assert.equal(await state.values.get('value'), 'own')
    assert.match(await primary.check().then((health) => (health.ok ? '' : health.reason)), /NOPERM/)
    assert.equal((await state.check()).ok, false)
    await admin.acl('SETUSER', user, '+@all')
    await isBack(state)
    assert.equal(await state.values.get('value'), 'shared')
  })

  test('slots that are held are kept across the change, both ways', async (context) => {
    const { state, primary, proxy } = await setUp(context)
    const take = (holder: string) => state.slots.tryAcquire('slots', holder, { max: 2, timeToLiveMs: hour })
    assert.equal(await take('before'), true)
    proxy.cut()
    assert.equal(await take('during'), true)
    assert.equal(await state.slots.renew('slots', 'before', hour), true)
    assert.deepEqual([await state.slots.count('slots'), await take('too many')], [2, false])
    proxy.restore()
    await isBack(state)
    assert.equal(await state.slots.renew('slots', 'during', hour), true)
    assert.equal(await primary.slots.count('slots'), 2)
    await state.slots.release('slots', 'before')
    await state.slots.release('slots', 'during')
    assert.equal(await primary.slots.count('slots'), 0)
    assert.equal(await state.slots.renew('slots', 'during', hour), false)
  })

  test('messages reach the listeners of this node, and those of all nodes when it is over', async (context) => {
    const { state, primary, proxy } = await setUp(context)
    const heard: string[] = []
    const hear = (name: string) => (message: string) => void heard.push(`${name} ${message}`)
    const endEarly = await state.topics.subscribe('topic', hear('early'))
    proxy.cut()
    await state.topics.publish('topic', 'a')
    const endLate = await state.topics.subscribe('topic', hear('late'))
    await state.topics.publish('topic', 'b')
    assert.deepEqual(heard, ['early a', 'early b', 'late b'])
    proxy.restore()
    await isBack(state)
    await primary.topics.publish('topic', 'c')
    while (heard.length < 5) await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(heard.slice(3).toSorted(), ['early c', 'late c'])
    await endEarly()
    await endLate()
    await state.topics.publish('topic', 'd')
    await state.values.get('a round trip')
    assert.equal(heard.length, 5)
  })
})
