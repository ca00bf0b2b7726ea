import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { forEachState } from '@parley/testkit'
import { pino } from 'pino'
import type { Take } from './budgets.ts'
import { createMemoryState } from './memory.ts'
import { createRedisState } from './redis.ts'
import type { State } from './state.ts'

/** Time passes in memory by its clock; on Redis it is the server's, so tests wait there. */
forEachState('budgets', (target) => {
  const log = pino({ level: 'silent' })
  let clockMs = Date.now()
  let state: State
  /** Another node's view of the same budgets. */
  let other: State

  async function pass(ms: number): Promise<void> {
    if (target.kind === 'redis') await delay(ms)
    clockMs += ms
  }
  before(async () => {
    if (target.kind === 'memory') state = other = createMemoryState({ log, now: () => clockMs })
    else {
      state = await createRedisState({ ...target, log })
      other = await createRedisState({ ...target, log })
    }
  })
  after(async () => {
    await state[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })

  const take = (key: string, fields: Partial<Take> = {}): Take => ({
    key,
    max: 100,
    amount: 10,
    atLeast: fields.amount ?? 10,
    endsAt: clockMs + 3_600_000,
    seed: 0,
    ...fields,
  })
  const reserve = async (holder: string, takes: readonly Take[], timeToLiveMs = 60_000, on = state) =>
    on.budgets.reserve({ holder, takes, timeToLiveMs })
  const read = async (key: string) => (await other.budgets.read([key]))[0]

  if (target.kind === 'memory')
    test('one that is doubted is asked for anew, and what is held of it stays held', async () => {
      await reserve('a', [take('doubted', { seed: 40 }), take('other', { seed: 40 })])
      state.budgets.doubt((key) => key === 'doubted')
      assert.deepEqual([await read('doubted'), await read('other')], [undefined, { used: 40, held: 10 }])
      const asked = [take('other', { seed: undefined }), take('doubted', { seed: undefined })]
      assert.deepEqual(await reserve('b', asked), { kind: 'unknown', indexes: [1] })
      const tooMuch = [take('doubted', { seed: 85 })]
      assert.deepEqual(await reserve('b', tooMuch), { kind: 'refused', index: 0, used: 85, held: 10 })
      await state.budgets.settle('a', [{ key: 'doubted', amount: 5 }])
      assert.deepEqual(await read('doubted'), { used: 90, held: 0 })
    })

  test('one that was never seen is asked for, and nothing is taken of the others', async () => {
    assert.deepEqual(await reserve('a', [take('seen'), take('unseen', { seed: undefined })]), {
      kind: 'unknown',
      indexes: [1],
    })
    assert.equal(await read('seen'), undefined)
    assert.deepEqual(await state.budgets.settle('a', [{ key: 'unseen', amount: 5 }]), [undefined])
    assert.deepEqual(await reserve('a', [take('unseen', { seed: 95, amount: 5 })]), {
      kind: 'reserved',
      granted: [5],
      used: [95],
    })
    assert.deepEqual(await read('unseen'), { used: 95, held: 5 })
  })

  test('a seed counts only for whoever comes first', async () => {
    await reserve('a', [take('seeded', { seed: 40 })])
    await reserve('b', [take('seeded', { seed: 90 })], 60_000, other)
    assert.deepEqual(await read('seeded'), { used: 40, held: 20 })
  })

  test('all takes or none', async () => {
    await reserve('a', [take('full', { max: 10 })])
    const refused = await reserve('b', [take('free'), take('full', { max: 10 })])
    assert.deepEqual(refused, { kind: 'refused', index: 1, used: 0, held: 10 })
    assert.equal((await read('free'))?.held ?? 0, 0)
  })

  test('less than wanted is given when less is left, but never less than the least', async () => {
    const want = (holder: string) => reserve(holder, [take('rest', { max: 25, amount: 20, atLeast: 3 })])
    assert.deepEqual(await want('a'), { kind: 'reserved', granted: [20], used: [0] })
    assert.deepEqual(await want('b'), { kind: 'reserved', granted: [5], used: [0] })
    assert.equal((await want('c')).kind, 'refused')
  })

  test('what was held comes back when it is settled, and what was used is booked', async () => {
    await reserve('a', [take('settled', { amount: 60 })])
    await reserve('a', [take('settled', { amount: 20 })])
    assert.deepEqual(await read('settled'), { used: 0, held: 80 })
    assert.deepEqual(await other.budgets.settle('a', [{ key: 'settled', amount: 33 }]), [33])
    assert.deepEqual(await read('settled'), { used: 33, held: 0 })
    assert.equal((await reserve('b', [take('settled', { amount: 67 })])).kind, 'reserved')
  })

  test('what a dead holder holds comes back by itself, what a living one renews stays', async () => {
    await reserve('dead', [take('lapsing', { amount: 30 })], 150)
    await reserve('alive', [take('lapsing', { amount: 50 })], 150)
    await pass(100)
    await state.budgets.renew('alive', ['lapsing', 'never seen'], 60_000)
    await pass(100)
    assert.deepEqual(await read('lapsing'), { used: 0, held: 50 })
    assert.deepEqual(await state.budgets.settle('dead', [{ key: 'lapsing', amount: 7 }]), [7])
    assert.deepEqual(await read('lapsing'), { used: 7, held: 50 })
  })

  test('what is settled for a dead holder takes the place of what it had booked itself, and is booked once', async () => {
    // In memory there is no other node that could know better.
    if (target.kind === 'memory') return
    for (const holder of ['settled', 'cut off']) await reserve(holder, [take('left', { amount: 20 })])
    assert.deepEqual(await state.budgets.settle('settled', [{ key: 'left', amount: 5 }]), [5])
    assert.deepEqual(await other.budgets.settle('settled', [{ key: 'left', amount: 3 }], 'left'), [3])
    assert.deepEqual(await state.budgets.settle('settled', [{ key: 'left', amount: 5 }], 'left'), [5])
    assert.deepEqual(await other.budgets.settle('cut off', [{ key: 'left', amount: 7 }], 'left'), [12])
    assert.deepEqual(await state.budgets.settle('cut off', [{ key: 'left', amount: 7 }], 'left'), [12])
    assert.deepEqual(await read('left'), { used: 12, held: 0 })
  })

  test('what a holder books after others have settled for it does not count', async () => {
    if (target.kind === 'memory') return
    await reserve('silent', [take('taken over', { amount: 20 })])
    assert.deepEqual(await other.budgets.settle('silent', [{ key: 'taken over', amount: 7 }], 'left'), [7])
    assert.deepEqual(await state.budgets.settle('silent', [{ key: 'taken over', amount: 9 }]), [7])
    assert.deepEqual(await read('taken over'), { used: 7, held: 0 })
  })

  test('long after a holder died a budget is asked for anew, if what it had booked is not known any more', async () => {
    if (target.kind === 'memory') return
    await reserve('lost', [take('late', { seed: 5, amount: 20 })], 1)
    await reserve('other', [take('late', { amount: 30 })])
    await pass(5)
    await read('late')
    assert.deepEqual(await other.budgets.settle('lost', [{ key: 'late', amount: 7 }], 'late'), [undefined])
    assert.equal((await reserve('next', [take('late', { seed: undefined })])).kind, 'unknown')
    await reserve('next', [take('late', { seed: 12 })])
    assert.deepEqual(await read('late'), { used: 12, held: 40 }, 'what others hold is still held')

    await reserve('running', [take('late', { amount: 20 })])
    assert.deepEqual(await other.budgets.settle('running', [{ key: 'late', amount: 7 }], 'late'), [19])
    await state.budgets.settle('other', [{ key: 'late', amount: 3 }])
    assert.deepEqual(await other.budgets.settle('other', [{ key: 'late', amount: 2 }], 'late'), [21])
  })

  test('of a thousand at once on two nodes exactly as many get through as fit', async () => {
    const takes = Array.from({ length: 1000 }, (_, index) =>
      reserve(
        `h${index}`,
        [take('crowd', { max: 1379 }), take('wide', { max: 100_000 })],
        60_000,
        index % 2 ? state : other,
      ),
    )
    const results = await Promise.all(takes)
    assert.equal(results.filter(({ kind }) => kind === 'reserved').length, 137)
    assert.deepEqual(await read('crowd'), { used: 0, held: 1370 })
    assert.deepEqual(await read('wide'), { used: 0, held: 1370 })
  })

  test('amounts of money are exact', async () => {
    const max = Number.MAX_SAFE_INTEGER
    await reserve('a', [take('money', { max, amount: max - 1 })])
    await state.budgets.settle('a', [{ key: 'money', amount: max - 1 }])
    assert.equal((await reserve('b', [take('money', { max, amount: 2 })])).kind, 'refused')
    assert.deepEqual(await reserve('b', [take('money', { max, amount: 1 })]), {
      kind: 'reserved',
      granted: [1],
      used: [max - 1],
    })
  })

  test('what is wanted besides leaves most to others', async () => {
    const want = (holder: string, extra: number) => reserve(holder, [take('besides', { extra, seed: 11 })])
    assert.deepEqual(await want('a', 5), { kind: 'reserved', granted: [15], used: [11] })
    assert.deepEqual(await want('b', 1000), { kind: 'reserved', granted: [18], used: [11] })
    assert.deepEqual(await want('c', 1000), { kind: 'reserved', granted: [15], used: [11] })
    assert.deepEqual(await read('besides'), { used: 11, held: 48 })
  })

  test('no budgets at all are always granted', async () => {
    assert.deepEqual(await reserve('a', []), { kind: 'reserved', granted: [], used: [] })
    assert.deepEqual(await state.budgets.settle('a', []), [])
    assert.deepEqual(await state.budgets.read([]), [])
    await state.budgets.renew('a', [], 1000)
  })
})

test('in memory budgets whose window is over are forgotten, those that are held are not', async () => {
  let clockMs = 1_000_000
  await using state = createMemoryState({ log: pino({ level: 'silent' }), now: () => clockMs })
  const reserve = async (key: string, timeToLiveMs: number) =>
    state.budgets.reserve({
      holder: `of ${key}`,
      timeToLiveMs,
      takes: [{ key, max: 10, amount: 1, atLeast: 1, seed: 0, endsAt: clockMs + 1000 }],
    })
  await reserve('old', 1000)
  await reserve('held', 10_000_000)
  clockMs += 700_000
  for (let round = 0; round < 64; round += 1) await reserve(`new ${round}`, 1000)
  const [old, held] = await state.budgets.read(['old', 'held'])
  assert.deepEqual([old, held], [undefined, { used: 0, held: 1 }])
})
