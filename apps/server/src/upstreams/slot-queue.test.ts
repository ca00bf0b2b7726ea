import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createMemoryState } from '../state/memory.ts'
import type { State } from '../state/state.ts'
import type { WaitOptions } from './slot-queue.ts'
import { CallSlots } from './slots.ts'
import { quiet } from './testing/surroundings.ts'

const account = { id: 'a', max: 1 }
const patient: WaitOptions = { waitMs: 5_000, isWanted: () => true }

for (const kind of ['memory', 'redis'] as const) {
  describe(`waiting for a slot, state of kind ${kind}`, () => {
    // What the slots see of shared state is its kind: that it is not this process's own.
    const state: State = { ...createMemoryState({ log: quiet }), kind }

    async function filled(): Promise<{ slots: CallSlots; release: () => void }> {
      const slots = new CallSlots(state, quiet)
      const release = await slots.acquire('a', 1)
      assert.ok(release)
      return { slots, release }
    }

    test('is first come, first served, and nobody new goes before', async () => {
      const { slots, release } = await filled()
      const order: number[] = []
      const waiting = [1, 2, 3].map(async (number) => {
        const granted = await slots.wait([account], patient)
        order.push(number)
        assert.equal(slots.active('a'), 1)
        granted?.release()
      })
      release()
      assert.equal(await slots.acquire('a', 1), undefined)
      await Promise.all(waiting)
      assert.deepEqual(order, [1, 2, 3])
      const again = await slots.acquire('a', 1)
      assert.ok(again, 'when the line is gone, a slot is had at once')
      again()
      await slots[Symbol.asyncDispose]()
    })

    test('ends in time, and when the caller leaves, leaving the line', async () => {
      const { slots, release } = await filled()
      assert.equal(await slots.wait([account], { ...patient, waitMs: 5 }), undefined)
      const controller = new AbortController()
      const waiting = slots.wait([account], { ...patient, signal: controller.signal })
      controller.abort()
      assert.equal(await waiting, undefined)
      assert.equal(await slots.wait([account], { ...patient, signal: controller.signal }), undefined)
      release()
      await new Promise(setImmediate)
      const free = await slots.acquire('a', 1)
      assert.ok(free)
      free()
      await slots[Symbol.asyncDispose]()
    })

    test('takes the first slot on any of several accounts', async () => {
      const { slots, release } = await filled()
      const other = await slots.acquire('b', 1)
      const waiting = slots.wait([account, { id: 'b', max: 1 }], patient)
      other?.()
      const granted = await waiting
      assert.equal(granted?.accountId, 'b')
      granted?.release()
      release()
      await slots[Symbol.asyncDispose]()
    })

    test('passes over accounts that went out meanwhile', async () => {
      const { slots, release } = await filled()
      let isOut = true
      const waiting = slots.wait([account], { ...patient, isWanted: () => !isOut })
      const behind = slots.wait([account], patient)
      release()
      const second = await behind
      assert.ok(second, 'one that can use the slot is not held up')
      isOut = false
      second.release()
      const first = await waiting
      assert.ok(first)
      first.release()
      await slots[Symbol.asyncDispose]()
    })

    test('has an end to the line', async () => {
      const { slots, release } = await filled()
      const waiting = Array.from({ length: 20 }, () => slots.wait([account], patient))
      assert.equal(await slots.wait([account], patient), undefined)
      release()
      for (const place of waiting) (await place)?.release()
      await slots[Symbol.asyncDispose]()
    })

    test('never lets more than the cap run, however many come and go', async () => {
      const slots = new CallSlots(state, quiet)
      const crowd = { id: 'c', max: 3 }
      let running = 0
      let most = 0
      let served = 0
      await Promise.all(
        Array.from({ length: 60 }, async (_, index) => {
          const taken = await slots.acquire('c', 3)
          const release = taken ?? (await slots.wait([crowd], patient))?.release
          if (release === undefined) return
          most = Math.max(most, ++running)
          for (let turn = 0; turn < index % 5; turn++) await new Promise(setImmediate)
          running -= 1
          served += 1
          release()
        }),
      )
      assert.equal(most, 3)
      assert.ok(served >= 23, `${served} were served`)
      await slots[Symbol.asyncDispose]()
    })
  })
}
