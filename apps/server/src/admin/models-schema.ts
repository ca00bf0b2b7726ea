import { dollars, fieldFaults, invalidField, type Price, tryDollars } from '@parley/contract'
import { tierName } from '@parley/wires'
import { z } from 'zod'
import { modelFeatures } from '../catalog/model-features.ts'
import { modelInputs } from '../catalog/model-inputs.ts'
import type { CatalogAdmin, ModelDetails, ModelFields } from '../catalog/create-catalog.ts'
import { completePrice, type PartialPrice } from '../catalog/price-table.ts'
import { tierFactors } from '../catalog/service-tiers.ts'
import { inBoth } from '../http/schema-text.ts'
import { amountSchema } from '../http/values.ts'

/** US dollars for one million tokens of each kind; for one thousand searches. */
export const pricesSchema = z
  .object({
    input: amountSchema,
    output: amountSchema,
    cache_read: amountSchema.optional(),
    cache_write_5m: amountSchema.optional(),
    cache_write_1h: amountSchema.optional(),
    thinking: amountSchema.optional(),
    audio_input: amountSchema.optional(),
    audio_output: amountSchema.optional(),
    web_search: amountSchema.optional().describe('US dollars for one thousand; left out: nothing.'),
    file_search: amountSchema.optional().describe('US dollars for one thousand; left out: nothing.'),
    service_tiers: z
      .record(z.string().regex(tierName), z.number().min(0).max(100))
      .optional()
      .describe(
        'Multiples of the prices for tokens, as {"flex": 0.5}; a tier that is left out costs what is known of it.',
      ),
  })
  .describe('US dollars for one million tokens. What is left out costs as the wider kind that holds it.')

const fields = {
  name: z.string().trim().min(1).max(200),
  provider: z.string().trim().min(1).max(100),
  context_limit: z.int().min(1).max(1_000_000_000).nullable(),
  inputs: z
    .array(z.enum(modelInputs))
    .max(modelInputs.length)
    .nullable()
    .describe('What it reads besides text; null: as its name says.'),
  features: z
    .array(z.enum(modelFeatures))
    .max(modelFeatures.length)
    .nullable()
    .describe('What it does beyond answering; null: as its name says.'),
  pricing_per_1k_tokens: z
    .string()
    .regex(/^\d+(\.\d+)?$/, inBoth(fieldFaults.notDecimal))
    .nullable()
    .describe('US dollars, for people; bills use prices.'),
  prices: pricesSchema.nullable().describe('Stand against the shipped table; null: the table applies.'),
  is_active: z.boolean(),
  sort_order: z.int().min(-1_000_000).max(1_000_000),
}

export const updateModelSchema = z.object(fields).partial()
export const createModelSchema = updateModelSchema.extend({
  id: z.string().trim().min(1).max(200).regex(/^\S+$/, inBoth(fieldFaults.holdsSpaces)),
  name: fields.name,
  provider: fields.provider,
})
export const modelParams = z.object({ id: z.string().max(200) })

const shownPrices = z
  .object({
    input: z.number(),
    output: z.number(),
    cache_read: z.number(),
    cache_write_5m: z.number(),
    cache_write_1h: z.number(),
    thinking: z.number(),
    audio_input: z.number(),
    audio_output: z.number(),
    web_search: z.number().describe('US dollars for one thousand.'),
    file_search: z.number().describe('US dollars for one thousand.'),
    service_tiers: z.record(z.string(), z.number()).describe('Those that were set.'),
    source: z.string().describe('admin@<version>, or the shipped table and its version.'),
  })
  .meta({ id: 'ModelPrices' })

export const modelSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    provider: z.string(),
    context_limit: z.int().nullable(),
    inputs: z.array(z.enum(modelInputs)).describe('What it reads besides text.'),
    features: z.array(z.enum(modelFeatures)).describe('What it is known to do beyond answering.'),
    has_own_abilities: z.boolean().describe('They were set; else they are as its name says.'),
    pricing_per_1k_tokens: z.string().nullable(),
    prices: shownPrices.nullable().describe('What applies now, US dollars for one million tokens; null: not priced.'),
    has_own_prices: z.boolean(),
    is_active: z.boolean(),
    sort_order: z.int(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'CatalogModel' })

export const pricedModelSchema = z
  .object({
    model: z.string(),
    tiers: z
      .array(z.object({ above_input_tokens: z.int(), prices: shownPrices }))
      .describe('A call with more input than this pays these prices for all its tokens. Empty: not priced.'),
    service_tiers: z
      .record(z.string(), z.number())
      .describe('What tiers of service cost, as multiples of the prices for tokens; others cost as the everyday one.'),
    history: z
      .array(z.object({ version: z.int(), set_at: z.string(), prices: shownPrices.nullable() }))
      .describe("The administrator's own prices, the newest last; null where they were taken away."),
  })
  .meta({ id: 'PricedModel' })

