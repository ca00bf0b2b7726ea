import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLiveSnapshot } from './live-snapshot.ts'
import { createMemoryState } from './memory.ts'

const log = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** A database of one value, whose answers can be held back and made to fail. */
function source() {
  const state = {
    value: 1,
    loads: 0,
    isDown: false,
    gate: Promise.resolve(),
    async load() {
      state.loads += 1
      const { value } = state
      await state.gate
      if (state.isDown) throw new Error('down')
      return value
    },
  }
  return state
}

async function settled(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}

describe('createLiveSnapshot', () => {
  const { topics } = createMemoryState({ log })
  const open = (from: ReturnType<typeof source>, topic: string, errors: unknown[] = []) =>
    createLiveSnapshot({ topics, topic, load: () => from.load(), onError: (error) => errors.push(error) })

  test('has the change when the change has been told, on other nodes soon after', async () => {
    const from = source()
    await using mine = await open(from, 'a')
    await using theirs = await open(from, 'a')
    from.value = 2
    await mine.changed()
    assert.equal(mine.current, 2)
    await settled(() => theirs.current === 2)
  })

  test('never answers a change with a load that began before it, and shares one among all who wait', async () => {
    const from = source()
    await using snapshot = await open(from, 'b')
    const { promise, resolve } = Promise.withResolvers<void>()
    from.gate = promise
    const early = snapshot.changed()
    await settled(() => from.loads === 2)
    from.value = 3
    const late = [snapshot.changed(), snapshot.changed(), snapshot.changed()]
    resolve()
    await Promise.all([early, ...late])
    assert.equal(snapshot.current, 3)
    assert.equal(from.loads, 3)
  })

  test('keeps the last copy while the database is down, and says so to whoever waits', async () => {
    const from = source()
    const errors: unknown[] = []
    await using snapshot = await open(from, 'c', errors)
    from.isDown = true
    await assert.rejects(snapshot.changed(), /cannot load c/)
    await topics.publish('c', 'another node')
    await settled(() => errors.length === 1)
    assert.equal(snapshot.current, 1)
    from.isDown = false
    from.value = 2
    await snapshot.changed()
    assert.equal(snapshot.current, 2)
  })

  test('looks again by itself in case a message was lost', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const from = source()
    await using snapshot = await open(from, 'd')
    from.value = 2
    t.mock.timers.tick(30_000)
    await settled(() => snapshot.current === 2)
  })
})
