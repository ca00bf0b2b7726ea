import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ExpiringMap } from './expiring-map.ts'

test('what has ended is swept away by writes, so memory follows what is alive', () => {
  let nowMs = 0
  const map = new ExpiringMap<number>({ now: () => nowMs, maxSize: 1_000_000 })
  for (let index = 0; index < 100_000; index += 1) {
    nowMs = index
    map.set(`key ${index}`, index, nowMs + 100)
  }
  assert.ok(map.size < 400, `100 are alive, ${map.size} are held`)
  assert.equal(map.get('key 99999'), 99_999)
  assert.equal(map.get('key 99000'), undefined)
})

test('past its size the oldest goes, though it is alive', () => {
  const map = new ExpiringMap<number>({ now: () => 0, maxSize: 2 })
  for (const key of ['a', 'b', 'c']) map.set(key, 1, 1_000)
  assert.deepEqual([map.size, map.get('a'), map.get('b'), map.get('c')], [2, undefined, 1, 1])
})

test('an entry that is written again lives as long as the new one', () => {
  let nowMs = 0
  const map = new ExpiringMap<string>({ now: () => nowMs, maxSize: 10 })
  map.set('key', 'old', 10)
  map.set('key', 'new', 20)
  nowMs = 15
  assert.equal(map.get('key'), 'new')
  nowMs = 20
  assert.equal(map.get('key'), undefined)
  assert.equal(map.size, 0)
})
