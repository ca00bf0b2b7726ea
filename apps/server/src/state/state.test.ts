import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { forEachState } from '@parley/testkit'
import { pino } from 'pino'
import { createFallbackState } from './fallback.ts'
import { createMemoryState } from './memory.ts'
import { createRedisState } from './redis.ts'
import type { State } from './state.ts'

/** Short to be waited for, and long enough that a busy machine does what must come before it ends. */
const briefMs = 1_000

/** What every adapter must do. Time passes in memory by its clock; on Redis it is the server's, so tests wait there. */
forEachState('the shared state', (target) => {
  const log = pino({ level: 'silent' })
  let clockMs = Date.now()
  let state: State
  /** Another node's view of the same state, as the server makes it; in memory there is only one node. */
  let other: State

  async function pass(ms: number): Promise<void> {
    if (target.kind === 'redis') await delay(ms)
    clockMs += ms
  }

  before(async () => {
    if (target.kind === 'redis') {
      const { url, prefix } = target
      state = await createRedisState({ url, prefix, log })
      const shared = await createRedisState({ url, prefix, log })
      other = createFallbackState({ primary: shared, secondary: createMemoryState({ log }), log })
    } else {
      state = createMemoryState({ log, now: () => clockMs })
      other = state
    }
  })
  after(async () => {
    await state[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })

  test('is well', async () => {
    assert.deepEqual(await state.check(), { ok: true })
  })

  test('a counter takes up to its limit and says what remains', async () => {
    const take = () => state.counters.take('counter', { limit: 2, windowMs: 3_600_000 })
    const first = await take()
    assert.deepEqual([first.isAllowed, first.remaining], [true, 1])
    assert.equal(first.resetAtMs % 3_600_000, 0)
    assert.ok(first.resetAtMs > Date.now() && first.resetAtMs <= Date.now() + 3_600_000)
    assert.equal((await take()).remaining, 0)
    assert.deepEqual([(await take()).isAllowed, (await take()).remaining], [false, 0])
  })

  test('an amount that does not fit takes nothing, and a smaller one still fits', async () => {
    const take = (amount: number) => state.counters.take('amounts', { limit: 10, windowMs: 3_600_000, amount })
    assert.equal((await take(8)).remaining, 2)
    assert.deepEqual([(await take(3)).isAllowed, (await take(0)).remaining], [false, 2])
    assert.deepEqual([(await take(2)).isAllowed, (await take(0)).remaining], [true, 0])
  })

  test('a counter is exact up to the largest safe integer', async () => {
    const limit = Number.MAX_SAFE_INTEGER
    const take = (amount: number) => state.counters.take('money', { limit, windowMs: 3_600_000, amount })
    assert.equal((await take(limit - 1)).remaining, 1)
    assert.equal((await take(2)).isAllowed, false)
    assert.deepEqual([(await take(1)).isAllowed, (await take(0)).remaining], [true, 0])
  })

  test('counters with the same key and different windows do not mix', async () => {
    await state.counters.take('windows', { limit: 5, windowMs: 3_600_000 })
    assert.equal((await state.counters.take('windows', { limit: 5, windowMs: 86_400_000 })).remaining, 4)
  })

  test('a window starts anew when it is over', async () => {
    const windowMs = 200
    const taken = await state.counters.take('short', { limit: 1, windowMs })
    assert.equal(taken.isAllowed, true)
    await pass(windowMs + 20)
    assert.equal((await state.counters.take('short', { limit: 1, windowMs })).isAllowed, true)
  })

  test('of a thousand takers at once on two nodes exactly as many get through as the limit says', async () => {
    const takes = Array.from({ length: 1000 }, (_, index) =>
      (index % 2 === 0 ? state : other).counters.take('crowd', { limit: 137, windowMs: 3_600_000 }),
    )
    const readings = await Promise.all(takes)
    assert.equal(readings.filter((reading) => reading.isAllowed).length, 137)
  })

  test('slots are taken up to their number and come back when released', async () => {
    const take = (holder: string, on = state) => on.slots.tryAcquire('slots', holder, { max: 2, timeToLiveMs: 60_000 })
    assert.deepEqual([await take('a'), await take('b', other), await take('c')], [true, true, false])
    assert.equal(await other.slots.count('slots'), 2)
    await state.slots.release('slots', 'a')
    await state.slots.release('slots', 'never held it')
    assert.equal(await take('c'), true)
  })

  test('a holder that asks again keeps its one slot', async () => {
    const take = () => state.slots.tryAcquire('again', 'a', { max: 1, timeToLiveMs: 60_000 })
    assert.deepEqual([await take(), await take()], [true, true])
    assert.equal(await state.slots.count('again'), 1)
  })

  test('a slot that is not renewed frees itself, a renewed one stays', async () => {
    const take = (holder: string) => state.slots.tryAcquire('lapse', holder, { max: 2, timeToLiveMs: briefMs })
    assert.deepEqual([await take('quiet'), await take('alive')], [true, true])
    await pass(briefMs / 4)
    assert.equal(await state.slots.renew('lapse', 'alive', 60_000), true)
    await pass(briefMs)
    assert.equal(await state.slots.count('lapse'), 1)
    assert.equal(await state.slots.renew('lapse', 'quiet', 60_000), false)
    assert.deepEqual([await take('next'), await take('one more')], [true, false])
  })

  test('of many who want slots at once only as many as there are get one', async () => {
    const takes = Array.from({ length: 200 }, (_, index) =>
      (index % 2 === 0 ? state : other).slots.tryAcquire('rush', `h${index}`, { max: 7, timeToLiveMs: 60_000 }),
    )
    assert.equal((await Promise.all(takes)).filter(Boolean).length, 7)
  })

  test('a value is there until it ends or is deleted', async () => {
    assert.equal(await state.values.get('value'), undefined)
    await state.values.set('value', '你好', 60_000)
    assert.equal(await other.values.get('value'), '你好')
    await state.values.delete('value')
    assert.equal(await other.values.get('value'), undefined)
    await state.values.set('brief', '', briefMs)
    assert.equal(await state.values.get('brief'), '')
    await pass(briefMs + 20)
    assert.equal(await state.values.get('brief'), undefined)
  })

  test('only the first sets a value that must be absent, until it has ended', async () => {
    const set = (value: string) => state.values.setIfAbsent('once', value, briefMs)
    assert.deepEqual([await set('first'), await set('second')], [true, false])
    assert.equal(await state.values.get('once'), 'first')
    await pass(briefMs + 20)
    assert.equal(await set('third'), true)
  })

  test('a message reaches every listener on every node, in order', async () => {
    const heard: string[][] = [[], [], []]
    const hear = (index: number) => (message: string) => void heard[index]?.push(message)
    const ends = await Promise.all([
      state.topics.subscribe('topic', hear(0)),
      state.topics.subscribe('topic', hear(1)),
      other.topics.subscribe('topic', hear(2)),
      state.topics.subscribe('another topic', () => assert.fail('the wrong topic')),
    ])
    const messages = Array.from({ length: 50 }, (_, index) => `message ${index}`)
    await Promise.all(messages.map((message) => state.topics.publish('topic', message)))
    await until(() => heard.every((list) => list.length === 50))
    assert.deepEqual(heard, [messages, messages, messages])
    await Promise.all(ends.map((end) => end()))
  })

  test('who has stopped listening hears nothing more, and the others still do', async () => {
    const heard: string[] = []
    const endFirst = await state.topics.subscribe('leaving', (message) => void heard.push(`first ${message}`))
    const endSecond = await state.topics.subscribe('leaving', (message) => void heard.push(`second ${message}`))
    await endFirst()
    await state.topics.publish('leaving', 'a')
    await until(() => heard.length > 0)
    await endSecond()
    await state.topics.publish('leaving', 'b')
    const endThird = await state.topics.subscribe('leaving', (message) => void heard.push(`third ${message}`))
    await state.topics.publish('leaving', 'c')
    await until(() => heard.length > 1)
    assert.deepEqual(heard, ['second a', 'third c'])
    await endThird()
  })

  test('a listener that throws does not keep the others from hearing', async () => {
    const heard: string[] = []
    const endBroken = await state.topics.subscribe('broken', () => {
      throw new Error('a broken listener')
    })
    const end = await state.topics.subscribe('broken', (message) => void heard.push(message))
    await state.topics.publish('broken', 'a')
    await until(() => heard.length > 0)
    assert.deepEqual(heard, ['a'])
    await Promise.all([endBroken(), end()])
  })
})

/** Resolves when the condition holds; the test's own time-out is the limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
