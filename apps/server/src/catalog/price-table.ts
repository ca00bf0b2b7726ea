import type { Price } from '@parley/contract'

/**
 * Prices as the open table genai-prices writes them: US dollars for one million tokens, by kind. A kind that is missing
 * is billed as the wider kind that holds it: cached input as input, one-hour cache writes as cache writes, thinking as output.
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
}

/** Where there are tiers by length of the input, the base price is used. */
type TablePrice = number | { readonly base: number }

/** A shipped table of prices. */
export interface PriceTable {
  /** Name and version, `genai-prices@0.1.8`: stored with every call that it prices. */
  readonly source: string
  /** The prices in force for a model's own name; undefined when the table does not know it. */
  find(model: string): TablePrices | undefined
}

/** The price of a model by the table. */
export function tryTablePrice(model: string, table: PriceTable): Price | undefined {
  const prices = table.find(model)
  if (prices?.input_mtok === undefined && prices?.output_mtok === undefined) return undefined
  return completePrice(
    {
      input: nanos(prices.input_mtok) ?? 0,
      output: nanos(prices.output_mtok) ?? 0,
      cacheRead: nanos(prices.cache_read_mtok),
      cacheWrite5m: nanos(prices.cache_write_mtok),
      cacheWrite1h: nanos(prices.cache_write_1h_mtok),
      thinking: nanos(prices.output_reasoning_mtok),
      audioInput: nanos(prices.input_audio_mtok),
      audioOutput: nanos(prices.output_audio_mtok),
    },
    table.source,
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
}

/** Every kind of token has a price: what is not said costs as much as the wider kind that holds it. */
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
    source,
  }
}

function nanos(price: TablePrice | undefined): number | undefined {
  if (price === undefined) return undefined
  return Math.round((typeof price === 'number' ? price : price.base) * 1_000_000_000)
}
