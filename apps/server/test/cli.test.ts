/** The command line, as people type it: real processes, on a data folder and through a running server. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileCache, freePort, tempFolder } from '@parley/testkit'
import { createApiClient } from '../src/cli/api-client.ts'
import { createProgram } from '../src/cli/program.ts'
import { createService } from '../src/cli/service-process.ts'
import { createTerminal } from '../src/cli/terminal.ts'
import { createEncryption } from '../src/config/encryption.ts'
import { createConfig } from '../src/config/config.ts'
import { createStore } from '../src/store/create-store.ts'
import { startServer, type TestServer } from './harness.ts'

const commandLine = fileURLToPath(new URL('../src/command-line.ts', import.meta.url))
const serviceCommand = fileURLToPath(new URL('../src/cli/service.ts', import.meta.url))
const admin = { email: 'admin@example.com', password: 'correct horse battery' }

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

function runProcess(
  file: string,
  parameters: readonly string[],
  env: { readonly [name: string]: string },
): Promise<Run> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env['PATH'], ...compileCache, ...env }, cwd: tmpdir() }
    execFile(process.execPath, [file, ...parameters], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

/** A process of which nobody reads what it prints, and what it says of that. */
async function runUnread(file: string, parameters: readonly string[], env: { readonly [name: string]: string }) {
  const child = spawn(process.execPath, [file, ...parameters], { env: { PATH: process.env['PATH'], ...env } })
  child.stdout.destroy()
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, err }
}

