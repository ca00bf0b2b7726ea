import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { openSurroundings, type Surroundings } from '../upstreams/testing/surroundings.ts'
import type { Catalog } from './catalog.ts'
import { type CatalogAdmin, type CatalogOptions, createCatalog } from './create-catalog.ts'
import { type PriceTable, readTiers, tryTierPrice } from './price-table.ts'
import { modelSeeds } from './seeds.ts'
import { createShippedPrices } from './shipped-prices.ts'

/** Prices as the open table writes them. */
const table: PriceTable = {
  source: 'table@1',
  find: (model) => {
    if (model.startsWith('claude-3-opus')) {
      return { input_mtok: 15, output_mtok: 75, cache_read_mtok: 1.5, cache_write_mtok: 18.75, cache_write_1h_mtok: 30 }
    }
    const tiers = [{ start: 200_000, price: 45 }]
    return model === 'gpt-4' ? { input_mtok: { base: 30, tiers }, output_mtok: 60 } : undefined
  },
}

describe('readTiers', () => {
  test('reads dollars for a million tokens as exact nano-dollars', () => {
    const price = {
      input: 15_000_000_000,
      output: 75_000_000_000,
      cacheRead: 1_500_000_000,
      cacheWrite5m: 18_750_000_000,
      cacheWrite1h: 30_000_000_000,
      thinking: 75_000_000_000,
      audioInput: 15_000_000_000,
      audioOutput: 75_000_000_000,
      webSearches: 0,
      fileSearches: 0,
      source: 'table@1',
    }
    assert.deepEqual(readTiers('claude-3-opus', table), [{ start: 0, price }])
  })

  test('bills a kind without a price as the wider kind that holds it', () => {
    const price = tryTierPrice(readTiers('gpt-4', table), 10)
    assert.deepEqual([price?.cacheRead, price?.cacheWrite5m, price?.cacheWrite1h], [30e9, 30e9, 30e9])
    assert.deepEqual([price?.thinking, price?.audioOutput], [60e9, 60e9])
  })

  test('charges a long input by its tier, all of it', () => {
    const tiers = readTiers('gpt-4', table)
    assert.deepEqual([tryTierPrice(tiers, 200_000)?.input, tryTierPrice(tiers, 200_001)?.input], [30e9, 45e9])
    const long = tryTierPrice(tiers, 1_000_000)
    assert.deepEqual([long?.output, long?.source], [60e9, 'table@1 >200000'])
  })

  test('knows nothing of models that are not in the table', () => {
    assert.deepEqual(readTiers('local', table), [])
    assert.equal(tryTierPrice([], 5), undefined)
  })
})

describe('the shipped table', () => {
  test('prices the models that the server begins with, and dated names', async () => {
    const shipped = await createShippedPrices()
    assert.match(shipped.source, /^genai-prices@\d+\.\d+\.\d+$/)
    for (const { id } of modelSeeds) assert.notEqual(readTiers(id, shipped).length, 0, id)
    const opus = tryTierPrice(readTiers('claude-3-opus-20240229', shipped), 0)
    assert.deepEqual(
      [opus?.input, opus?.output, opus?.cacheRead, opus?.cacheWrite5m, opus?.cacheWrite1h],
      [15e9, 75e9, 1.5e9, 18.75e9, 30e9],
    )
    const sonnet = readTiers('claude-sonnet-4-5', shipped)
    assert.deepEqual([tryTierPrice(sonnet, 0)?.output, tryTierPrice(sonnet, 200_001)?.output], [15e9, 22.5e9])
    assert.deepEqual(readTiers('our-own-model', shipped), [])
  })
})

