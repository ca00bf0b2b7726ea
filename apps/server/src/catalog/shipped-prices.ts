import { readFile } from 'node:fs/promises'
import { calcPrice } from '@pydantic/genai-prices'
import type { PriceTable, TablePrices } from './price-table.ts'

/** The open price table that comes with the server, as a library: its matching rules know dated and renamed models. */
export async function createShippedPrices(): Promise<PriceTable> {
  const manifest = new URL('../package.json', import.meta.resolve('@pydantic/genai-prices'))
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
  return {
    source: `genai-prices@${version}`,
    // The usage is empty: only the prices are wanted, the sums are the ledger's.
    find: (model) => calcPrice({}, model)?.model_price as TablePrices | undefined,
  }
}