describe('the command line on a data folder', () => {
  let folder: string
  let env: { readonly [name: string]: string }
  const run = (...parameters: string[]) => runProcess(commandLine, parameters, env)

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'parley-cli-'))
    env = { DATA_DIR: folder, PORT: String(await freePort()), PARLEY_NO_BUILD: '1', PARLEY_NO_INSTALL: '1' }
  })
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))

  test('ends quietly when nobody reads what it says', async () => {
    assert.deepEqual(await runUnread(commandLine, ['--help'], env), { code: 0, err: '' })
    assert.deepEqual(await runUnread(serviceCommand, ['--help'], env), { code: 0, err: '' })
    const logs = path.join(folder, 'logs')
    mkdirSync(logs, { recursive: true })
    writeFileSync(path.join(logs, 'service.log'), 'a line\n')
    for (const command of [['logs'], ['logs', '--follow']])
      assert.deepEqual(await runUnread(serviceCommand, command, env), { code: 0, err: '' })
  })

  test('makes the first administrator, then works without a password, and keeps secrets sealed through rotation', async () => {
    const early = await run('keys', 'list')
    assert.deepEqual([early.code, early.out], [1, ''])
    assert.match(early.err, /no administrator yet/)

    const made = await run('admin', 'create', '--email', admin.email, '--password', admin.password)
    assert.deepEqual([made.code, made.out], [0, 'admin@example.com is an administrator.\n'])

    const fields = ['--name', 'up', '--kind', 'openai', '--api-key', 'sk-0123456789abcdef', '--json']
    const account = await run('accounts', 'add', ...fields)
    assert.equal(account.code, 0, account.err)
    const { id, api_key } = JSON.parse(account.out) as { id: string; api_key: string }
    assert.equal(api_key, 'sk-0…cdef')

    const config = () => createConfig({ DATA_DIR: folder })
    const credential = async () => {
      await using store = await createStore(config().database, { dataDir: folder, log: quiet })
      const row = await store.database.selectFrom('account').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
      return row.credential ?? ''
    }
    const before = await credential()
    const unasked = await run('rotate-keys')
    assert.deepEqual([unasked.code, await credential()], [2, before])
    const rotated = await run('rotate-keys', '--yes', '--json')
    assert.equal(rotated.code, 0, rotated.err)
    assert.equal((JSON.parse(rotated.out) as { sealed: number }).sealed, 1)
    const sealed = await credential()
    const encryption = createEncryption(config().secrets)
    assert.notEqual(sealed, before)
    assert.equal(encryption.isCurrent(sealed), true)
    assert.equal(encryption.open(sealed, `account:${id}:credential`), 'sk-0123456789abcdef')
    assert.equal(statSync(path.join(folder, 'secrets.json')).mode & 0o777, 0o600)
  })

  test('works in the name of an administrator, who has not been there: the audit trail says so', async () => {
    assert.equal((await run('keys', 'create', '--name', 'by command')).code, 0)
    await using store = await createStore(createConfig({ DATA_DIR: folder }).database, { dataDir: folder, log: quiet })
    const done = await store.database.selectFrom('audit').select(['action', 'via']).execute()
    assert.ok(done.some(({ action }) => action === 'api_key.create'))
    assert.ok(done.every(({ via }) => via === 'cli'))
    const people = await store.database.selectFrom('user').select(['email', 'last_login_at']).execute()
    assert.deepEqual(people, [{ email: admin.email, last_login_at: null }])
    const open = await store.database.selectFrom('session').select('id').where('revoked_at', 'is', null).execute()
    assert.deepEqual(open, [])
  })

  test('gives the only administrator another password, by whom it is signed in itself', async () => {
    const made = await run('admin', 'reset-password', admin.email, '--password', `${admin.password} 2`, '--yes')
    assert.deepEqual([made.code, made.err], [0, ''])
    assert.equal((await run('accounts', 'list')).code, 0)
  })

  test('tells nothing to a stranger who answers at its port', async () => {
    const asked: string[] = []
    const stranger = createServer((request, response) => {
      asked.push(String(request.url))
      response.end('{"status":"ok"}')
    })
    await once(stranger.listen(Number(env['PORT']), '127.0.0.1'), 'listening')
    try {
      const models = await run('models', 'list')
      assert.equal(models.code, 0, models.err)
      assert.deepEqual(asked, [])
      const started = await runProcess(serviceCommand, ['start', '--daemon'], env)
      assert.equal(started.code, 1)
      assert.match(started.err, /not this service answers at http:\/\/127\.0\.0\.1:\d+ already/)
      assert.equal(existsSync(path.join(folder, 'service.pid')), false)
    } finally {
      stranger.close()
      stranger.closeAllConnections()
    }
  })

  test('takes a price only whole', async () => {
    const half = await run('models', 'update', 'gpt-4', '--input', '3')
    assert.equal(half.code, 2)
    assert.match(half.err, /give both --input and --output/)
  })

  test('makes a link to a new password', async () => {
    const made = await run('admin', 'reset-link', admin.email, '--json')
    assert.equal(made.code, 0, made.err)
    const { url } = JSON.parse(made.out) as { url: string }
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/reset-password#[\w-]{43}$/)
    assert.equal((await run('admin', 'reset-link', 'nobody@example.com')).code, 1)
  })

  test('backs up and restores, and refuses what is no good backup', async () => {
    const backup = path.join(folder, 'my-backup')
    assert.equal((await run('backup', backup)).code, 0)
    assert.equal((await run('accounts', 'remove', await onlyAccount(), '--yes')).code, 0)
    const secrets = readFileSync(path.join(folder, 'secrets.json'), 'utf8')
    writeFileSync(path.join(folder, 'secrets.json'), secrets.replace(/"jwtSecret": "../, '"jwtSecret": "zz'))

    const restored = await run('restore', backup, '--yes', '--json')
    assert.equal(restored.code, 0, restored.err)
    assert.ok(existsSync(path.join((JSON.parse(restored.out) as { aside: string }).aside, 'parley.db')))
    assert.equal(readFileSync(path.join(folder, 'secrets.json'), 'utf8'), secrets)
    assert.ok(await onlyAccount())

    // As it is downloaded.
    await rm(path.join(backup, 'secrets.json'))
    assert.equal((await run('restore', backup, '--yes')).code, 0)
    assert.equal(readFileSync(path.join(folder, 'secrets.json'), 'utf8'), secrets)

    writeFileSync(path.join(backup, 'parley.db'), 'no database')
    const damaged = await run('restore', backup, '--yes')
    assert.equal(damaged.code, 1)
    assert.match(damaged.err, /damaged/)
    assert.ok(await onlyAccount(), 'nothing was changed')
    assert.match((await run('restore', folder, '--yes')).err, /is not a backup/)
  })

  test('runs the server as a service, and then works through it', async () => {
    const service = (...parameters: string[]) => runProcess(serviceCommand, parameters, env)
    assert.equal((await service('status')).code, 3)
    const started = await service('start', '--daemon')
    assert.equal(started.code, 0, started.err)
    try {
      assert.match((await service('status')).out, /is running \(process \d+\): ok/)
      assert.match((await service('start', '--daemon')).err, /running already/)
      const status = await run('status', '--json')
      assert.equal((JSON.parse(status.out) as { status: string }).status, 'ok', status.err)
      const rotation = await run('rotate-keys', '--yes')
      assert.equal(rotation.code, 1)
      assert.match(rotation.err, /is using the data folder/)
      assert.match((await service('logs', '-n', '50')).out, /\/admin\/dashboard/)
    } finally {
      assert.match((await service('stop')).out, /has stopped/)
    }
    assert.equal((await service('status')).code, 3)
  })

  async function onlyAccount(): Promise<string> {
    await using store = await createStore(createConfig({ DATA_DIR: folder }).database, { dataDir: folder, log: quiet })
    const [account] = await store.database
      .selectFrom('account')
      .select('id')
      .where('kind', '=', 'openai')
      .where('deleted_at', 'is', null)
      .execute()
    return account?.id ?? assert.fail('there is no account')
  }
})