export function presentPricedModel(catalog: CatalogAdmin, model: string): z.output<typeof pricedModelSchema> {
  const own = catalog.listDetails().find(({ id }) => id === model)?.ownPrice
  const versions = own ? [...own.history, own] : []
  return {
    model,
    tiers: catalog
      .listTiers(model)
      .map(({ start, price }) => ({ above_input_tokens: start, prices: presentPrice(price, own?.price) })),
    service_tiers: { ...tierFactors(model), ...own?.price?.serviceTiers },
    history: versions.map(({ version, setAt, price }) => ({
      version,
      set_at: new Date(setAt).toISOString(),
      prices: price && presentPrice(completePrice(price, `admin@${version}`), price),
    })),
  }
}

export function readModelFields(body: z.output<typeof updateModelSchema>): ModelFields {
  return {
    name: body.name,
    provider: body.provider,
    contextLimit: body.context_limit,
    inputs: body.inputs,
    features: body.features,
    pricingPer1k: body.pricing_per_1k_tokens,
    price: body.prices && readPrices(body.prices, 'prices.'),
    isActive: body.is_active,
    sortOrder: body.sort_order,
  }
}

/** `prefix`: what stands before the names of its fields in the body that it came in. */
export function readPrices(prices: z.output<typeof pricesSchema>, prefix: '' | 'prices.'): PartialPrice {
  return {
    input: readAmount(`${prefix}input`, prices.input),
    output: readAmount(`${prefix}output`, prices.output),
    cacheRead: tryAmount(`${prefix}cache_read`, prices.cache_read),
    cacheWrite5m: tryAmount(`${prefix}cache_write_5m`, prices.cache_write_5m),
    cacheWrite1h: tryAmount(`${prefix}cache_write_1h`, prices.cache_write_1h),
    thinking: tryAmount(`${prefix}thinking`, prices.thinking),
    audioInput: tryAmount(`${prefix}audio_input`, prices.audio_input),
    audioOutput: tryAmount(`${prefix}audio_output`, prices.audio_output),
    webSearches: tryPerMillion(`${prefix}web_search`, prices.web_search),
    fileSearches: tryPerMillion(`${prefix}file_search`, prices.file_search),
    serviceTiers: prices.service_tiers,
  }
}

function readAmount(field: string, value: string | number): number {
  const nanos = tryDollars(value)
  if (nanos === undefined) throw invalidField(field, fieldFaults.notDollars)
  return nanos
}

function tryAmount(field: string, value: string | number | undefined): number | undefined {
  return value === undefined ? undefined : readAmount(field, value)
}

function tryPerMillion(field: string, perThousand: string | number | undefined): number | undefined {
  if (perThousand === undefined) return undefined
  const nanos = readAmount(field, perThousand) * 1_000
  if (!Number.isSafeInteger(nanos)) throw invalidField(field, fieldFaults.notDollars)
  return nanos
}

export function presentModel(model: ModelDetails): z.output<typeof modelSchema> {
  return {
    id: model.id,
    name: model.name,
    provider: model.provider,
    context_limit: model.contextLimit,
    inputs: [...model.inputs],
    features: [...model.features],
    has_own_abilities: model.ownInputs !== null || model.ownFeatures !== null,
    pricing_per_1k_tokens: model.pricingPer1k,
    prices: model.price && presentPrice(model.price, model.ownPrice?.price),
    has_own_prices: Boolean(model.ownPrice?.price),
    is_active: model.isActive,
    sort_order: model.sortOrder,
    created_at: new Date(model.createdAt).toISOString(),
    updated_at: new Date(model.updatedAt).toISOString(),
  }
}

function presentPrice(price: Price, own?: PartialPrice | null): z.output<typeof shownPrices> {
  return {
    input: dollars(price.input),
    output: dollars(price.output),
    cache_read: dollars(price.cacheRead),
    cache_write_5m: dollars(price.cacheWrite5m),
    cache_write_1h: dollars(price.cacheWrite1h),
    thinking: dollars(price.thinking),
    audio_input: dollars(price.audioInput),
    audio_output: dollars(price.audioOutput),
    web_search: dollars(price.webSearches / 1_000),
    file_search: dollars(price.fileSearches / 1_000),
    service_tiers: { ...own?.serviceTiers },
    source: price.source,
  }
}
