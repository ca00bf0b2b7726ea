import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noUsage, type Usage, type UsageCounter } from '@parley/wires'
import fc from 'fast-check'
import { costOf } from './cost.ts'
import type { SettledRow } from './journal.ts'
import type { HeldLimits } from './held-limits.ts'
import { testPrice, settlementOf } from './testing/ledger-surroundings.ts'
import { tokensOf } from './tokens.ts'
import { keptWithinHold } from './within-hold.ts'

const { serviceTier: _, ...noCounts } = noUsage
const kinds = Object.keys(noCounts) as UsageCounter[]
const anyUsage = fc
  .record(Object.fromEntries(kinds.map((kind) => [kind, fc.nat(100_000)])))
  .map((counts): Usage => ({ ...noUsage, ...counts, serviceTier: 'flex' }))
const charge = (costNanos: number) => Math.ceil(costNanos * 1.5)

function rowOf(usage: Usage): SettledRow {
  const costNanos = costOf(usage, testPrice)
  const fields = { id: 'a', at: 0, userId: null, keyId: null, model: 'm', wire: 'w', settledAt: 0, priceSource: 'test' }
  return {
    ...settlementOf(usage),
    ...fields,
    accountId: 'account',
    upstreamModel: 'm',
    attempts: 2,
    price: testPrice,
    costNanos,
    chargedNanos: charge(costNanos),
  }
}

const heldOf = (tokens: number, cost: number) => ({ tokens, cost, isUnasked: false }) as HeldLimits

test('what is charged is held, one more token would not be, and together with the rest it is what was used', () => {
  fc.assert(
    fc.property(anyUsage, fc.nat(600_000), fc.nat(6_000_000_000), (usage, tokens, cost) => {
      const row = rowOf(usage)
      const kept = keptWithinHold(row, heldOf(tokens, cost), charge)
      assert.ok(tokensOf(kept.usage) <= tokens && kept.chargedNanos <= cost)
      assert.equal(kept.costNanos, costOf(kept.usage, testPrice))
      assert.equal(kept.chargedNanos, charge(kept.costNanos))
      const beyond = kept.failedAttempts?.at(-1)
      if (beyond === undefined) return assert.equal(kept, row)
      assert.deepEqual([kept.usage.serviceTier, beyond.usage.serviceTier], ['flex', 'flex'])
      for (const kind of kinds) assert.equal(kept.usage[kind] + beyond.usage[kind], usage[kind])
      assert.equal(kept.costNanos + beyond.costNanos, row.costNanos)
      const [next] = kinds.filter((kind) => beyond.usage[kind] > 0 && kept.usage[kind] > 0)
      if (next === undefined) return
      const more = { ...kept.usage, [next]: kept.usage[next] + 1 }
      assert.ok(tokensOf(more) > tokens || charge(costOf(more, testPrice)) > cost)
    }),
  )
})

test('searches that are beyond a limit of cost are given up before tokens, and are no part of a limit of tokens', () => {
  const row = rowOf({ ...noUsage, input: 100, output: 50, webSearches: 4 })
  const within = (tokens: number, cost: number) => keptWithinHold(row, heldOf(tokens, cost), charge).usage
  assert.deepEqual(within(Infinity, 32_000_000), { ...row.usage, webSearches: 2 })
  assert.deepEqual(within(120, Infinity), { ...row.usage, output: 20 })
})
