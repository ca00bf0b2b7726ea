import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileCache, fetchWhole, freePort, readSse, send, startFakeUpstream, tempFolder } from '@parley/testkit'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const setup = fileURLToPath(new URL('./cli/setup.ts', import.meta.url))
const password = 'correct horse battery'

interface Options {
  readonly file?: string
  readonly parameters?: readonly string[]
  readonly environment?: Record<string, string>
}

interface Running {
  readonly child: ChildProcess
  readonly output: () => string
  readonly exit: Promise<number | null>
  /** Resolves when the output has it. */
  until(pattern: RegExp): Promise<RegExpExecArray>
}

function run(test: TestContext, { file = main, parameters = [], environment = {} }: Options): Running {
  const child = spawn(process.execPath, [file, ...parameters], {
    env: {
      PATH: process.env['PATH'],
      ...compileCache,
      SHUTDOWN_TIMEOUT_MS: '300',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: tempFolder(test),
  })
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  let output = ''
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const check of waiting) check()
    })
  }
  test.after(async () => {
    child.kill('SIGKILL')
    await exit
  })
  return {
    child,
    exit,
    output: () => output,
    async until(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
      const check = () => {
        const found = pattern.exec(output)
        if (found) resolve(found)
      }
      waiting.add(check)
      check()
      void exit.then((code) => reject(new Error(`it ended with ${code} before it said ${pattern}:\n${output}`)))
      return promise
    },
  }
}

