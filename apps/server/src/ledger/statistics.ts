import type { Store } from '../store/store.ts'
import { bucketOf, counterColumns, type Dimension, type RollupPer } from './rollups.ts'

/** Sums of calls. Reports read these and never the calls themselves, so their cost does not grow with the ledger. */
export interface UsageSums {
  readonly requests: number
  /** Calls that did not end well. */
  readonly errors: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  readonly tokens: number
  readonly costNanos: number
  readonly chargedNanos: number
  readonly averageDurationMs: number | null
  readonly averageFirstByteMs: number | null
}

export interface UsageRow extends UsageSums {
  /** When the hour, day or month began, UTC. */
  readonly bucket: number
  readonly subject: string
}

export interface ReportQuery {
  readonly by: Dimension
  readonly per: RollupPer
  readonly from: number
  /** Not included. */
  readonly to: number
  readonly subject?: string | undefined
  readonly limit: number
}

export interface TopQuery {
  readonly by: Dimension
  /** Any moment of the month. */
  readonly month: number
  readonly limit: number
}

export interface Statistics {
  /** Oldest first; the bucket that `from` falls into is included. */
  report(query: ReportQuery): Promise<UsageRow[]>
  /** Everything of one subject between two moments, by whole hours or larger. */
  total(query: Omit<ReportQuery, 'limit'>): Promise<UsageSums>
  /** Who used most tokens in a month. */
  top(query: TopQuery): Promise<UsageRow[]>
  /** Requests and tokens per minute over the last whole minutes. */
  lastMinutes(minutes: number, now: number): Promise<{ readonly requests: number; readonly tokens: number }>
}

type SumRow = { readonly [Column in (typeof counterColumns)[number]]: number | string | null }

export function createStatistics({ database }: Store): Statistics {
  return {
    async report({ by, per, from, to, subject, limit }) {
      let query = database
        .selectFrom('usage_rollup')
        .select(['bucket', 'subject', ...counterColumns])
        .where('dimension', '=', by)
        .where('per', '=', per)
        .where('bucket', '>=', bucketOf(per, from))
        .where('bucket', '<', to)
        .orderBy('bucket')
        .orderBy('subject')
        .limit(limit)
      if (subject !== undefined) query = query.where('subject', '=', subject)
      return (await query.execute()).map((row) => ({ ...readSums(row), bucket: row.bucket, subject: row.subject }))
    },

    async total({ by, per, from, to, subject = '' }) {
      const row = await database
        .selectFrom('usage_rollup')
        .select((select) => counterColumns.map((column) => select.fn.sum<number | string | null>(column).as(column)))
        .where('dimension', '=', by)
        .where('per', '=', per)
        .where('bucket', '>=', bucketOf(per, from))
        .where('bucket', '<', to)
        .where('subject', '=', subject)
        .executeTakeFirstOrThrow()
      return readSums(row as SumRow)
    },

    async top({ by, month, limit }) {
      const rows = await database
        .selectFrom('usage_rollup')
        .select(['bucket', 'subject', ...counterColumns])
        .where('dimension', '=', by)
        .where('per', '=', 'month')
        .where('bucket', '=', bucketOf('month', month))
        .orderBy('tokens', 'desc')
        .limit(limit)
        .execute()
      return rows.map((row) => ({ ...readSums(row), bucket: row.bucket, subject: row.subject }))
    },

    async lastMinutes(minutes, now) {
      const end = bucketOf('minute', now)
      const row = await database
        .selectFrom('usage_rollup')
        .select((select) => [
          select.fn.sum<number | string | null>('requests').as('requests'),
          select.fn.sum<number | string | null>('tokens').as('tokens'),
        ])
        .where('dimension', '=', 'all')
        .where('per', '=', 'minute')
        .where('bucket', '>=', end - minutes * 60_000)
        .where('bucket', '<', end)
        .executeTakeFirstOrThrow()
      return { requests: Number(row.requests ?? 0) / minutes, tokens: Number(row.tokens ?? 0) / minutes }
    },
  }
}

function readSums(row: SumRow): UsageSums {
  const read = (column: keyof SumRow) => Number(row[column] ?? 0)
  const requests = read('requests')
  const withFirstByte = read('first_byte_count')
  return {
    requests,
    errors: read('errors'),
    inputTokens: read('input_tokens'),
    outputTokens: read('output_tokens'),
    cacheReadTokens: read('cache_read_tokens'),
    cacheWriteTokens: read('cache_write_tokens'),
    tokens: read('tokens'),
    costNanos: read('cost_nanos'),
    chargedNanos: read('charged_nanos'),
    averageDurationMs: requests === 0 ? null : Math.round(read('duration_ms') / requests),
    averageFirstByteMs: withFirstByte === 0 ? null : Math.round(read('first_byte_ms') / withFirstByte),
  }
}
