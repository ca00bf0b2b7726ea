import assert from 'node:assert/strict'
import { ChildProcess } from 'node:child_process'
import { describe, test } from 'node:test'
import { type ChildOptions, startChild } from './child.ts'

const node = (program: string, more: Partial<ChildOptions> = {}): ChildOptions => ({
  command: process.execPath,
  parameters: ['-e', program],
  isReady: (child) => child.output().includes('ready'),
  ...more,
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

describe('a child', { timeout: 20_000 }, () => {
  test('is running once started and gone once stopped', async () => {
    const child = await startChild(node(`console.log('ready'); setInterval(() => {}, 1000)`))
    assert.equal(isAlive(child.pid), true)
    await child.stop()
    assert.equal(isAlive(child.pid), false)
  })

  test('that ends before it is ready is an error that shows what it printed', async () => {
    await assert.rejects(startChild(node(`console.error('port is taken'); process.exit(1)`)), /port is taken/)
  })

  test('that never gets ready is stopped', async () => {
    const slow = node(`console.log(process.pid); setInterval(() => {}, 1000)`, { readyWithinMs: 2_000 })
    const error = await startChild(slow).then(
      () => assert.fail('it started'),
      (problem: Error) => problem,
    )
    assert.match(error.message, /did not start/)
    assert.equal(isAlive(Number(/\n(\d+)/.exec(error.message)?.[1])), false)
  })

  test('that is not there is an error, and nobody is sent a signal in its place', async (t) => {
    const kill = t.mock.method(ChildProcess.prototype, 'kill')
    await assert.rejects(startChild({ ...node(''), command: '/no/such/program' }), /did not start[\s\S]*ENOENT/)
    assert.equal(kill.mock.callCount(), 0)
  })

  test('that ignores the request to stop is forced', async () => {
    const stubborn = node(`process.on('SIGTERM', () => {}); console.log('ready'); setInterval(() => {}, 1000)`)
    const child = await startChild({ ...stubborn, stopWithinMs: 100 })
    await child.stop()
    assert.equal(isAlive(child.pid), false)
  })
})
