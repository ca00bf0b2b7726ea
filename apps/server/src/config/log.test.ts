import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { tempFolder } from '@parley/testkit'
import { createCollectedOutput } from './collected-output.ts'
import { createLog } from './log.ts'
import { redactSecrets } from './redact.ts'

const settings = { level: 'info', isPretty: false, keepDays: 14 }

describe('the log', () => {
  it('writes JSON lines into one file a day, and removes old files when a new day begins', (test) => {
    const folder = path.join(tempFolder(test), 'logs')
    mkdirSync(folder)
    for (const name of ['2026-02-09.log', '2026-02-26.log', 'notes.txt']) writeFileSync(path.join(folder, name), 'x')
    let now = Date.parse('2026-03-11T23:59:59.999Z')
    const log = createLog({ settings, folder, output: undefined, clock: () => now })
    log.info({ user_id: 'ann' }, 'one')
    now += 1
    log.info('two')
    log.flush()

    assert.deepEqual(readdirSync(folder).toSorted(), ['2026-03-11.log', '2026-03-12.log', 'notes.txt'])
    const lineOf = (day: string) => JSON.parse(readFileSync(path.join(folder, `${day}.log`), 'utf8'))
    assert.deepEqual(lineOf('2026-03-11'), {
      level: 'info',
      time: '2026-03-11T23:59:59.999Z',
      user_id: 'ann',
      message: 'one',
    })
    assert.equal(lineOf('2026-03-12').message, 'two')
  })

  it('goes on in the file of yesterday while there is no room for that of today', (test) => {
    const folder = path.join(tempFolder(test), 'logs')
    mkdirSync(folder)
    let now = Date.parse('2026-03-11T23:59:59.999Z')
    const log = createLog({ settings, folder, output: undefined, clock: () => now })
    log.info('one')
    now += 1
    // Something that cannot be opened for writing stands in its place.
    mkdirSync(path.join(folder, '2026-03-12.log'))
    log.info('two')
    log.flush()
    assert.match(readFileSync(path.join(folder, '2026-03-11.log'), 'utf8'), /"one".*\n.*"two"/)
  })

  it('collects lines for a moment, and writes them at once when it is flushed or ended', (test) => {
    const file = path.join(tempFolder(test), 'out.log')
    const written = () => readFileSync(file, 'utf8')
    const output = createCollectedOutput(openSync(file, 'a'))
    output.write('one\n')
    assert.equal(written(), '')
    output.flushSync()
    output.write('two\n')
    output.flushSync()
    assert.equal(written(), 'one\ntwo\n')
    output.end()
  })

  it('holds up nobody when the disk is full', { skip: !existsSync('/dev/full') }, () => {
    const script = `
      import { openSync } from 'node:fs'
      import { createCollectedOutput } from ${JSON.stringify(new URL('collected-output.ts', import.meta.url).href)}
      const output = createCollectedOutput(openSync('/dev/full', 'a'))
      output.write('a'.repeat(40_000))
      await new Promise((resolve) => setImmediate(resolve))
      output.write('b')
      output.flushSync()
      output.write('c')
      console.log('goes on')
      output.end()`
    // In a process of its own, because what holds it up could not be ended otherwise.
    const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { timeout: 10_000 })
    assert.deepEqual([child.status, String(child.stdout)], [0, 'goes on\n'], String(child.stderr))
  })

  it('loses no line, and none twice, however much comes while one is being written', async (test) => {
    const file = path.join(tempFolder(test), 'out.log')
    const output = createCollectedOutput(openSync(file, 'a'))
    const lines = Array.from({ length: 50_000 }, (_, number) => `line ${number}\n`)
    for (const [index, line] of lines.entries()) {
      output.write(line)
      if (index % 5_000 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    output.end()
    while (readFileSync(file, 'utf8').length < lines.join('').length)
      await new Promise((resolve) => setImmediate(resolve))
    assert.equal(readFileSync(file, 'utf8'), lines.join(''))
  })

  it('says how long the file is with all lines so far, though more come meanwhile', async (test) => {
    const file = path.join(tempFolder(test), 'out.log')
    const output = createCollectedOutput(openSync(file, 'a'))
    const line = `${'字'.repeat(100)}\n`
    const bytes = Buffer.byteLength(line)
    for (let count = 1; count <= 1_000; count += 1) output.write(line)
    const size = output.sizeOnceFlushed()
    for (let count = 1; count <= 10; count += 1) output.write(line)
    assert.equal(await size, 1_000 * bytes)
    output.end()
    while (readFileSync(file).length < 1_010 * bytes) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(readFileSync(file, 'utf8'), line.repeat(1_010))
  })

  it('shows people at a terminal a readable line, with the stack of an error', () => {
    const shown: string[] = []
    const output = { write: (line: string) => shown.push(line) }
    const log = createLog({ settings: { ...settings, isPretty: true }, folder: undefined, output })
    log.error({ err: new Error('boom'), path: '/api' }, 'it broke')
    const plain = stripVTControlCharacters(shown.join(''))
    assert.match(plain, /^\d\d:\d\d:\d\d\.\d{3} error it broke path=\/api\nError: boom\n {4}at /)
  })
})

describe('a secret never gets into the log', () => {
  const secret = 'hunter2-"quoted"-\\slash-0123456789'
  const shapes: { [name: string]: unknown } = {
    'in headers': {
      headers: { authorization: `Bearer abc.${secret}`, 'x-api-key': secret, 'x-goog-api-key': secret, cookie: secret },
    },
    'in a list of headers': { headers: { 'set-cookie': [secret, secret] } },
    'in a body, deep': { body: { a: [{ b: { password: secret, newPassword: secret, currentPassword: secret } }] } },
    'as a token': { token: secret, access_token: secret, refresh_token: secret, apiKey: secret, client_secret: secret },
    'in a text that is JSON': {
      body: JSON.stringify({ api_key: secret, nested: JSON.stringify({ password: secret }) }),
    },
    'in an error': { err: Object.assign(new Error(`{"password":${JSON.stringify(secret)}}`), { token: secret }) },
  }
  for (const [name, object] of Object.entries(shapes)) {
    it(name, () => {
      const lines: string[] = []
      const log = createLog({ settings, folder: undefined, output: { write: (line: string) => lines.push(line) } })
      log.info(object as object, 'message')
      const line = lines.join('')
      for (const part of ['hunter2', 'quoted', 'slash']) assert.equal(line.includes(part), false, line)
      assert.equal(JSON.parse(line).message, 'message', 'the line is still JSON')
    })
  }

  it('whatever field it is in, when it looks like one', () => {
    const looks = [
      'cr_0123456789abcdef0123456789abcdef',
      'sk-ant-api03-0123456789abcdef',
      'sk-proj-0123456789abcdef',
      'AIzaSyA0123456789abcdef',
      'eyJhbGciOiJIUzI1NiJ9.eyJ1c2VySWQiOiIxIn0.c2lnbmF0dXJl',
      'session-eyJhbGciOiJIUzI1NiJ9.eyJ1c2VySWQiOiIxIn0.c2lnbmF0dXJl',
      'Bearer 0123456789abcdef',
      'https://api.example.com/v1beta/models?alt=sse&key=0123456789abcdef&x=1',
      'postgres://parley:0123456789abcdef@db/parley',
      'postgres://parley:p@0123456789abcdef@db/parley',
      'GET /api/shared/0123456789abcdef0123456789abcdef/attachments/1',
      'http://user:0123456789abcdef@proxy:8080',
      'redis://:0123456789abcdef@cache:6379',
    ]
    for (const text of looks) {
      const line = redactSecrets(JSON.stringify({ message: `calling with ${text}`, note: text }))
      assert.equal(/0123456789abcdef|c2lnbmF0/.test(line), false, line)
      assert.match(JSON.parse(line).message, /\[redacted\]/)
    }
  })

  it('and what is none stays as it is', () => {
    const line = JSON.stringify({
      path: '/api/keys/01a1fa1c-09f7-7052-bfa8-396696472a26',
      input_tokens: 12,
      key_id: '01a1fa1c-09f7-7052-bfa8-396696472a26',
      message: 'asked for https://example.com/a?b=c and got skinny tokens@night',
      model: 'claude-sk-ate',
    })
    assert.equal(redactSecrets(line), line)
  })
})
