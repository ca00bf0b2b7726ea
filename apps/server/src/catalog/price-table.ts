import type { Price } from '@parley/contract'

/**
 * Prices as the open table genai-prices writes them: US dollars for one million tokens, by kind. A kind that is missing
 * is billed as the wider kind that holds it: cached input as input, one-hour cache writes as cache writes, thinking as output.
 * Searches by the provider's own tools are priced by the thousand; where they are missing they cost nothing.
 * https://github.com/pydantic/genai-prices, prices/data.schema.json
 */
export interface TablePrices {
  readonly input_mtok?: TablePrice | undefined
  readonly output_mtok?: TablePrice | undefined
  readonly cache_read_mtok?: TablePrice | undefined
  readonly cache_write_mtok?: TablePrice | undefined
  readonly cache_write_1h_mtok?: TablePrice | undefined
  readonly output_reasoning_mtok?: TablePrice | undefined
  readonly input_audio_mtok?: TablePrice | undefined
  readonly output_audio_mtok?: TablePrice | undefined
  readonly web_searches_kcount?: TablePrice | undefined
  readonly storage_searches_kcount?: TablePrice | undefined
}

/** With tiers, a call whose whole input is longer than a tier's start pays that tier's price for all its tokens. */
type TablePrice =
  | number
  | { readonly base: number; readonly tiers: readonly { readonly start: number; readonly price: number }[] }

/** A shipped table of prices. */
export interface PriceTable {
  /** Name and version, `genai-prices@0.1.8`: stored with every call that it prices. */
  readonly source: string
  /** The prices in force now for a model's own name; undefined when the table does not know it. */
  find(model: string): TablePrices | undefined
}

/** What applies to calls with more than `start` input tokens. */
export interface PriceTier {
  readonly start: number
  readonly price: Price
}

/** A model's price by the table, tier by tier, the first for all calls; none when the table does not price it. */
export function readTiers(model: string, table: PriceTable): readonly PriceTier[] {
  const prices = table.find(model)
  if (prices?.input_mtok === undefined && prices?.output_mtok === undefined) return []
  const starts = new Set([0, ...Object.values(prices).flatMap((price) => startsOf(price))])
  return [...starts]
    .sort((a, b) => a - b)
    .map((start) => ({
      start,
      price: priceAt(prices, start, start === 0 ? table.source : `${table.source} >${start}`),
    }))
}

/** The price for a call with so many input tokens, cached ones included. */
export function tryTierPrice(tiers: readonly PriceTier[], inputTokens: number): Price | undefined {
  return tiers.findLast(({ start }) => start === 0 || inputTokens > start)?.price
}

function startsOf(price: TablePrice | undefined): number[] {
  return typeof price === 'object' ? price.tiers.map(({ start }) => start) : []
}

function priceAt(prices: TablePrices, start: number, source: string): Price {
  const at = (price: TablePrice | undefined) => nanosAt(price, start)
  return completePrice(
    {
      input: at(prices.input_mtok) ?? 0,
      output: at(prices.output_mtok) ?? 0,
      cacheRead: at(prices.cache_read_mtok),
      cacheWrite5m: at(prices.cache_write_mtok),
      cacheWrite1h: at(prices.cache_write_1h_mtok),
      thinking: at(prices.output_reasoning_mtok),
      audioInput: at(prices.input_audio_mtok),
      audioOutput: at(prices.output_audio_mtok),
      webSearches: perMillion(at(prices.web_searches_kcount)),
      fileSearches: perMillion(at(prices.storage_searches_kcount)),
    },
    source,
  )
}

/** A price of which only what is known is said. */
export interface PartialPrice {
  readonly input: number
  readonly output: number
  readonly cacheRead?: number | undefined
  readonly cacheWrite5m?: number | undefined
  readonly cacheWrite1h?: number | undefined
  readonly thinking?: number | undefined
  readonly audioInput?: number | undefined
  readonly audioOutput?: number | undefined
  readonly webSearches?: number | undefined
  readonly fileSearches?: number | undefined
  /** What tiers of service cost, as multiples of the prices for tokens. */
  readonly serviceTiers?: Readonly<Record<string, number>> | undefined
}

/** Every kind of token has a price: what is not said costs as much as the wider kind that holds it. Searches not said are free. */
export function completePrice(price: PartialPrice, source: string): Price {
  const { input, output } = price
  const cacheWrite5m = price.cacheWrite5m ?? input
  return {
    input,
    output,
    cacheRead: price.cacheRead ?? input,
    cacheWrite5m,
    cacheWrite1h: price.cacheWrite1h ?? cacheWrite5m,
    thinking: price.thinking ?? output,
    audioInput: price.audioInput ?? input,
    audioOutput: price.audioOutput ?? output,
    webSearches: price.webSearches ?? 0,
    fileSearches: price.fileSearches ?? 0,
    source,
  }
}

function nanosAt(price: TablePrice | undefined, start: number): number | undefined {
  if (price === undefined) return undefined
  if (typeof price === 'number') return toNanos(price)
  const tier = price.tiers.toSorted((a, b) => a.start - b.start).findLast((candidate) => candidate.start <= start)
  return toNanos(tier?.price ?? price.base)
}

function perMillion(perThousand: number | undefined): number | undefined {
  return perThousand === undefined ? undefined : perThousand * 1_000
}

function toNanos(dollars: number): number {
  return Math.round(dollars * 1_000_000_000)
}
