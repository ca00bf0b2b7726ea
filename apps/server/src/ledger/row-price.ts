import type { Price } from '@parley/contract'
import type { Selectable } from 'kysely'
import type { Tables } from '../store/tables.ts'
import type { PriceOf } from './cost.ts'

type PricedRow = Pick<Selectable<Tables['usage_record']>, 'model' | 'upstream_model' | 'account_id' | 'end_reason'>

/**
 * What a row of the table is priced with. Without an account its call has reached no upstream and costs nothing, unless its
 * node died: then nobody knows how far it had come, and what is not known is never free.
 */
export function priceOfRow(row: PricedRow, inputTokens: number, priceOf: PriceOf): Price | undefined {
  const { model, account_id: accountId, end_reason: endReason } = row
  const isLeft = endReason === null || endReason === 'interrupted'
  if (accountId === null && !isLeft) return undefined
  return priceOf({ model, upstreamModel: row.upstream_model ?? model, accountId, inputTokens })
}