describe('starting the server', () => {
  it('prints where it is and a link for the first administrator, which works once, and stops in good order', async (test) => {
    const dataDir = tempFolder(test)
    const port = await freePort()
    const environment = { DATA_DIR: dataDir, PORT: String(port) }
    const server = run(test, { environment })
    const [, origin = '', token = ''] = await server.until(/(http:\S+)\/setup#(\S+)/)
    assert.equal(origin, `http://127.0.0.1:${port}`)
    const claim = (email: string) => fetchWhole(`${origin}/api/setup`, { body: { token, email, password } })
    assert.equal((await claim('root@example.com')).status, 201)
    assert.equal((await claim('second@example.com')).status, 409)
    assert.equal((await fetchWhole(`${origin}/health`)).status, 200)
    for (const page of ['/', '/web', '/setup']) assert.equal((await fetchWhole(origin + page)).status, 200, page)

    server.child.kill('SIGTERM')
    assert.equal(await server.exit, 0, server.output())
    const [log = ''] = readdirSync(path.join(dataDir, 'logs'))
    const lines = readFileSync(path.join(dataDir, 'logs', log), 'utf8')
      .trim()
      .split('\n')
    assert.equal(JSON.parse(lines.at(-1) ?? '').message, 'stopping')
    assert.equal(lines.join().includes(token), false, 'the link is not in the log')

    const again = run(test, { environment })
    await again.until(/is ready/)
    assert.equal(again.output().includes('/setup#'), false)
  })

  it('makes the administrator that the environment names', async (test) => {
    const port = await freePort()
    const environment = {
      DATA_DIR: tempFolder(test),
      PORT: String(port),
      ADMIN_EMAIL: 'Root@example.com',
      ADMIN_PASSWORD: password,
    }
    await run(test, { environment }).until(/is ready/)
    const answer = await fetchWhole(`http://127.0.0.1:${port}/bare/api/auth/login`, {
      body: { email: 'root@example.com', password },
    })
    assert.equal((answer.json as { user: { role: string } }).user.role, 'admin')
  })

  it('makes the account that API_BASE_URL and API_KEY name, once', async (test) => {
    const upstream = await startFakeUpstream()
    test.after(() => upstream.close())
    const port = await freePort()
    const environment = {
      DATA_DIR: tempFolder(test),
      PORT: String(port),
      ADMIN_EMAIL: 'root@example.com',
      ADMIN_PASSWORD: password,
      API_BASE_URL: upstream.url,
      API_KEY: 'sk-of-the-environment',
    }
    for (let start = 0; start < 2; start++) {
      const server = run(test, { environment })
      await server.until(/is ready/)
      assert.equal(server.output().includes('sk-of-the-environment'), false)
      const ask = (address: string, body?: object, token = '') =>
        fetchWhole(`http://127.0.0.1:${port}/bare${address}`, {
          ...(body && { body }),
          headers: { authorization: `Bearer ${token}` },
        })
      const { token } = (await ask('/api/auth/login', { email: 'root@example.com', password })).json as {
        token: string
      }
      const accounts = (await ask('/admin/accounts', undefined, token)).json as { kind: string }[]
      assert.equal(accounts.filter(({ kind }) => kind === 'anthropic').length, 1)
      const { id } = (await ask('/api/conversations', { model: 'claude-opus-4-20250514' }, token)).json as {
        id: string
      }
      const stream = await ask('/api/chat', { conversation_id: id, message: '你好' }, token)
      assert.match(stream.text, /message_stop/)
      assert.equal(upstream.received.at(-1)?.headers['x-api-key'], 'sk-of-the-environment')
      server.child.kill('SIGTERM')
      assert.equal(await server.exit, 0, server.output())
    }
  })

  it('lets the demo’s two accounts of the documents sign in', async (test) => {
    const port = await freePort()
    const environment = { DATA_DIR: tempFolder(test), PORT: String(port) }
    await run(test, { environment, parameters: ['--demo'] }).until(/This is the demo/)
    for (const email of ['test@test.com', 'test2@test.com']) {
      const answer = await fetchWhole(`http://127.0.0.1:${port}/api/auth/login`, {
        body: { email, password: '123456' },
      })
      assert.equal(answer.status, 200)
    }
  })

  it('ends a stream that takes too long with its own last words when it has to stop', async (test) => {
    const port = await freePort()
    const origin = `http://127.0.0.1:${port}/bare/api`
    const environment = { DATA_DIR: tempFolder(test), PORT: String(port) }
    const server = run(test, { environment, parameters: ['--demo'] })
    await server.until(/is ready/)
    const account = { email: 'test@test.com', password: '123456' }
    const { token } = (await fetchWhole(`${origin}/auth/login`, { body: account })).json as { token: string }
    const headers = { authorization: `Bearer ${token}` }
    const { id } = (await fetchWhole(`${origin}/conversations`, { body: {}, headers })).json as { id: string }
    const response = await send(`${origin}/conversations/${id}/messages/stream`, {
      body: { content: '/long 3000' },
      headers,
    })
    const events = []
    for await (const event of readSse(response)) {
      if (events.push(event) === 10) server.child.kill('SIGTERM')
    }
    assert.equal(response.complete, true, 'the stream was ended, not cut')
    assert.equal(events.at(-1)?.event, 'error')
    const last = { type: 'error', code: 'reply_interrupted', status: 'interrupted' }
    assert.partialDeepStrictEqual(JSON.parse(events.at(-1)?.data ?? ''), last)
    assert.equal(await server.exit, 0, server.output())
  })

  it('says all that is wrong with the settings', async (test) => {
    const environment = { DATA_DIR: tempFolder(test), PORT: 'eighty', JWT_SECRET: 'change-me' }
    const server = run(test, { environment })
    assert.equal(await server.exit, 2)
    assert.match(server.output(), /PORT must be .*[\s\S]*JWT_SECRET is a placeholder/)
  })

  it('says that the port is taken', async (test) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    test.after(() => other.close())
    const address = other.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const server = run(test, { environment: { DATA_DIR: tempFolder(test), PORT: String(port) } })
    assert.equal(await server.exit, 1)
    assert.match(server.output(), new RegExp(`Port ${port} is taken\\. .*PORT=`))
  })

  it('says that another one is using the data folder', async (test) => {
    const dataDir = tempFolder(test)
    const first = run(test, { environment: { DATA_DIR: dataDir, PORT: String(await freePort()) } })
    await first.until(/is ready/)
    const second = run(test, { environment: { DATA_DIR: dataDir, PORT: String(await freePort()) } })
    assert.equal(await second.exit, 1)
    assert.match(second.output(), new RegExp(`Another Parley \\(process ${first.child.pid}\\)`))
    assert.equal(first.child.exitCode, null)
  })
})

describe('npm run setup', () => {
  it('makes the administrator without asking when it is told everything', async (test) => {
    const environment = { DATA_DIR: tempFolder(test) }
    const parameters = ['--email', 'root@example.com', '--password', password]
    const first = run(test, { file: setup, parameters, environment })
    assert.equal(await first.exit, 0, first.output())
    assert.match(first.output(), /root@example\.com is the administrator/)
    const second = run(test, { file: setup, parameters, environment })
    assert.equal(await second.exit, 1)
    assert.match(second.output(), /set up already/)
  })

  it('says what to give when there is nobody to ask, and why a password will not do', async (test) => {
    const environment = { DATA_DIR: tempFolder(test) }
    const silent = run(test, { file: setup, environment })
    assert.equal(await silent.exit, 1)
    assert.match(silent.output(), /nobody to ask[\s\S]*--email/)
    const weak = run(test, { file: setup, parameters: ['--email', 'a@b.c', '--password', 'password'], environment })
    assert.equal(await weak.exit, 1)
    assert.match(weak.output(), /guessed first/)
  })
})
