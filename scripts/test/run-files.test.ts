import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { tempFolder } from '@parley/testkit'
import type { TestOutcome } from './run-files.ts'

const runnerUrl = new URL('run-files.ts', import.meta.url).href

/** The runner refuses to run inside a test, so it gets a process of its own. */
async function runFile(t: TestContext, tests: string, options: object = {}) {
  const folder = tempFolder(t)
  const file = path.join(folder, 'sample.test.ts')
  await writeFile(file, `import { describe, test } from 'node:test'\nimport net from 'node:net'\n${tests}`)
  const request = JSON.stringify({ files: [file], testTimeoutMs: 5_000, silenceTimeoutMs: 20_000, ...options })
  // A file and not `--eval`: the runner hands this process's own flags down to every test file.
  const driver = path.join(folder, 'driver.ts')
  const text = `import { runTestFiles } from '${runnerUrl}'
    console.log('\\nOUTCOME' + JSON.stringify(await runTestFiles(${request})))`
  await writeFile(driver, text)
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [driver], {
    env: { ...environment, PARLEY_TEST_GRACE_MS: '200' },
  })
  const outcome: TestOutcome = JSON.parse(stdout.slice(stdout.lastIndexOf('OUTCOME') + 'OUTCOME'.length))
  return { ...outcome, output: stdout + stderr }
}

const onlyLinux = { skip: process.platform !== 'linux' && 'only Linux tells what a process has started' }

/** A process that was killed may stay in the table until its new parent has taken note. */
function isRunning(pid: number): boolean {
  const file = `/proc/${pid}/stat`
  return existsSync(file) && !/\) [ZX] /.test(readFileSync(file, 'utf8'))
}

describe('the test runner', { concurrency: 2 }, () => {
  test('succeeds when all tests pass, and prints the closing lines', async (t) => {
    const outcome = await runFile(t, `test('one', () => {})\ntest('two', () => {})`)
    assert.equal(outcome.success, true)
    assert.equal(outcome.ran, 2)
    assert.deepEqual(outcome.skipped, [])
    assert.match(outcome.output, /tests 2[\s\S]*pass 2[\s\S]*fail 0/)
  })

  test('fails when a test fails', async (t) => {
    const outcome = await runFile(t, `test('one', () => {})\ntest('two', () => { throw new Error('no') })`)
    assert.equal(outcome.success, false)
  })

  test('names every skipped test, suite and to-do with its reason', async (t) => {
    const outcome = await runFile(
      t,
      `test('a', { skip: 'no Redis' }, () => {})
       describe('b', { skip: 'no PostgreSQL' }, () => { test('inner', () => {}) })
       test('c', { todo: true }, () => { throw new Error('not yet') })`,
    )
    assert.deepEqual(
      outcome.skipped.map(({ name, reason }) => [name, reason]),
      [
        ['a', 'no Redis'],
        ['b', 'no PostgreSQL'],
        ['c', 'to do'],
      ],
    )
  })

  test('fails a file that leaves a server open, and says so', async (t) => {
    const outcome = await runFile(t, `test('leaks', () => { net.createServer().listen(0) })`)
    assert.equal(outcome.success, false)
    assert.match(outcome.output, /left something open: .*TCPServerWrap/)
  })

  test('fails a test that takes too long', async (t) => {
    const outcome = await runFile(t, `test('waits', () => new Promise((resolve) => setTimeout(resolve, 60_000)))`, {
      testTimeoutMs: 100,
    })
    assert.equal(outcome.success, false)
    assert.match(outcome.output, /timed out after 100ms/)
  })

  test('breaks off a run in which nothing happens any more', async (t) => {
    const outcome = await runFile(t, `test('blocks', () => { for (;;) {} })`, { silenceTimeoutMs: 1_000 })
    assert.equal(outcome.success, false)
    assert.match(outcome.output, /Broken off/)
  })

  test('leaves nothing behind that a test had started when it is broken off', onlyLinux, async (t) => {
    const outcome = await runFile(
      t,
      `import { spawn } from 'node:child_process'
       test('blocks', () => {
         console.error('PID' + spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']).pid)
         for (;;) {}
       })`,
      { silenceTimeoutMs: 1_000 },
    )
    const pid = Number(/PID(\d+)/.exec(outcome.output)?.[1])
    assert.equal(isRunning(pid), false)
  })

  test('runs only the tests whose names match', async (t) => {
    const outcome = await runFile(t, `test('apple', () => {})\ntest('pear', () => { throw new Error('no') })`, {
      namePattern: 'app',
    })
    assert.equal(outcome.success, true)
    assert.equal(outcome.ran, 1)
  })
})
