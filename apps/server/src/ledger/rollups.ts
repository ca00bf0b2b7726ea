import type { Transaction } from 'kysely'
import { type BatchColumns, createInsert } from '../store/batch-sql.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'

/**
 * Sums of the settled calls, by what people ask for: changed in the transaction that settles them, so a report is never
 * behind the ledger and never reads it row by row. Rows of many calls are merged before they are written, and written in
 * one order everywhere, so that two nodes never wait for each other in a circle.
 */
export const dimensions = ['all', 'key', 'user', 'account', 'model', 'wire'] as const
export type Dimension = (typeof dimensions)[number]
export type RollupPer = 'minute' | 'hour' | 'day' | 'month'

/** What a call adds to its sums. */
export interface CountedCall {
  readonly at: number
  readonly userId: string | null
  readonly keyId: string | null
  readonly accountId: string | null
  readonly model: string
  readonly wire: string
  readonly counts: Counts
}

export const counterColumns = [
  'requests',
  'errors',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'tokens',
  'cost_nanos',
  'charged_nanos',
  'duration_ms',
  'first_byte_ms',
  'first_byte_count',
] as const satisfies readonly (keyof Tables['usage_rollup'])[]

/** In the order of `counterColumns`. */
export type Counts = readonly number[]

interface Rollup {
  readonly dimension: Dimension
  readonly per: RollupPer
  readonly bucket: number
  readonly subject: string
  readonly counts: number[]
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export function bucketOf(per: RollupPer, at: number): number {
  if (per === 'minute') return at - (at % 60_000)
  if (per === 'hour') return at - (at % hourMs)
  if (per === 'day') return at - (at % dayMs)
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}

type Pers = readonly [finest: RollupPer, ...wider: RollupPer[]]
const persOfAll: Pers = ['minute', 'hour', 'day', 'month']
const persOfOne: Pers = ['hour', 'day', 'month']
const persOf = (dimension: Dimension): Pers => (dimension === 'all' ? persOfAll : persOfOne)

/** /!\ Hot path: calls that are alike are added up first, then in their finest buckets, and only those in the wider ones. */
function merge(calls: readonly CountedCall[]): Rollup[] {
  const finest = new Map<string, Rollup>()
  for (const call of addAlike(calls)) {
    for (const [dimension, subject] of subjectsOf(call)) {
      const [per] = persOf(dimension)
      add(finest, { dimension, per, bucket: bucketOf(per, call.at), subject, counts: call.counts })
    }
  }
  const rollups = new Map(finest)
  for (const rollup of finest.values()) {
    const [, ...wider] = persOf(rollup.dimension)
    for (const per of wider) add(rollups, { ...rollup, per, bucket: bucketOf(per, rollup.bucket) })
  }
  return [...rollups].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, rollup]) => rollup)
}

/** Most calls of a moment are of a few keys and models. */
function addAlike(calls: readonly CountedCall[]): Iterable<CountedCall> {
  const alike = new Map<string, CountedCall & { readonly counts: number[] }>()
  for (const call of calls) {
    const minute = bucketOf('minute', call.at)
    const name = `${minute} ${call.keyId} ${call.userId} ${call.accountId} ${call.wire} ${call.model}`
    const known = alike.get(name)
    if (known === undefined) alike.set(name, { ...call, counts: [...call.counts] })
    else addCounts(known.counts, call.counts)
  }
  return alike.values()
}

function addCounts(sums: number[], counts: Counts): void {
  for (let index = 0; index < counts.length; index += 1) sums[index] = (sums[index] ?? 0) + (counts[index] ?? 0)
}

function add(rollups: Map<string, Rollup>, more: Omit<Rollup, 'counts'> & { readonly counts: Counts }): void {
  const name = `${more.dimension} ${more.per} ${more.bucket} ${more.subject}`
  const known = rollups.get(name)
  if (known === undefined) rollups.set(name, { ...more, counts: [...more.counts] })
  else addCounts(known.counts, more.counts)
}

function subjectsOf(call: CountedCall): [Dimension, string][] {
  const subjects: [Dimension, string][] = [
    ['all', ''],
    ['model', call.model],
    ['wire', call.wire],
  ]
  if (call.keyId !== null) subjects.push(['key', call.keyId])
  if (call.userId !== null) subjects.push(['user', call.userId])
  if (call.accountId !== null) subjects.push(['account', call.accountId])
  return subjects
}

const columns: BatchColumns = [
  ['dimension', 'text'],
  ['per', 'text'],
  ['bucket', 'bigint'],
  ['subject', 'text'],
  ...counterColumns.map((name) => [name, 'bigint'] as const),
]
const onConflict = `on conflict (dimension, per, bucket, subject) do update set ${counterColumns
  .map((column) => `${column} = usage_rollup.${column} + excluded.${column}`)
  .join(', ')}`
const statements = {
  sqlite: createInsert('sqlite', 'usage_rollup', columns, onConflict),
  postgres: createInsert('postgres', 'usage_rollup', columns, onConflict),
}

/** Adds the calls to their sums. Negative counts take away. */
export async function addToRollups(
  kind: Store['kind'],
  calls: readonly CountedCall[],
  transaction: Transaction<Tables>,
): Promise<void> {
  const rows = merge(calls).map(({ dimension, per, bucket, subject, counts }) => [
    dimension,
    per,
    bucket,
    subject,
    ...counts,
  ])
  if (rows.length > 0) await statements[kind].run(rows, transaction)
}