test('a stop waits for replies and then for a database that is away, as the server does', async (t) => {
  const dataDir = tempFolder(t)
  const shutdownMs = 2_000
  // It ends later than a server that waits for replies alone.
  const program = path.join(dataDir, 'main.ts')
  writeFileSync(
    program,
    `process.on('SIGTERM', () => setTimeout(() => process.exit(), ${shutdownMs + 500}))\nprocess.stdout.write('up')\n` +
      'setInterval(() => {}, 1000)\n',
  )
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(child.stdout, 'data')
    writeFileSync(path.join(dataDir, 'service.pid'), `${child.pid}\n`)
    const service = createService({ dataDir, host: '127.0.0.1', port: 1, shutdownMs }, { graceMs: 0 })
    assert.equal(await service.stop(), child.pid)
  } finally {
    child.kill('SIGKILL')
  }
})

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }

describe('the commands', () => {
  let server: TestServer
  before(async () => {
    server = await startServer()
  })
  after(() => server[Symbol.asyncDispose]())

  /** What a command prints, run in this process through the test's server. */
  async function run(...parameters: string[]): Promise<string> {
    const written: string[] = []
    const api = createApiClient(async ({ method, path: url, headers, body }) => {
      const reply = await fetch(server.url + url, { method, headers, ...(body !== undefined && { body }) })
      return { status: reply.status, text: await reply.text() }
    }, server.token)
    const program = createProgram({
      api: async () => api,
      createFirstAdmin: async () => undefined,
      config: () => server.app.config,
      chat: () => import('../src/chat/command-line.ts'),
      relay: () => import('../src/relay/command-line.ts'),
      terminal: ({ json = false, yes = false }) =>
        createTerminal({
          isJson: json,
          isYes: yes,
          isInteractive: false,
          write: (text) => void written.push(text),
          writeProgress: () => undefined,
        }),
    })
    await program.parseAsync(parameters, { from: 'user' })
    return written.join('')
  }
  const json = async <T>(...parameters: string[]) => JSON.parse(await run(...parameters, '--json')) as T

  test('make the search index anew, beside the running server', async () => {
    const { id } = await server.api<{ id: string }>('POST', '/api/conversations', { title: 'findable' })
    await server.api('POST', `/api/conversations/${id}/messages`, { content: 'a needle' })
    const found = async () => {
      const { messages } = await server.api<{ messages: object[] }>('GET', '/api/search?q=needle')
      return messages.length
    }
    const before = await found()
    assert.ok(before > 0)
    const { database } = server.app.store
    await database.deleteFrom('search_document').where('conversation_id', '=', id).execute()
    assert.equal(await found(), 0)
    assert.deepEqual(await json('rebuild-search'), { messages: 2, titles: 1 })
    assert.equal(await found(), before)
  })

  test('make, change, list, delete and restore keys', async () => {
    const limit = ['--limit', '5 cost per day', '--limit', '20 requests per minute', '--limit', '3 concurrency']
    const restrictions = ['--ip', '10.0.0.0/8,::1', '--clients', 'claude-code', '--expires', '2100-01-01']
    const text = await run('keys', 'create', '--name', '团队', ...limit, ...restrictions, '--tags', 'a,b')
    const [, secret = '', id = ''] = /^(cr_[0-9a-f]{64})\n[^]*Its id is (\S+)\.\n$/.exec(text) ?? []
    const key = await json<{ limits: object[]; ip_allow: string[]; expires_at: string }>('keys', 'show', id)
    assert.deepEqual(key.limits, [
      { what: 'cost', per: 'day', max: 5 },
      { what: 'requests', per: 'minute', max: 20 },
      { what: 'concurrency', per: 'total', max: 3 },
    ])
    assert.deepEqual([key.ip_allow, key.expires_at], [['10.0.0.0/8', '::1'], '2100-01-01T00:00:00.000Z'])
    await run('keys', 'update', id, '--enabled', 'off', '--expires', 'never')
    assert.equal((await server.app.keys.find(secret))?.isEnabled, false)
    const table = await run('keys')
    assert.match(table, /^ID +NAME +KEY +STATE/)
    assert.ok(table.includes(`${id}  团队  `), table)
    await assert.rejects(run('keys', 'delete', id), { exitCode: 2 })
    assert.match(await run('keys', 'delete', id, '--yes'), /was deleted/)
    assert.equal((await json<object[]>('keys', 'list', '--state', 'deleted')).length, 1)
    await run('keys', 'restore', id)
    assert.equal((await json<object[]>('keys')).length, 1)
  })

  test('add, pause, resume, explain, test and remove accounts', async () => {
    const place = ['--base-url', 'http://127.0.0.1:1', '--api-key', 'sk-secret-key-0123', '--models', 'pub=up,both']
    const fields = ['--name', 'first', '--kind', 'openai', '--groups', 'g', '--budget', '2.5', ...place]
    const account = await json<{ id: string; models: object; daily_budget: number }>('accounts', 'add', ...fields)
    assert.deepEqual([account.models, account.daily_budget], [{ pub: 'up', both: 'both' }, 2.5])
    assert.match(await run('explain', 'pub'), /^It would go to first\.\n/)
    assert.equal(await run('accounts', 'pause', account.id), 'first: paused\n')
    assert.match(await run('explain', 'pub'), /^It would go to nobody\.[^]*switched off/)
    assert.equal(await run('accounts', 'resume', account.id), 'first: ready\n')
    assert.match(await run('accounts', 'test', account.id), /failed: .*ECONNREFUSED/)
    process.exitCode = 0
    assert.ok(!(await run('accounts', 'show', account.id)).includes('secret-key'))
    await run('accounts', 'remove', account.id, '--yes')
    assert.deepEqual(
      (await json<{ kind: string }[]>('accounts')).map(({ kind }) => kind),
      ['simulator'],
    )
  })

  test('keep models and their prices', async () => {
    await run('models', 'add', 'my/model', '--name', 'Mine', '--provider', 'Me', '--input', '1', '--output', '2.5')
    assert.match(await run('models'), /my\/model +Mine +Me +- +on +1 \/ 2\.5/)
    await run('models', 'update', 'my/model', '--active', 'off')
    assert.equal((await json<{ is_active: boolean }>('models', 'show', 'my/model')).is_active, false)
    await run('models', 'remove', 'my/model', '--yes')
    await assert.rejects(run('models', 'show', 'my/model'), /not found/i)
  })

  test('show usage, single calls and how each was decided', async () => {
    const { key } = await server.addKey()
    const body = JSON.stringify({ model: 'gpt-4', messages: [{ role: 'user', content: 'hi' }] })
    const headers = { 'x-api-key': key, 'content-type': 'application/json' }
    assert.equal((await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', headers, body })).status, 200)
    await server.settledRecords()
    const [call] = await json<{ request_id: string; model: string }[]>('usage', 'calls')
    assert.equal(call?.model, 'gpt-4')
    const callsThat = async (outcome: string) =>
      (await json<{ request_id: string }[]>('usage', 'calls', '--outcome', outcome)).map((one) => one.request_id)
    assert.ok((await callsThat('done')).includes(call?.request_id ?? ''))
    assert.ok(!(await callsThat('failed')).includes(call?.request_id ?? ''))
    const trace = await json<{ order: string[] }>('usage', 'trace', call?.request_id ?? '')
    assert.deepEqual(trace.order, ['simulator'])
    assert.match(await run('usage', '--by', 'model', '--per', 'hour'), /gpt-4 +1 +0/)
    assert.equal((await json<{ status: string }>('status')).status, 'ok')
  })

  test('administer people', async () => {
    await run('admin', 'create', '--email', 'second@example.com', '--password', 'another good phrase')
    assert.match(await run('admin'), /second@example\.com +\S+ +admin +on/)
    assert.equal(await run('admin', 'demote', 'second@example.com'), 'second@example.com: user, on\n')
    assert.equal(await run('admin', 'disable', 'second@example.com'), 'second@example.com: user, off\n')
    await assert.rejects(run('admin', 'enable', 'nobody@example.com'), /nobody with the email/)
    await run('admin', 'reset-password', 'second@example.com', '--password', 'yet another phrase', '--yes')
  })

  test('invite somebody who may register where nobody else may, and take an invitation back', async () => {
    await server.api('PUT', '/admin/settings', { registration_open: false })
    const text = await run('invitations', 'create', '--email', 'guest@example.com', '--days', '2')
    const [url = ''] = /^http\S+#\S+/.exec(text) ?? []
    assert.match(text, /Good once, until \S+Z\.\n$/)
    const invitation = new URL(url).hash.replace('#invitation=', '')
    const register = async (email: string) => {
      const body = JSON.stringify({ email, password: 'correct horse battery', invitation })
      const headers = { 'content-type': 'application/json' }
      return (await fetch(`${server.url}/api/auth/register`, { method: 'POST', headers, body })).status
    }
    assert.equal(await register('another@example.com'), 403)
    assert.equal(await register('guest@example.com'), 201)
    assert.match(await run('invitations'), /guest@example\.com +user +used/)

    const { id } = await json<{ id: string }>('invitations', 'create', '--role', 'admin')
    assert.match(await run('invitations', 'list'), /whoever has it +admin +open/)
    assert.equal(await run('invitations', 'delete', id), 'The link is not good any more.\n')
    assert.equal((await json<object[]>('invitations')).length, 1)
    await assert.rejects(run('invitations', 'delete', id), /not found/)
    await assert.rejects(run('invitations', 'create', '--days', '0'), /expires_in_days/)
    await server.api('DELETE', '/admin/settings/registration_open')
  })

  for (const [what, parameters] of [
    ['an unknown command', ['keyz']],
    ['a limit that is none', ['keys', 'create', '--name', 'x', '--limit', 'lots']],
    ['a time that is none', ['keys', 'create', '--name', 'x', '--expires', 'soon']],
    ['too much', ['keys', 'list', 'more']],
  ] as const) {
    test(`refuse ${what} as wrong usage`, async (t) => {
      t.mock.method(process.stderr, 'write', () => true)
      await assert.rejects(run(...parameters), { name: 'CommanderError' })
    })
  }
})
