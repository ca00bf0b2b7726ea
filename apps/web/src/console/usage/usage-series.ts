/** Sums of usage made into what charts and tables show. Buckets without a call have no row, and are filled in. */
import type { Bucket, ChartData } from '../../ui/chart-data.ts'
import type { UsageRow, UsageSums } from '../api-types.ts'

export const ranges = ['24h', '7d', '30d', '12m'] as const
export type Range = (typeof ranges)[number]

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const spans: Record<Range, { readonly per: Bucket; readonly count: number }> = {
  '24h': { per: 'hour', count: 24 },
  '7d': { per: 'day', count: 7 },
  '30d': { per: 'day', count: 30 },
  '12m': { per: 'month', count: 12 },
}

export interface Span {
  readonly per: Bucket
  /** When each bucket begins, oldest first; the last is under way. */
  readonly times: readonly number[]
}

export function spanOf(range: Range, now: number): Span {
  const { per, count } = spans[range]
  return { per, times: Array.from({ length: count }, (_, index) => bucketBefore(now, per, count - 1 - index)) }
}

/** When the bucket began that is `back` buckets before the one that `now` falls into. */
function bucketBefore(now: number, per: Bucket, back: number): number {
  if (per === 'month') {
    const date = new Date(now)
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - back)
  }
  const step = per === 'hour' ? hourMs : dayMs
  return Math.floor(now / step) * step - back * step
}

export type Pick = (row: UsageSums) => number | null

export interface SeriesOptions {
  readonly label: string
  readonly pick: Pick
  readonly tone?: 'danger'
}

/** One series for each kind of number. */
export function chartOf(rows: readonly UsageRow[], { per, times }: Span, series: readonly SeriesOptions[]): ChartData {
  const byTime = new Map(rows.map((row) => [Date.parse(row.time), row]))
  return {
    per,
    times,
    series: series.map(({ pick, ...look }) => ({
      ...look,
      values: times.map((time) => {
        const row = byTime.get(time)
        return row === undefined ? null : pick(row)
      }),
    })),
  }
}

export interface SubjectOptions {
  readonly pick: Pick
  readonly nameOf: (subject: string) => string
  /** What the series is called that holds all that have none of their own. */
  readonly others: string
}

const mostSeries = 7

/** One series for each subject, the largest first; the smallest share the last one. */
export function subjectChartOf(rows: readonly UsageRow[], { per, times }: Span, options: SubjectOptions): ChartData {
  const { pick, nameOf, others } = options
  const ranked = sumsBySubject(rows)
    .map(([subject, sums]) => ({ subject, value: pick(sums) ?? 0 }))
    .toSorted((one, other) => other.value - one.value)
  const own = ranked.slice(0, ranked.length > mostSeries + 1 ? mostSeries : ranked.length)
  const rest = new Set(ranked.slice(own.length).map(({ subject }) => subject))
  const valuesOf = (isIn: (subject: string) => boolean) => {
    const byTime = Map.groupBy(
      rows.filter((row) => isIn(row.subject)),
      (row) => Date.parse(row.time),
    )
    return times.map((time) => (byTime.get(time) ?? []).reduce((sum, row) => sum + (pick(row) ?? 0), 0))
  }
  return {
    per,
    times,
    series: [
      ...own.map(({ subject }) => ({ label: nameOf(subject), values: valuesOf((each) => each === subject) })),
      ...(rest.size === 0 ? [] : [{ label: others, values: valuesOf((each) => rest.has(each)) }]),
    ],
  }
}

/** The whole of each subject. */
export function sumsBySubject(rows: readonly UsageRow[]): [string, UsageSums][] {
  const bySubject = Map.groupBy(rows, (row) => row.subject)
  return [...bySubject].map(([subject, its]) => [subject, sumsOf(its)])
}

export function sumsOf(rows: readonly UsageSums[]): UsageSums {
  const sum = (pick: (row: UsageSums) => number) => rows.reduce((total, row) => total + pick(row), 0)
  return {
    requests: sum((row) => row.requests),
    errors: sum((row) => row.errors),
    input_tokens: sum((row) => row.input_tokens),
    output_tokens: sum((row) => row.output_tokens),
    cache_read_tokens: sum((row) => row.cache_read_tokens),
    cache_write_tokens: sum((row) => row.cache_write_tokens),
    tokens: sum((row) => row.tokens),
    cost_usd: sum((row) => row.cost_usd),
    charged_usd: sum((row) => row.charged_usd),
    average_duration_ms: averageOf(rows, (row) => row.average_duration_ms),
    average_first_byte_ms: averageOf(rows, (row) => row.average_first_byte_ms),
  }
}

/** Of averages, each with the weight of its calls. */
function averageOf(rows: readonly UsageSums[], pick: Pick): number | null {
  let weight = 0
  let total = 0
  for (const row of rows) {
    const value = pick(row)
    if (value === null) continue
    weight += row.requests
    total += value * row.requests
  }
  return weight === 0 ? null : total / weight
}
