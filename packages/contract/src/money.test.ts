import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertLinear } from '@parley/testkit'
import fc from 'fast-check'
import { dollars, dollarText, tryDollars } from './money.ts'

describe('money', () => {
  test('reads decimals exactly, whether they are text or numbers', () => {
    assert.equal(tryDollars('0.07'), 70_000_000)
    assert.equal(tryDollars(0.07), 70_000_000)
    assert.equal(tryDollars('0.3'), 300_000_000)
    assert.equal(tryDollars(1e-7), 100)
    assert.equal(tryDollars('1.000000001'), 1_000_000_001)
    assert.equal(tryDollars(1_000_000), 1_000_000_000_000_000)
  })

  test('refuses what is not an amount', () => {
    for (const amount of ['', '-1', '1,5', 'abc', '1e3', '0.0000000001', '99999999999', -1, Number.NaN, Infinity]) {
      assert.equal(tryDollars(amount), undefined, String(amount))
    }
  })

  test('refuses a number finer than a nano-dollar rather than round it', () => {
    assert.equal(tryDollars(1.5e-9), undefined)
  })

  test('writes what reads back as the same amount', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (nanos) => {
        assert.equal(tryDollars(dollarText(nanos)), nanos)
      }),
    )
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 * 1_000_000_000 }), (nanos) => {
        assert.equal(tryDollars(dollars(nanos)), nanos)
      }),
    )
  })

  test('writes no zeros that say nothing', () => {
    assert.equal(dollarText(3_000_000_000), '3')
    assert.equal(dollarText(1_500_000_000), '1.5')
    assert.equal(dollarText(-1), '-0.000000001')
  })
})

test('an amount is read in time linear in its digits', async () => {
  await assertLinear(tryDollars, { before: '0.', repeated: '0', after: '1' })
})