forEachDatabase('createCatalog', (database) => {
  let around: Surroundings
  let catalog: Catalog & CatalogAdmin & AsyncDisposable
  const open = (options: Partial<CatalogOptions> = {}) => createCatalog({ ...around, priceTable: table, ...options })

  before(async () => {
    around = await openSurroundings(database)
    catalog = await open()
  })
  after(async () => {
    await catalog[Symbol.asyncDispose]()
    await around[Symbol.asyncDispose]()
  })

  test('begins with the models of the requirement, by provider and id', () => {
    const shown = catalog.listDetails().map((model) => {
      return [model.id, model.name, model.provider, model.contextLimit, model.pricingPer1k, model.isActive]
    })
    assert.deepEqual(shown, [
      ['claude-3-opus', 'Claude 3 Opus', 'Anthropic', 200_000, '0.015', true],
      ['claude-3-sonnet', 'Claude 3 Sonnet', 'Anthropic', 200_000, '0.003', true],
      ['claude-opus-4-20250514', 'Claude Opus 4', 'Anthropic', 200_000, '0.015', true],
      ['gpt-3.5-turbo', 'GPT-3.5 Turbo', 'OpenAI', 16_385, '0.002', true],
      ['gpt-4', 'GPT-4', 'OpenAI', 8192, '0.03', true],
      ['gpt-4-turbo', 'GPT-4 Turbo', 'OpenAI', 128_000, '0.01', true],
    ])
  })

  test('does not bring back what an admin has taken away', async () => {
    await catalog.remove('claude-3-sonnet')
    const again = await open()
    assert.equal(again.tryModel('claude-3-sonnet'), undefined)
    await again[Symbol.asyncDispose]()
  })

  test('prices by the name that the upstream uses, where an admin has set nothing', () => {
    assert.equal(catalog.tryPrice('our-best', 'claude-3-opus-20240229')?.output, 75e9)
    assert.equal(catalog.tryPrice('gpt-4', 'my-deployment')?.output, 60e9)
    assert.equal(catalog.tryPrice('local', 'local'), undefined)
  })

  test('prices tiers of service as multiples: an admin’s own, else those that are known, else as everyday', async () => {
    const input = 1_000_000_000
    const priceAt = (tier: string) => catalog.tryPrice('gpt-4-turbo', 'gpt-5', 10, tier)
    await catalog.update('gpt-4-turbo', {
      price: { input, output: input, webSearches: 7, serviceTiers: { flex: 0.3 } },
    })
    const found = ['flex', 'priority', 'hyper'].map((tier) => priceAt(tier))
    assert.deepEqual(
      found.map((price) => [price?.input, price?.webSearches, price?.source]),
      [
        [0.3 * input, 7, 'admin@1 flex'],
        [2 * input, 7, 'admin@1 priority'],
        [input, 7, 'admin@1 unpriced tier'],
      ],
    )
    assert.equal(priceAt('flex'), found[0], 'the same price is the same object')
    assert.equal(priceAt('constructor'), found[2])
    assert.equal(catalog.tryPrice('local', 'local', 10, 'flex'), undefined)
  })

  test('lets an admin’s price stand against the table, each change a version', async () => {
    const input = 1_000_000_000
    await catalog.update('gpt-4', { price: { input, output: 2 * input } })
    assert.deepEqual(catalog.tryPrice('gpt-4', 'gpt-4')?.source, 'admin@1')
    await catalog.update('gpt-4', { price: { input, output: 3 * input, cacheRead: 7 } })
    const price = catalog.tryPrice('gpt-4', 'claude-3-opus')
    assert.deepEqual([price?.source, price?.output, price?.cacheRead], ['admin@2', 3 * input, 7])
    assert.equal(catalog.tryPrice('alias', 'gpt-4')?.source, 'admin@2')

    await catalog.update('gpt-4', { name: 'Renamed', price: { input, output: 3 * input, cacheRead: 7 } })
    assert.equal(catalog.tryPrice('gpt-4', 'gpt-4')?.source, 'admin@2', 'the same price is no new version')
    await catalog.update('gpt-4', { price: null })
    assert.equal(catalog.tryPrice('gpt-4', 'gpt-4')?.source, 'table@1')
    await catalog.update('gpt-4', { price: { input, output: input } })
    const { ownPrice } = catalog.getDetails('gpt-4')
    assert.equal(ownPrice?.version, 4)
    assert.deepEqual(
      ownPrice?.history.map(({ version, price: before }) => [version, before?.output ?? null]),
      [
        [1, 2 * input],
        [2, 3 * input],
        [3, null],
      ],
    )
  })

  test('adds a model, hides it when it is switched off, and refuses its id a second time', async () => {
    const model = { id: 'deepseek-chat', name: 'DeepSeek', provider: 'DeepSeek' }
    const created = await catalog.create({ ...model, price: { input: 270_000_000, output: 1_100_000_000 } })
    assert.equal(created.pricingPer1k, '0.00027')
    assert.equal(catalog.tryModel('deepseek-chat')?.isActive, true)
    await assert.rejects(catalog.create(model), /^ParleyError: id: there is already a model with this id$/)
    await catalog.update('deepseek-chat', { isActive: false })
    assert.equal(catalog.tryModel('deepseek-chat')?.isActive, false)
    assert.ok(!catalog.listModels().some(({ id }) => id === 'deepseek-chat'))
  })

  test('has a change on other nodes without being asked again', async () => {
    const other = await open()
    await catalog.update('gpt-4-turbo', { name: 'Turbo' })
    while (other.tryModel('gpt-4-turbo')?.name !== 'Turbo') await new Promise((resolve) => setImmediate(resolve))
    await other[Symbol.asyncDispose]()
  })

  test('says that a model does not exist', async () => {
    assert.throws(() => catalog.getDetails('nope'), { code: 'not_found', message: 'Model not found.' })
    await assert.rejects(catalog.update('nope', {}), { code: 'not_found' })
    await assert.rejects(catalog.remove('nope'), { code: 'not_found' })
  })
})
