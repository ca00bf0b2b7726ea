import { noUsage, type Usage } from '@parley/wires'
import type { Selectable } from 'kysely'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import { costOf, type PriceOf } from './cost.ts'
import { estimateTokens } from './estimate.ts'
import type { Journal, SettledRow } from './journal.ts'
import type { Limits } from './limits.ts'
import type { Multipliers } from './multipliers.ts'
import { inputTokensOf, outputTokensOf, tokensOf } from './tokens.ts'

export interface LeftCallsOptions {
  readonly store: Store
  readonly journal: Journal
  readonly limits: Limits
  readonly multipliers: Multipliers
  readonly priceOf: PriceOf
  readonly now: () => number
}

const batchSize = 200

/**
 * Settles the calls that dead nodes left open, from their last checkpoint: at least the input that was sent, because the
 * upstream worked on it, and what had been streamed. What is not known is never zero. Several nodes may do it at once:
 * each row is settled by one of them. Gives the number of rows.
 */
export async function settleLeftCalls(nodeIds: readonly string[], options: LeftCallsOptions): Promise<number> {
  if (nodeIds.length === 0) return 0
  const { store, journal, limits } = options
  let count = 0
  for (;;) {
    const open = await store.database
      .selectFrom('usage_record')
      .selectAll()
      .where('status', '=', 'open')
      .where('node_id', 'in', nodeIds)
      .limit(batchSize)
      .execute()
    if (open.length === 0) return count
    const rows = open.map((row) => interrupted(row, options))
    await journal.settle(rows)
    for (const row of rows) {
      await limits.settleLeft(row, { requests: 1, tokens: tokensOf(row.usage), cost: row.chargedNanos })
    }
    count += rows.length
  }
}

function interrupted(row: Selectable<Tables['usage_record']>, options: LeftCallsOptions): SettledRow {
  const usage = usageOf(row)
  const price = options.priceOf({
    model: row.model,
    upstreamModel: row.upstream_model ?? row.model,
    accountId: row.account_id,
    inputTokens: inputTokensOf(usage),
  })
  const costNanos = price === undefined ? 0 : costOf(usage, price)
  return {
    id: row.id,
    at: row.at,
    userId: row.user_id,
    keyId: row.key_id,
    model: row.model,
    wire: row.wire,
    settledAt: options.now(),
    accountId: row.account_id,
    upstreamModel: row.upstream_model,
    httpStatus: row.http_status,
    endReason: 'interrupted',
    errorCode: row.error_code,
    usage,
    usageSource: 'estimate',
    contentLength: row.content_length,
    costNanos,
    chargedNanos: options.multipliers.charge(costNanos, { keyId: row.key_id, userId: row.user_id }),
    price,
    priceSource: price?.source ?? 'unpriced',
    firstByteMs: row.first_byte_ms,
    durationMs: row.duration_ms,
    attempts: row.attempts,
  }
}

function usageOf(row: Selectable<Tables['usage_record']>): Usage {
  const said: Usage = {
    ...noUsage,
    input: row.input_tokens,
    output: row.output_tokens,
    cacheRead: row.cache_read_tokens,
    cacheWrite5m: row.cache_write_5m_tokens,
    cacheWrite1h: row.cache_write_1h_tokens,
    thinking: row.thinking_tokens,
    audioInput: row.audio_input_tokens,
    audioOutput: row.audio_output_tokens,
  }
  const input = inputTokensOf(said) === 0 ? row.estimated_tokens : said.input
  const streamed = estimateTokens(row.content_length)
  return { ...said, input, output: said.output + Math.max(0, streamed - outputTokensOf(said)) }
}
