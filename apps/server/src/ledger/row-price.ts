import type { Price } from '@parley/contract'
import type { Usage } from '@parley/wires'
import type { Selectable } from 'kysely'
import type { Tables } from '../store/tables.ts'
import type { PriceOf } from './cost.ts'

type Row = Selectable<Tables['usage_record']>
type PricedRow = Pick<Row, 'model' | 'upstream_model' | 'account_id' | 'end_reason' | 'service_tier'>

/** What a row of the table has counted. */
export function usageOfRow(row: Row): Usage {
  return {
    input: row.input_tokens,
    output: row.output_tokens,
    cacheRead: row.cache_read_tokens,
    cacheWrite5m: row.cache_write_5m_tokens,
    cacheWrite1h: row.cache_write_1h_tokens,
    thinking: row.thinking_tokens,
    audioInput: row.audio_input_tokens,
    audioOutput: row.audio_output_tokens,
    webSearches: row.web_searches,
    fileSearches: row.file_searches,
    serviceTier: row.service_tier,
  }
}

/**
 * What a row of the table is priced with. Without an account its call has reached no upstream and costs nothing, unless its
 * node died: then nobody knows how far it had come, and what is not known is never free.
 */
export function priceOfRow(row: PricedRow, inputTokens: number, priceOf: PriceOf): Price | undefined {
  const { model, account_id: accountId, end_reason: endReason, service_tier: serviceTier } = row
  const isLeft = endReason === null || endReason === 'interrupted'
  if (accountId === null && !isLeft) return undefined
  return priceOf({ model, upstreamModel: row.upstream_model ?? model, accountId, inputTokens, serviceTier })
}
