import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { tryTierPrice, readTiers } from './price-table.ts'
import { priceAtTier, tierFactors, tryTierFactor } from './service-tiers.ts'
import { createShippedPrices } from './shipped-prices.ts'

/** Dollars for a million tokens of input and of output, as the providers' pages printed them in November 2026. */
const printed = [
  ['gpt-5', 'flex', 0.625, 5],
  ['gpt-5', 'priority', 2.5, 20],
  ['gpt-5.5', 'priority', 12.5, 75],
  ['gpt-5.6-sol', 'priority', 8, 40],
  ['gpt-5.6-terra', 'priority', 4, 24],
  ['gpt-5.4-mini', 'priority', 1.5, 9],
  ['gpt-5.1-codex', 'priority', 2.5, 20],
  ['gpt-5-mini', 'priority', 0.45, 3.6],
  ['gpt-4.1', 'priority', 3.5, 14],
  ['gpt-4.1-mini-2025-04-14', 'priority', 0.7, 2.8],
  ['gpt-4.1-nano', 'priority', 0.2, 0.8],
  ['gpt-4o', 'priority', 4.25, 17],
  ['gpt-4o-2024-05-13', 'priority', 8.75, 26.25],
  ['gpt-4o-mini', 'priority', 0.25, 1],
  ['o3', 'priority', 3.5, 14],
  ['o4-mini', 'priority', 2, 8],
  ['claude-opus-4-6', 'fast', 30, 150],
  ['claude-opus-4-8', 'fast', 10, 50],
  ['claude-opus-5', 'fast', 10, 50],
  ['claude-opus-5-5', 'fast', 8, 40],
  ['claude-opus-4-6', 'batch', 2.5, 12.5],
  ['claude-sonnet-4-5', 'priority', 3, 15],
] as const

describe('tiers of service', () => {
  test('cost to the nano-dollar what their providers print', async () => {
    const shipped = await createShippedPrices()
    for (const [model, tier, input, output] of printed) {
      const everyday = tryTierPrice(readTiers(model, shipped), 0)
      assert.ok(everyday, model)
      const price = priceAtTier(everyday, tier, tryTierFactor(model, tier))
      assert.deepEqual([price.input, price.output], [Math.round(input * 1e9), Math.round(output * 1e9)], model)
      assert.equal(price.source, `${everyday.source} ${tier}`)
      assert.equal(price.webSearches, everyday.webSearches)
    }
  })

  test('that are not known of a model cost as everyday, and that is said', async () => {
    const everyday = tryTierPrice(readTiers('claude-sonnet-4-5', await createShippedPrices()), 0)
    assert.ok(everyday)
    const unknown = [
      ['claude-sonnet-4-5', 'fast'],
      ['openai/gpt-oss-120b', 'flex'],
      ['gemini-2.5-pro', 'priority'],
      ['llama-4', 'flex'],
      ['gpt-5', 'constructor'],
    ] as const
    for (const [model, tier] of unknown) assert.equal(tryTierFactor(model, tier), undefined, model)
    const price = priceAtTier(everyday, 'fast', undefined)
    assert.deepEqual(price, { ...everyday, source: `${everyday.source} unpriced tier` })
  })

  test('are known by a model’s name, whatever stands before it', () => {
    assert.deepEqual(tierFactors('openai/gpt-5'), { flex: 0.5, priority: 2, fast: 2, scale: 1 })
    assert.deepEqual(tierFactors('us.anthropic.claude-opus-4-6-v1'), { priority: 1, fast: 6, batch: 0.5 })
    assert.deepEqual(tierFactors('my-deployment'), {})
  })
})
