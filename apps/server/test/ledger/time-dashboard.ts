/** Times the operator's dashboard and reports over a ledger of many calls, on SQLite and PostgreSQL. */
import { mkdtempSync } from 'node:fs'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { limitPers } from '@parley/contract'
import { fetchWhole, type TestDatabase } from '@parley/testkit'
import { sql } from 'kysely'
import { loadEnvironment } from '../../src/config/env.ts'
import { counterColumns } from '../../src/ledger/rollups.ts'
import type { Store } from '../../src/store/store.ts'
import { startServer, type TestServer } from '../harness.ts'

const help = `Usage: node bench/dashboard.ts [options]

Fills a ledger with calls of the last year and times what an operator looks at. Each must take less than 100 ms.

  --rows <n>       how many calls (default 200000; the figure to reach is for 10000000)
  --only <name>    sqlite or postgres
  --help           this text

With 10000000 calls or more, on both databases, the figures are put into docs/performance.md.`

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '200000' },
    only: { type: 'string' },
    /** Where the caller of this program finds the figures. */
    figures: { type: 'string' },
    help: { type: 'boolean' },
  },
})
const targetMs = 100

export interface DashboardFigures {
  readonly kind: TestDatabase['kind']
  readonly rows: number
  readonly bytes: number
  /** Milliseconds: the median and the slowest of the rounds. */
  readonly pages: readonly { readonly name: string; readonly medianMs: number; readonly slowestMs: number }[]
  /** Rows of the ledger that were read without an index; SQLite does not count them. */
  readonly scanned: number | undefined
}

const yearMs = 365 * 24 * 3_600_000
const chunk = 100_000
/** With indexes, and what is written beside while they are made. */
const bytesPerCall = 2_000
const postgresName = 'parley_dashboard'
const serverUrl = loadEnvironment()['TEST_POSTGRES_URL']
/** PostgreSQL's idle connections tell what they have read after ten seconds. */
const statisticsMs = 11_000
const rounds = 15
const everyLimit = limitPers.map((per) => ({ what: 'cost', per, max: 1e12 }) as const)
const subjects = { all: `''`, key: 'key_id', user: 'user_id', account: 'account_id', model: 'model', wire: 'wire' }

if (values.help) console.log(help)
else process.exitCode = await main(Number(values.rows))

async function main(rows: number): Promise<number> {
  const all: DashboardFigures[] = []
  for (const kind of ['sqlite', 'postgres'] as const) {
    if (values.only !== undefined && values.only !== kind) continue
    const folder = mkdtempSync(path.join(tmpdir(), 'parley-dashboard-'))
    try {
      await assertRoom(folder, rows)
      const figures = await measure(kind, rows, folder)
      if (figures !== undefined) all.push(figures)
    } finally {
      // Each database has gone before the next one is filled.
      await rm(folder, { recursive: true, force: true })
    }
  }
  if (values.figures !== undefined) await writeFile(values.figures, JSON.stringify(all))
  return all.every(isGood) ? 0 : 1
}

function isGood({ pages, scanned = 0 }: DashboardFigures): boolean {
  return scanned === 0 && pages.every(({ medianMs }) => medianMs < targetMs)
}

async function assertRoom(folder: string, rows: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const needed = rows * bytesPerCall
  if (bavail * bsize < needed) throw new Error(`${rows} calls need ${Math.ceil(needed / 1e9)} GB in ${folder}`)
}

async function measure(
  kind: TestDatabase['kind'],
  rows: number,
  folder: string,
): Promise<DashboardFigures | undefined> {
  const database = await prepareDatabase(kind, folder)
  if (database === undefined) return undefined
  const figures = await measureIn(database, rows)
  if (kind === 'postgres') await onPostgres(`drop database ${postgresName}`)
  return figures
}

