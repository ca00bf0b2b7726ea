import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { tempFolder } from '@parley/testkit'

const launcher = path.join(import.meta.dirname, 'launch.mjs')
const sample = `
const greeting: string = 'hello'
if (process.argv[2] === 'serve') {
  process.on('SIGTERM', () => { console.log('asked to stop'); process.exit(7) })
  setInterval(() => {}, 1_000)
}
console.log(greeting, process.argv.slice(2).join(' '))
if (process.argv[2] === 'die') process.kill(process.pid, 'SIGKILL')
if (process.argv[2] === 'fail') process.exit(3)
`

async function launch(t: TestContext, parameters: string[], flags: string[] = [], environment: object = {}) {
  const file = path.join(tempFolder(t), 'sample.ts')
  await writeFile(file, sample)
  const child = spawn(process.execPath, [launcher, ...flags, file, ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PARLEY_NO_INSTALL: '1', PARLEY_NO_HOOKS: '1', ...environment },
  })
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  // 'close' comes when the last process holding the pipe has ended, so a child that stays behind never gives it.
  const closed = once(child, 'close')
  return {
    child,
    closed,
    output: () => output,
    said: async (text: string) => {
      while (!output.includes(text)) await once(child.stdout, 'data')
    },
  }
}

async function ended(child: ChildProcess) {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return { code: child.exitCode, signal: child.signalCode }
}

// `--no-warnings` is a flag like another: with it the launcher runs a child even on a Node that is new enough.
for (const { way, flags } of [
  { way: 'in its own process', flags: [] },
  { way: 'in a child process', flags: ['--no-warnings'] },
]) {
  describe(`the launcher, running a file ${way}`, { timeout: 20_000 }, () => {
    test('passes the arguments and the output', async (t) => {
      const { child, closed, output } = await launch(t, ['a', '--b'], flags)
      assert.deepEqual(await ended(child), { code: 0, signal: null })
      await closed
      assert.equal(output(), 'hello a --b\n')
    })

    test('exits as the file exits', async (t) => {
      const { child } = await launch(t, ['fail'], flags)
      assert.deepEqual(await ended(child), { code: 3, signal: null })
    })

    test('dies of the signal that the file dies of', async (t) => {
      const { child } = await launch(t, ['die'], flags)
      assert.deepEqual(await ended(child), { code: null, signal: 'SIGKILL' })
    })

    test('hands a signal on and waits for the graceful end', async (t) => {
      const { child, closed, output, said } = await launch(t, ['serve'], flags)
      await said('hello')
      child.kill('SIGTERM')
      assert.deepEqual(await ended(child), { code: 7, signal: null })
      await closed
      assert.match(output(), /asked to stop/)
    })
  })
}

describe('the launcher, when it is gone', { timeout: 20_000 }, () => {
  test('leaves no child behind even if killed outright', async (t) => {
    const { child, closed, output, said } = await launch(t, ['serve'], ['--no-warnings'])
    await said('hello')
    child.kill('SIGKILL')
    await closed
    assert.match(output(), /asked to stop/)
  })

  test('stops the server when npm, and the shell between them, are killed', async (t) => {
    const file = path.join(tempFolder(t), 'sample.ts')
    await writeFile(file, sample)
    const shell = spawn('/bin/sh', ['-c', `'${process.execPath}' '${launcher}' '${file}' serve; true`], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PARLEY_NO_INSTALL: '1', npm_lifecycle_event: 'start' },
    })
    let output = ''
    shell.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    await once(shell.stdout, 'data')
    const closed = once(shell, 'close')
    shell.kill('SIGKILL')
    await closed
    assert.match(output, /asked to stop/)
  })
})
