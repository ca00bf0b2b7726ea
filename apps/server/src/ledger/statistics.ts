import { sql } from 'kysely'
import type { Store } from '../store/store.ts'
import { bucketOf, counterColumns, type Dimension, dimensions, type RollupPer } from './rollups.ts'

/** What a report can be by. Groups have no sums of their own: theirs are those of their members of today. */
export const reportDimensions = [...dimensions, 'group'] as const
export type ReportDimension = (typeof reportDimensions)[number]

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
  readonly by: ReportDimension
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

export interface MonthCostsQuery {
  readonly by: Dimension
  readonly subjects: readonly string[]
  /** Any moment of the month. */
  readonly month: number
}

export type MonthCost = Pick<UsageSums, 'costNanos' | 'chargedNanos'>

export interface Statistics {
  /** Oldest first; the bucket that `from` falls into is included. By group: the subject '' is everybody who is in none. */
  report(query: ReportQuery): Promise<UsageRow[]>
  /** Everything of one subject between two moments, by whole hours or larger. */
  total(query: Omit<ReportQuery, 'limit'> & { readonly by: Dimension }): Promise<UsageSums>
  /** Who used most tokens in a month. */
  top(query: TopQuery): Promise<UsageRow[]>
  /** Of those who made calls in the month. */
  monthCosts(query: MonthCostsQuery): Promise<ReadonlyMap<string, MonthCost>>
  /** Requests and tokens per minute over the last whole minutes. */
  lastMinutes(minutes: number, now: number): Promise<{ readonly requests: number; readonly tokens: number }>
}

type SumRow = { readonly [Column in (typeof counterColumns)[number]]: number | string | null }

export function createStatistics({ database }: Store): Statistics {
  return {
    async report(report) {
      if (report.by === 'group') return reportByGroup(database, report)
      const { by, per, from, to, subject, limit } = report
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
      return (await query.execute()).map(readRow)
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
      return rows.map(readRow)
    },

    async monthCosts({ by, subjects, month }) {
      if (subjects.length === 0) return new Map()
      const rows = await database
        .selectFrom('usage_rollup')
        .select(['subject', 'cost_nanos as costNanos', 'charged_nanos as chargedNanos'])
        .where('dimension', '=', by)
        .where('per', '=', 'month')
        .where('bucket', '=', bucketOf('month', month))
        .where('subject', 'in', subjects)
        .execute()
      return new Map(rows.map(({ subject, ...cost }) => [subject, cost]))
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

/** The sums of users added up, as many as they have in this time; the calls themselves are not read. */
async function reportByGroup(
  database: Store['database'],
  { per, from, to, subject, limit }: ReportQuery,
): Promise<UsageRow[]> {
  const group = sql<string>`coalesce("user".group_id, '')`
  let query = database
    .selectFrom('usage_rollup')
    .leftJoin('user', 'user.id', 'usage_rollup.subject')
    .select(['bucket', group.as('subject')])
    .select((select) => counterColumns.map((column) => select.fn.sum<number | string | null>(column).as(column)))
    .where('dimension', '=', 'user')
    .where('per', '=', per)
    .where('bucket', '>=', bucketOf(per, from))
    .where('bucket', '<', to)
    .groupBy(['bucket', 'user.group_id'])
    .orderBy('bucket')
    .orderBy(group)
    .limit(limit)
  if (subject !== undefined) query = query.where(group, '=', subject)
  return (await query.execute()).map((row) => readRow(row as SumRow & { bucket: number; subject: string }))
}

function readRow(row: SumRow & { readonly bucket: number; readonly subject: string }): UsageRow {
  return { ...readSums(row), bucket: row.bucket, subject: row.subject }
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
