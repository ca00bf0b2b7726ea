/** `npm run test:ledger`: the accountant's test on two nodes that share PostgreSQL and Redis and are killed now and then. */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { freePort } from '@parley/testkit'
import { loadEnvironment } from '../../src/config/env.ts'
import { createStore } from '../../src/store/create-store.ts'
import { silentLog } from '../../src/store/testing/open-store.ts'
import { startServer } from '../harness.ts'
import { type AccountantNodes, type AccountantReport, runAccountant } from './accountant.ts'
import { killNode, signIn, startNode } from './node-process.ts'

const help = `Usage: npm run test:ledger [-- options]

Makes many calls, of all wires, well and badly ended, through two servers that share PostgreSQL and Redis and that are
killed (kill -9) and started again meanwhile, and compares the ledger with what the fake upstreams have served.
Prints the differences; exits with 1 if there are any.

  --calls <n>   how many (default 10000)
  --seed <n>    other calls (default 1)
  --kills <n>   how often a server is killed (default 4)
  --single      one server in this process, on SQLite, never killed
  --help        this text`

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '4' },
    single: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(help)
else process.exitCode = publish(values.single ? await runSingle() : await runTwoNodes())

async function runSingle(): Promise<AccountantReport> {
  await using server = await startServer({ env: { DRAIN_MS: '1000' } })
  const nodes = { urls: [server.url], store: server.app.store, token: server.token, killAndRestart: undefined }
  return await runAccountant(nodes, readOptions(0))
}

async function runTwoNodes(): Promise<AccountantReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-accountant-'))
  const processes: ChildProcess[] = []
  try {
    const { TEST_POSTGRES_URL, TEST_REDIS_URL } = loadEnvironment()
    if (!TEST_POSTGRES_URL || !TEST_REDIS_URL) {
      throw new Error(
        'This needs PostgreSQL and Redis: set TEST_POSTGRES_URL and TEST_REDIS_URL, or install redis-server.',
      )
    }
    const database = await createDatabase(TEST_POSTGRES_URL)
    const ports = [await freePort(), await freePort()]
    const environment = {
      DATABASE_URL: database.url,
      // Its keys have the ids of this run's subjects in them: nothing is shared with other runs.
      REDIS_URL: TEST_REDIS_URL,
      DRAIN_MS: '1000',
    }
    const start = (node: number) =>
      startNode({ ...environment, PORT: String(ports[node]), DATA_DIR: `${folder}/${node}` })
    for (const node of ports.keys()) processes[node] = await start(node)
    const urls = ports.map((port) => `http://127.0.0.1:${port}`)
    const token = await signIn(urls[0] ?? '')
    await using store = await createStore({ kind: 'postgres', url: database.url }, { dataDir: folder, log: silentLog })
    const nodes: AccountantNodes = {
      urls,
      store,
      token,
      async killAndRestart(node) {
        await killNode(processes[node])
        processes[node] = await start(node)
      },
    }
    return await runAccountant(nodes, readOptions(Number(values.kills)))
  } finally {
    await Promise.all(processes.map(killNode))
    await rm(folder, { recursive: true, force: true })
  }
}

function readOptions(kills: number) {
  const tell = (text: string) => console.log(text)
  return { calls: Number(values.calls), seed: Number(values.seed), kills, tell }
}

async function createDatabase(serverUrl: string): Promise<{ url: string }> {
  const { default: pg } = await import('pg')
  const name = `parley_accountant_${process.pid}_${Date.now()}`
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { url: url.href }
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
  return differences.length === 0 ? 0 : 1
}
