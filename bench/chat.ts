/** `node scripts/launch.mjs bench/chat.ts`: how long people wait for their conversations when they have very many. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import { freePort } from '@parley/testkit'
import { conversationsFile } from './chat-data.ts'
import { quantile } from './statistics.ts'

const help = `Usage: node scripts/launch.mjs bench/chat.ts [options]

Fills an empty server with one person's conversations and measures, over HTTP, the list, opening a conversation, and
searches. Prints a table; the limits are those of docs/performance.md.

  --conversations <n>  how many (default 2000, with 50 messages each)
  --count <n>          requests of each kind (default 300)
  --database <url>     an empty PostgreSQL database instead of SQLite
  --help               this text`

const { values } = parseArgs({
  options: {
    conversations: { type: 'string', default: '2000' },
    count: { type: 'string', default: '300' },
    database: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const messagesEach = 50
const admin = { email: 'bench@example.com', password: 'a long bench password' }

if (values.help) console.log(help)
else await main()

interface Kind {
  readonly name: string
  readonly limitMs: number
  readonly path: (turn: number) => string
}

async function main(): Promise<void> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'parley-bench-'))
  const server = await startServer(dataDir)
  try {
    const token = await signIn(server.origin)
    const headers = { authorization: `Bearer ${token}` }
    const conversationIds = await fill(server.origin, headers)
    const rows: object[] = []
    for (const kind of kinds(conversationIds)) rows.push(await measure(kind, server.origin, headers))
    console.table(rows)
  } finally {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

function kinds(conversationIds: readonly string[]): Kind[] {
  const found = (q: string) => `/api/search?q=${encodeURIComponent(q)}`
  const searches = {
    'a common word': 'the',
    'a rare word': 'needle',
    'two words': 'server memory',
    'a phrase': '"database server"',
    'two Chinese characters': '模型',
    'one Chinese character': '数',
    'four Chinese characters': '机器学习',
    'a beginning': 'con',
    nothing: 'zzzzz',
  }
  return [
    { name: 'list', limitMs: 20, path: (turn) => `/api/conversations?limit=50&page=${1 + (turn % 10)}` },
    { name: 'list as the page asks', limitMs: 20, path: () => '/api/conversations' },
    { name: 'list with a word', limitMs: 50, path: () => '/api/conversations?limit=50&q=needle' },
    { name: 'list with a common word', limitMs: 50, path: () => '/api/conversations?limit=50&q=the' },
    {
      name: 'open',
      limitMs: 30,
      path: (turn) => `/api/conversations/${conversationIds[(turn * 37) % conversationIds.length]}`,
    },
    ...Object.entries(searches).map(([name, q]) => ({ name: `search: ${name}`, limitMs: 50, path: () => found(q) })),
    { name: 'search: with filters', limitMs: 50, path: () => `${found('the')}&role=user&tag=tag-5&from=2020-01-01` },
  ]
}

async function measure(kind: Kind, origin: string, headers: Record<string, string>): Promise<object> {
  const times: number[] = []
  for (let turn = -20; turn < Number(values.count); turn += 1) {
    const started = performance.now()
    await get(origin + kind.path(Math.abs(turn)), headers)
    if (turn >= 0) times.push(performance.now() - started)
  }
  const milliseconds = (share: number) => Number(quantile(times, share).toFixed(1))
  const p99 = milliseconds(0.99)
  return { what: kind.name, p50: milliseconds(0.5), p99, limit: kind.limitMs, ok: p99 < kind.limitMs }
}

/** Through the import, as a person with a file would. */
async function fill(origin: string, headers: Record<string, string>): Promise<string[]> {
  const started = performance.now()
  const response = await fetch(`${origin}/api/conversations/import`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: Readable.from(conversationsFile(Number(values.conversations), messagesEach)),
    duplex: 'half',
  } as RequestInit)
  const report = await response.text()
  if (!response.ok) throw new Error(`the import failed: ${response.status} ${report}`)
  console.log(`${((performance.now() - started) / 1_000).toFixed(1)} s: ${report}`)
  const listed = await get<{ id: string }[]>(`${origin}/api/conversations?limit=1000`, headers)
  return listed.map(({ id }) => id)
}

async function startServer(dataDir: string): Promise<{ origin: string; stop: () => Promise<void> }> {
  const port = await freePort()
  const child = spawn(process.execPath, [path.resolve(import.meta.dirname, '../apps/server/src/main.ts')], {
    cwd: dataDir,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      PORT: String(port),
      DATA_DIR: dataDir,
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      LOG_LEVEL: 'warn',
      ...(values.database === undefined ? {} : { DATABASE_URL: values.database }),
    },
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const origin = `http://127.0.0.1:${port}`
  while (!(await isUp(origin))) {
    if (child.exitCode !== null) throw new Error('the server did not start')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    origin,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function isUp(origin: string): Promise<boolean> {
  try {
    return (await fetch(`${origin}/api/health`)).ok
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

async function signIn(origin: string): Promise<string> {
  const response = await fetch(`${origin}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(admin),
  })
  const { data } = (await response.json()) as { data: { token: string } }
  return data.token
}

async function get<T>(url: string, headers: Record<string, string>): Promise<T> {
  const response = await fetch(url, { headers })
  const text = await response.text()
  if (!response.ok) throw new Error(`GET ${url}: ${response.status} ${text}`)
  return (JSON.parse(text) as { data: T }).data
}
