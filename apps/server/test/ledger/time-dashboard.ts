/** Times the operator's dashboard and reports over a ledger of many calls, on SQLite and PostgreSQL. */
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
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
  --help           this text`

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '200000' }, only: { type: 'string' }, help: { type: 'boolean' } },
})
const targetMs = 100
const yearMs = 365 * 24 * 3_600_000
const chunk = 100_000
const rounds = 15
const subjects = { all: `''`, key: 'key_id', user: 'user_id', account: 'account_id', model: 'model', wire: 'wire' }

if (values.help) console.log(help)
else process.exitCode = await main(Number(values.rows))

async function main(rows: number): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-dashboard-'))
  let isGood = true
  try {
    for (const kind of ['sqlite', 'postgres'] as const) {
      if (values.only !== undefined && values.only !== kind) continue
      const database = await prepareDatabase(kind, folder)
      if (database === undefined) continue
      await using server = await startServer({ database })
      const startedAt = performance.now()
      await fill(server.app.store, rows)
      console.log(`\n${kind}: ${rows} calls, filled in ${Math.round((performance.now() - startedAt) / 1000)} s`)
      isGood = (await time(server)) && isGood
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return isGood ? 0 : 1
}

async function prepareDatabase(kind: TestDatabase['kind'], folder: string): Promise<TestDatabase | undefined> {
  if (kind === 'sqlite') return { kind, url: `sqlite:${path.join(folder, 'bench.db')}` }
  const serverUrl = loadEnvironment()['TEST_POSTGRES_URL']
  if (!serverUrl) {
    console.log('\npostgres: none here')
    return undefined
  }
  const { default: pg } = await import('pg')
  const name = `parley_dashboard`
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  await client.query(`drop database if exists ${name}`)
  await client.query(`create database ${name}`)
  await client.end()
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { kind, url: url.href }
}

async function fill(store: Store, rows: number): Promise<void> {
  const { database, kind } = store
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
  await fillSums(store)
  await sql`analyze`.execute(database)
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

async function time({ url, token }: TestServer): Promise<boolean> {
  const from = new Date(Date.now() - 30 * 24 * 3_600_000).toISOString()
  const pages = {
    dashboard: '/admin/dashboard',
    'days of all': `/admin/usage?by=all&per=day&from=${from}`,
    'hours of all': `/admin/usage?by=all&per=hour&from=${from}`,
    'days of a key': `/admin/usage?by=key&per=day&subject=key-7&from=${from}`,
    'models by day': `/admin/usage?by=model&per=day&from=${from}`,
    'newest calls': '/admin/usage/records?limit=50',
    'calls of a key': '/admin/usage/records?limit=50&key_id=key-7',
  }
  let isGood = true
  for (const [name, page] of Object.entries(pages)) {
    const times: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const startedAt = performance.now()
      const reply = await fetchWhole(url + page, { headers: { authorization: `Bearer ${token}` } })
      times.push(performance.now() - startedAt)
      if (reply.status !== 200) throw new Error(`${page}: ${reply.status} ${reply.text}`)
    }
    const sorted = times.toSorted((left, right) => left - right)
    const median = sorted[Math.floor(rounds / 2)] ?? 0
    isGood &&= median < targetMs
    console.log(
      `  ${name.padEnd(16)} median ${median.toFixed(1)} ms, slowest ${(sorted.at(-1) ?? 0).toFixed(1)} ms${median < targetMs ? '' : '  TOO SLOW'}`,
    )
  }
  return isGood
}
