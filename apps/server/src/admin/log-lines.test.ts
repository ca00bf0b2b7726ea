import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLogLines } from './log-lines.ts'

const never = new AbortController().signal

describe('lines that wait for a reader', () => {
  it('are given in their order, all at once', async () => {
    const lines = createLogLines(10)
    lines.add('one')
    lines.add('two')
    assert.deepEqual(await lines.take(never), ['one', 'two'])
  })

  it('are waited for', async () => {
    const lines = createLogLines(10)
    const taken = lines.take(never)
    lines.add('one')
    assert.deepEqual(await taken, ['one'])
  })

  it('are lost when there are too many, and counted where they were', async () => {
    const lines = createLogLines(2)
    for (const line of ['one', 'two', 'three', 'four', 'five']) lines.add(line)
    assert.deepEqual(await lines.take(never), ['one', 'two', 3])
    lines.add('six')
    assert.deepEqual(await lines.take(never), ['six'])
  })

  it('are not waited for by a reader who has gone', async () => {
    const gone = new AbortController()
    const lines = createLogLines(2)
    const taken = lines.take(gone.signal)
    gone.abort()
    assert.deepEqual(await taken, [])
    assert.deepEqual(await lines.take(gone.signal), [])
  })
})
