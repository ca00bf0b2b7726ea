/** `npm run test:ledger`: the accountant's test, on SQLite and on two nodes that share PostgreSQL and Redis. */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { freePort } from '@parley/testkit'
import type { Config } from '../../src/config/config.ts'
import { loadEnvironment } from '../../src/config/env.ts'
import { createStore } from '../../src/store/create-store.ts'
import { silentLog } from '../../src/store/testing/open-store.ts'
import { type AccountantNodes, type AccountantReport, runAccountant } from './accountant.ts'
import { killNode, signIn, startNode } from './node-process.ts'

const help = `Usage: npm run test:ledger [-- options]

Makes many calls, of all wires, well and badly ended, through servers that are killed (kill -9) and started again
meanwhile, and compares the ledger with what the fake upstreams have served. Once on SQLite with one server, once with two
that share PostgreSQL and Redis. Prints the differences; exits with 1 if there are any.

  --calls <n>   how many, each time (default 10000)
  --seed <n>    other calls (default 1)
  --kills <n>   how often a server is killed (default 4)
  --only <name> sqlite or postgres
  --help        this text`

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '4' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(help)
else process.exitCode = await main()

async function main(): Promise<number> {
  let differences = 0
  for (const [name, prepare] of Object.entries({ sqlite: onSqlite, postgres: onPostgres })) {
    if (values.only !== undefined && values.only !== name) continue
    console.log(`\n${name}`)
    differences += publish(await runOn(prepare))
  }
  return differences === 0 ? 0 : 1
}

interface Surroundings {
  readonly database: Config['database']
  /** Of each node. */
  readonly environments: readonly { readonly [name: string]: string }[]
  readonly unsettledMs: number
}

/** One node. What ended is on its lines at once. */
async function onSqlite(folder: string): Promise<Surroundings> {
  const file = path.join(folder, 'parley.db')
  return {
    database: { kind: 'sqlite', file },
    environments: [{ DATABASE_URL: `sqlite:${file}` }],
    unsettledMs: 250,
  }
}

async function onPostgres(): Promise<Surroundings> {
  const { TEST_POSTGRES_URL, TEST_REDIS_URL } = loadEnvironment()
  if (!TEST_POSTGRES_URL || !TEST_REDIS_URL) {
    throw new Error(
      'This needs PostgreSQL and Redis: set TEST_POSTGRES_URL and TEST_REDIS_URL, or install redis-server.',
    )
  }
  const url = await createDatabase(TEST_POSTGRES_URL)
  // Redis' keys have the ids of this run's subjects in them: nothing is shared with other runs.
  const shared = { DATABASE_URL: url, REDIS_URL: TEST_REDIS_URL }
  // A settlement gathers with others before it is written, which takes some milliseconds on an idle machine.
  return { database: { kind: 'postgres', url }, environments: [shared, shared], unsettledMs: 1_500 }
}

async function runOn(prepare: (folder: string) => Promise<Surroundings>): Promise<AccountantReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-accountant-'))
  const processes: ChildProcess[] = []
  try {
    const { database, environments, unsettledMs } = await prepare(folder)
    const ports = await Promise.all(environments.map(() => freePort()))
    const start = (node: number) =>
      startNode({
        ...environments[node],
        PORT: String(ports[node]),
        DATA_DIR: path.join(folder, String(node)),
        DRAIN_MS: '1000',
      })
    for (const node of ports.keys()) processes[node] = await start(node)
    const urls = ports.map((port) => `http://127.0.0.1:${port}`)
    const token = await signIn(urls[0] ?? '')
    await using store = await createStore(database, { dataDir: folder, log: silentLog })
    const nodes: AccountantNodes = {
      urls,
      store,
      token,
      unsettledMs,
      async killAndRestart(node) {
        await killNode(processes[node])
        processes[node] = await start(node)
      },
    }
    return await runAccountant(nodes, readOptions())
  } finally {
    await Promise.all(processes.map(killNode))
    await rm(folder, { recursive: true, force: true })
  }
}

function readOptions() {
  const tell = (text: string) => console.log(text)
  return { calls: Number(values.calls), seed: Number(values.seed), kills: Number(values.kills), tell }
}

async function createDatabase(serverUrl: string): Promise<string> {
  const { default: pg } = await import('pg')
  const name = `parley_accountant_${process.pid}_${Date.now()}`
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

function publish({ calls, rows, endReasons, statuses, differences }: AccountantReport): number {
  const list = (counts: { readonly [name: string]: number }) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')
  console.log(`\n${calls} calls, ${rows} rows in the ledger`)
  console.log(`  statuses (0: none came): ${list(statuses)}`)
  console.log(`  end reasons: ${list(endReasons)}`)
  console.log(`  differences: ${differences.length}`)
  for (const difference of differences.slice(0, 50)) console.log(`    ${difference}`)
  return differences.length
}
