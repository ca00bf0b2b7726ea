import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Price } from '@parley/contract'
import { noUsage } from '@parley/wires'
import { costOf } from './cost.ts'

/** Three dollars in, fifteen out, per million; ten for a thousand searches of the web. */
const price: Price = {
  input: 3_000_000_000,
  output: 15_000_000_000,
  cacheRead: 300_000_000,
  cacheWrite5m: 3_750_000_000,
  cacheWrite1h: 6_000_000_000,
  thinking: 15_000_000_000,
  audioInput: 0,
  audioOutput: 0,
  webSearches: 10_000_000_000_000,
  fileSearches: 2_500_000_000_000,
  source: 'test',
}

test('each kind of token has its own price', () => {
  assert.equal(costOf({ ...noUsage, input: 1000, output: 200 }, price), 3_000_000 + 3_000_000)
  assert.equal(
    costOf({ ...noUsage, cacheRead: 10_000, cacheWrite5m: 1, cacheWrite1h: 1 }, price),
    3_000_000 + 3750 + 6000,
  )
})

test('searches are paid for by the call, besides the tokens', () => {
  assert.equal(
    costOf({ ...noUsage, input: 1000, webSearches: 3, fileSearches: 2 }, price),
    3_000_000 + 30_000_000 + 5_000_000,
  )
})

test('the sum is rounded once, half up', () => {
  const odd = { ...price, input: 500_000, output: 499_999 }
  assert.equal(costOf({ ...noUsage, input: 1 }, odd), 1)
  assert.equal(costOf({ ...noUsage, output: 1 }, odd), 0)
  assert.equal(costOf({ ...noUsage, input: 1, output: 1 }, odd), 1)
})

test('a large bill is exact where floating point is not', () => {
  assert.equal(costOf({ ...noUsage, input: 900_000_007 }, price), 2_700_000_021_000)
})