async function measureIn(database: TestDatabase, rows: number): Promise<DashboardFigures> {
  await using server = await startServer({ database })
  const { store } = server.app
  const startedAt = performance.now()
  await withoutIndexes(store, () => fillCalls(store, rows))
  await fillSums(store)
  await sql`analyze`.execute(store.database)
  const bytes = await sizeOf(store)
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(`\n${store.kind}: ${rows} calls, ${(bytes / 1e9).toFixed(1)} GB, filled in ${seconds} s`)
  const before = await scannedCalls(store)
  const pages = await time(server)
  const after = await scannedCalls(store)
  const scanned = before === undefined || after === undefined ? undefined : after - before
  if (scanned) console.log(`  ${scanned} calls were read by scanning the whole ledger  NOT GOOD`)
  return { kind: store.kind, rows, bytes, pages, scanned }
}

async function sizeOf({ database, kind }: Store): Promise<number> {
  const { rows } = await (kind === 'sqlite'
    ? sql<{ bytes: number }>`select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`
    : sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`
  ).execute(database)
  return rows[0]?.bytes ?? 0
}

async function prepareDatabase(kind: TestDatabase['kind'], folder: string): Promise<TestDatabase | undefined> {
  if (kind === 'sqlite') return { kind, url: `sqlite:${path.join(folder, 'bench.db')}` }
  if (!serverUrl) {
    console.log('\npostgres: none here')
    return undefined
  }
  await onPostgres(`drop database if exists ${postgresName}`)
  await onPostgres(`create database ${postgresName}`)
  const url = new URL(serverUrl)
  url.pathname = `/${postgresName}`
  return { kind, url: url.href }
}

async function onPostgres(statement: string): Promise<void> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Rows come in several times as fast when the indexes are made afterwards. */
async function withoutIndexes({ database, kind }: Store, work: () => Promise<void>): Promise<void> {
  const { rows: indexes } = await (kind === 'sqlite'
    ? sql<{ name: string; made: string }>`select name, sql as made from sqlite_master
        where type = 'index' and tbl_name = 'usage_record' and sql is not null`
    : sql<{ name: string; made: string }>`select indexname as name, indexdef as made from pg_indexes
        where tablename = 'usage_record' and indexname not like '%pkey'`
  ).execute(database)
  for (const { name } of indexes) await sql`drop index ${sql.ref(name)}`.execute(database)
  await work()
  for (const { made } of indexes) await sql.raw(made).execute(database)
}

async function fillCalls({ database, kind }: Store, rows: number): Promise<void> {
  const start = Date.now() - yearMs
  for (let from = 0; from < rows; from += chunk) {
    const to = Math.min(rows, from + chunk) - 1
    const numbers =
      kind === 'sqlite'
        ? sql`(with recursive n(i) as (select ${from} union all select i + 1 from n where i < ${to}) select i from n) as numbers`
        : sql`generate_series(${sql.lit(from)}::bigint, ${sql.lit(to)}::bigint) as numbers(i)`
    const id = kind === 'sqlite' ? sql`printf('%036d', i)` : sql`lpad(i::text, 36, '0')`
    const at = sql`${sql.lit(start)} + i * ${sql.lit(Math.floor(yearMs / rows))}`
    await sql`insert into usage_record (id, node_id, status, at, settled_at, user_id, key_id, model, wire, is_stream,
        account_id, upstream_model, http_status, end_reason, estimated_tokens, input_tokens, output_tokens,
        cache_read_tokens, usage_source, cost_nanos, charged_nanos, price_source, first_byte_ms, duration_ms, attempts)
      select ${id}, 'node', 'settled', ${at}, ${at}, 'user-' || i % 300, 'key-' || i % 1000, 'model-' || i % 12,
        'wire-' || i % 4, 1, 'account-' || i % 20, 'model', 200, case when i % 50 = 0 then 'client_gone' else 'done' end,
        1000, i % 3000, i % 700, i % 9000, 'upstream', i % 90000, i % 90000, 'bench', 300, i % 9000, 1
      from ${numbers}`.execute(database)
  }
}

/** Hours from the calls, days from hours, months from days. */
async function fillSums({ database, kind }: Store): Promise<void> {
  const columns = sql.raw(counterColumns.join(', '))
  const sums = sql.raw(counterColumns.map((column) => `sum(${column})`).join(', '))
  for (const [dimension, subject] of Object.entries(subjects)) {
    await sql`insert into usage_rollup (dimension, per, bucket, subject, ${columns})
      select ${sql.lit(dimension)}, 'hour', at - at % 3600000, ${sql.raw(subject)}, count(*),
        sum(case when end_reason = 'done' then 0 else 1 end), sum(input_tokens), sum(output_tokens),
        sum(cache_read_tokens), 0, sum(input_tokens + output_tokens + cache_read_tokens), sum(cost_nanos),
        sum(charged_nanos), sum(duration_ms), sum(first_byte_ms), count(first_byte_ms)
      from usage_record group by 3, 4`.execute(database)
  }
  await sql`insert into usage_rollup (dimension, per, bucket, subject, ${columns})
    select dimension, 'day', bucket - bucket % 86400000, subject, ${sums}
    from usage_rollup where per = 'hour' group by dimension, 3, subject`.execute(database)
  const month =
    kind === 'sqlite'
      ? sql`unixepoch(bucket / 1000, 'unixepoch', 'start of month') * 1000`
      : sql`cast(extract(epoch from date_trunc('month', to_timestamp(bucket / 1000) at time zone 'utc')) * 1000 as bigint)`
  await sql`insert into usage_rollup (dimension, per, bucket, subject, ${columns})
    select dimension, 'month', ${month}, subject, ${sums}
    from usage_rollup where per = 'day' group by dimension, 3, subject`.execute(database)
}

/** Rows of the ledger that PostgreSQL has read without an index. SQLite does not count them: there a test looks at plans. */
async function scannedCalls({ database, kind }: Store): Promise<number | undefined> {
  if (kind === 'sqlite') return undefined
  await delay(statisticsMs)
  const { rows } = await sql<{ n: number | string | null }>`select seq_tup_read as n from pg_stat_user_tables
    where relname = 'usage_record'`.execute(database)
  return Number(rows[0]?.n ?? 0)
}

async function time({ url, token, app: { ledger } }: TestServer): Promise<DashboardFigures['pages']> {
  const from = new Date(Date.now() - 30 * 24 * 3_600_000).toISOString()
  const read = async (page: string) => {
    const reply = await fetchWhole(url + page, { headers: { authorization: `Bearer ${token}` } })
    if (reply.status !== 200) throw new Error(`${page}: ${reply.status} ${reply.text}`)
  }
  const pages: { readonly [name: string]: () => Promise<unknown> } = {
    dashboard: () => read('/admin/dashboard'),
    'days of all': () => read(`/admin/usage?by=all&per=day&from=${from}`),
    'hours of all': () => read(`/admin/usage?by=all&per=hour&from=${from}`),
    'days of a key': () => read(`/admin/usage?by=key&per=day&subject=key-7&from=${from}`),
    'models by day': () => read(`/admin/usage?by=model&per=day&from=${from}`),
    'newest calls': () => read('/admin/usage/records?limit=50'),
    'calls of a key': () => read('/admin/usage/records?limit=50&key_id=key-7'),
    'calls of a user': () => read('/admin/usage/records?limit=50&user_id=user-7'),
    // What the first call after a start has to wait for.
    'limits of a key': () => ledger.limitsOf({ kind: 'key', id: 'key-7' }, everyLimit),
    'limits of models': () => ledger.limitsOf({ kind: 'model', id: 'model-*' }, everyLimit),
  }
  const timed: { name: string; medianMs: number; slowestMs: number }[] = []
  for (const [name, look] of Object.entries(pages)) {
    const times: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const startedAt = performance.now()
      await look()
      times.push(performance.now() - startedAt)
    }
    const sorted = times.toSorted((left, right) => left - right)
    const figure = { name, medianMs: sorted[Math.floor(rounds / 2)] ?? 0, slowestMs: sorted.at(-1) ?? 0 }
    timed.push(figure)
    const isSlow = figure.medianMs >= targetMs
    console.log(
      `  ${name.padEnd(16)} median ${figure.medianMs.toFixed(1)} ms, slowest ${figure.slowestMs.toFixed(1)} ms${isSlow ? '  TOO SLOW' : ''}`,
    )
  }
  return timed
}
