import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Gathered } from './gathered.ts'

test('what comes in a turn is done in one go, in order, and what comes meanwhile in the next', async () => {
  const batches: number[][] = []
  const gathered = new Gathered<number>((members) => {
    batches.push([...members])
    if (members.includes(2)) gathered.add(4)
  })
  for (const member of [1, 2]) gathered.add(member)
  await Promise.resolve().then(() => gathered.add(3))
  assert.deepEqual(batches, [])
  await turn()
  assert.deepEqual(batches, [[1, 2, 3]])
  await turn()
  assert.deepEqual(batches, [[1, 2, 3], [4]])
})
