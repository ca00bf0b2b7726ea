/** From one database into another, as an operator does it: a server that was killed, the command, a server on what it made. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { compileCache, fetchWhole, forEachDatabase, freePort, startFakeUpstream, tempFolder } from '@parley/testkit'
import { type Kysely, sql } from 'kysely'
import { createConfig } from '../src/config/config.ts'
import { readLeft } from '../src/ledger/ahead-file.ts'
import { aheadFolder } from '../src/store/backup.ts'
import { createStore } from '../src/store/create-store.ts'
import { tablesOf } from '../src/store/move-store.ts'
import type { Store } from '../src/store/store.ts'
import { silentLog } from '../src/store/testing/open-store.ts'
import { startServer, type TestServer } from './harness.ts'

const main = path.join(import.meta.dirname, '../src/main.ts')
const commandLine = path.join(import.meta.dirname, '../src/command-line.ts')
const administrator = { email: 'admin@example.com', password: 'correct horse battery' }
const model = 'claude-3-opus'

type Environment = { readonly [name: string]: string }

interface RunningServer {
  readonly child: ChildProcess
  readonly url: string
  readonly token: string
  readonly api: <T>(method: string, path: string, body?: object) => Promise<T>
}

const processEnvironment = (env: Environment) => ({
  ...compileCache,
  ...env,
})

async function startProcess(env: Environment): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const child = spawn(process.execPath, [main], { env: processEnvironment(env), stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  for await (const chunk of child.stderr.iterator({ destroyOnReturn: false })) {
    said += String(chunk)
    if (said.includes('is ready')) break
  }
  assert.match(said, /is ready/)
  return { child, said }
}

async function startWithAdmin(env: Environment): Promise<RunningServer> {
  const signIn = { ADMIN_EMAIL: administrator.email, ADMIN_PASSWORD: administrator.password }
  const { child } = await startProcess({ ...env, ...signIn })
  const url = `http://127.0.0.1:${env['PORT']}`
  const signedIn = await fetchWhole(`${url}/api/auth/login`, { body: administrator })
  const { token } = (signedIn.json as { data: { token: string } }).data
  const headers = { authorization: `Bearer ${token}` }
  return {
    child,
    url,
    token,
    async api<T>(method: string, where: string, body?: object): Promise<T> {
      const reply = await fetchWhole(url + where, { method, headers, ...(body && { body }) })
      assert.ok(reply.status < 300, `${method} ${where}: ${reply.status} ${reply.text}`)
      return (reply.json as { data: T }).data
    },
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

function move(env: Environment, ...parameters: string[]): Promise<Run> {
  return new Promise((resolve) => {
    const all = [commandLine, 'move-database', '--json', ...parameters]
    execFile(process.execPath, all, { env: processEnvironment(env) }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })
}

const openStoreOf = (env: Environment) =>
  createStore(createConfig(env).database, { dataDir: env['DATA_DIR'] ?? '', log: silentLog })

type Content = { readonly [table: string]: readonly string[] }

/** Every row of every table, as text, in an order that is the same on all databases. */
async function contentOf(store: Store): Promise<Content> {
  const database = store.database as unknown as Kysely<{ [table: string]: { [column: string]: unknown } }>
  const content: { [table: string]: string[] } = {}
  for (const table of await tablesOf(store)) {
    const rows = await database.selectFrom(table).selectAll().execute()
    content[table] = rows
      .map((row) =>
        JSON.stringify(
          Object.keys(row)
            .sort()
            .map((name) => asText(row[name])),
        ),
      )
      .sort()
  }
  return content
}

function asText(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}

async function contentIn(env: Environment): Promise<Content> {
  await using store = await openStoreOf(env)
  return await contentOf(store)
}

interface Made {
  readonly conversation: string
  readonly attachment: string
  readonly picture: Buffer
  readonly key: string
}

/** What people and programs leave: an account, a key, calls, a chat with branches and a file, a group. */
async function useIt(server: RunningServer, upstreamUrl: string): Promise<Made> {
  const { api } = server
  const account = { name: '上游', kind: 'anthropic', base_url: upstreamUrl, api_key: 'sk-secret', models: [model] }
  await api('POST', '/admin/accounts', account)
  const { key } = await api<{ key: string }>('POST', '/admin/api-keys', { name: 'laptop' })
  await api('POST', '/admin/user-groups', { name: '研发', description: '' })
  const picture = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(500_000)])
  const uploaded = await fetchWhole(`${server.url}/api/attachments?name=p.png`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}` },
    body: picture,
  })
  const { id: attachment } = (uploaded.json as { data: { id: string } }).data
  const { id: conversation } = await api<{ id: string }>('POST', '/api/conversations', { title: '搬家', model })
  const messages = `/api/conversations/${conversation}/messages`
  await api('POST', messages, { content: '请介绍长颈鹿的习性', attachments: [attachment] })
  await api('POST', messages, { content: 'And the okapi?' })
  return { conversation, attachment, picture, key }
}

const call = (url: string, key: string) =>
  fetchWhole(`${url}/v1/messages`, {
    body: { model, max_tokens: 10, messages: [{ role: 'user', content: 'x' }] },
    headers: { 'x-api-key': key },
  })

let upstream: Awaited<ReturnType<typeof startFakeUpstream>>
before(async () => {
  upstream = await startFakeUpstream()
  upstream.always({ text: '它们吃树叶', usage: { input: 100, output: 7 } })
})
after(() => upstream.close())

async function assertAllThere(server: TestServer, made: Made): Promise<void> {
  for (const q of ['长颈', '树叶', 'okapi', '搬家']) {
    const found = await server.api<{ messages: object[]; titles: object[] }>('GET', `/api/search?q=${q}`)
    assert.ok(found.messages.length + found.titles.length > 0, `${q} is found`)
  }
  const headers = { authorization: `Bearer ${server.token}` }
  const file = await fetchWhole(`${server.url}/api/attachments/${made.attachment}`, { method: 'GET', headers })
  assert.equal(file.status, 200)
  assert.deepEqual(file.body, made.picture)
  assert.equal((await call(server.url, made.key)).status, 200, 'the key is known, and the account’s credential opens')
  const messages = `/api/conversations/${made.conversation}/messages`
  const reply = await server.api<object>('POST', messages, { content: 'go on' })
  assert.match(JSON.stringify(reply), /它们吃树叶/)
}

forEachDatabase('everything moves', (target) => {
  test('out of the SQLite file of a killed server, and back out of it', async (t) => {
    const dataDir = tempFolder(t)
    const old: Environment = { DATA_DIR: dataDir, PORT: String(await freePort()) }
    const next: Environment = { ...old, DATABASE_URL: target.url }
    const server = await startWithAdmin(old)
    let made: Made
    try {
      made = await useIt(server, upstream.url)
      assert.match((await move(next, '--yes')).err, /is using the data folder/)
      // It is answered when the calls so far have their rows.
      await server.api('GET', '/api/user/profile')
      assert.equal((await call(server.url, made.key)).status, 200)
    } finally {
      await end(server.child, 'SIGKILL')
    }
    const secrets = readFileSync(path.join(dataDir, 'secrets.json'), 'utf8')
    assert.ok(readLeft(aheadFolder(dataDir)).lines.length > 0, 'the last call is on its lines only')
    await plantOddities(old)

    assert.match((await move(old, '--yes')).err, /Set DATABASE_URL to the new one/)
    assert.equal((await move(next)).code, 2, 'nobody said yes')
    if (target.kind === 'postgres') await startTooEarly(next)
    const moved = await move(next, '--yes')
    assert.equal(moved.code, 0, moved.err)
    assert.match(moved.err, /message: \d+ of \d+/)
    const { tables } = JSON.parse(moved.out) as { tables: { [table: string]: number } }
    const before = await contentIn(old)
    assert.deepEqual(tables, Object.fromEntries(Object.entries(before).map(([name, rows]) => [name, rows.length])))
    for (const table of ['usage_record', 'usage_rollup', 'message', 'file_chunk', 'api_key', 'audit', 'failed_attempt'])
      assert.ok((tables[table] ?? 0) > 0, `there was something in ${table}`)
    assert.equal(tables['usage_record'], 3, 'two replies and the last call')
    assert.equal(readLeft(aheadFolder(dataDir)).lines.length, 0)
    assert.deepEqual(withoutNuls(await contentIn(next)), withoutNuls(before))
    await forgetBeat(next)
    assert.match((await move(next, '--yes')).err, /is in use already/)
    assert.equal(readFileSync(path.join(dataDir, 'secrets.json'), 'utf8'), secrets)

    const now = await contentIn(next)
    const back = { ...old, DATABASE_URL: `sqlite:${path.join(dataDir, 'back.db')}` }
    const movedBack = await move(back, '--from', target.url, '--yes')
    assert.equal(movedBack.code, 0, movedBack.err)
    assert.deepEqual(await contentIn(back), now)
    for (const env of [next, back]) {
      await using started = await startServer({ env: { ...env, PORT: '0' } })
      await assertAllThere(started, made)
    }
  })
})

/** A message whose parent comes after it, an attempt that failed, and a character that PostgreSQL cannot store. */
async function plantOddities(env: Environment): Promise<void> {
  await using store = await openStoreOf(env)
  const { database } = store
  const [message] = await database.selectFrom('message').selectAll().where('parent_id', 'is', null).execute()
  assert.ok(message !== undefined)
  const late = { ...message, content: 'a\0b', attachments_json: null, run_id: null, client_message_id: null }
  await database
    .insertInto('message')
    .values({ ...late, id: 'z-parent' })
    .execute()
  await database
    .insertInto('message')
    .values({ ...late, id: 'a-child', parent_id: 'z-parent' })
    .execute()
  const { id } = await database.selectFrom('usage_record').select('id').limit(1).executeTakeFirstOrThrow()
  const attempt = { request_id: id, attempt: 1, account_id: 'a', upstream_model: 'm', usage_json: '{}' }
  await database
    .insertInto('failed_attempt')
    .values({ ...attempt, input_tokens: 1, output_tokens: 2, cost_nanos: 2 ** 52 + 1 })
    .execute()
}

function withoutNuls(content: Content): Content {
  const plain = (row: string) => row.replaceAll(String.raw`\u0000`, '')
  return Object.fromEntries(Object.entries(content).map(([table, rows]) => [table, rows.map(plain).sort()]))
}

forEachDatabase('what a move rests on', (target) => {
  test('no table is forgotten, and none counts its rows by itself', async (t) => {
    const env = { DATA_DIR: tempFolder(t), DATABASE_URL: target.url }
    await using store = await openStoreOf(env)
    const all = await store.database.introspection.getTables()
    const tables = await tablesOf(store)
    assert.deepEqual(
      all.map(({ name }) => name).filter((name) => !tables.includes(name) && !name.startsWith('search_index')),
      ['search_document'],
    )
    const counting =
      store.kind === 'sqlite'
        ? sql`select name from sqlite_master where sql like '%autoincrement%'`
        : sql`select sequencename from pg_sequences`
    assert.deepEqual((await counting.execute(store.database)).rows, [])
  })

  test('a move that fails leaves the new database as it was', async (t) => {
    const dataDir = tempFolder(t)
    const old = { DATA_DIR: dataDir }
    await plantLooseRow(old)
    const next = { ...old, DATABASE_URL: target.url }
    const before = await contentIn(next)
    const failed = await move(next, '--yes')
    assert.equal(failed.code, 1)
    assert.match(failed.err, /foreign key/i)
    assert.deepEqual(await contentIn(next), before)
  })
})

/** Whoever sets DATABASE_URL and starts finds a new server, is told what to do, and nothing is spoilt. */
async function startTooEarly(env: Environment): Promise<void> {
  const { child, said } = await startProcess(env)
  try {
    assert.match(said, /This database is new\. .*parley\.db comes into it by: npm run cli move-database/)
    assert.match((await move(env, '--yes')).err, /Parley is running on this database/)
  } finally {
    await end(child, 'SIGTERM')
  }
}

/** The server of before was killed a moment ago, and on PostgreSQL might be on another machine. */
async function forgetBeat(env: Environment): Promise<void> {
  await using store = await openStoreOf(env)
  await store.database.updateTable('node').set({ heartbeat_at: 1 }).execute()
}

/** A row of somebody who is not there. */
async function plantLooseRow(env: Environment): Promise<void> {
  await using store = await openStoreOf(env)
  await sql`pragma foreign_keys = off`.execute(store.database)
  const row = { hash: 'h', user_id: 'nobody', created_at: 1, expires_at: 1 }
  await store.database.insertInto('password_reset').values(row).execute()
}
