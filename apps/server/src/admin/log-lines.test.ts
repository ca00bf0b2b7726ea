import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it } from 'node:test'
import { createLogLines } from './log-lines.ts'

const never = new AbortController().signal

describe('lines that wait for a reader', () => {
  it('are given in their order, all at once', async () => {
    const lines = createLogLines(10, never)
    lines.add('one')
    lines.add('two')
    assert.deepEqual(await lines.take(), ['one', 'two'])
  })

  it('are waited for', async () => {
    const lines = createLogLines(10, never)
    const taken = lines.take()
    lines.add('one')
    assert.deepEqual(await taken, ['one'])
  })

  it('are lost when there are too many, and counted where they were', async () => {
    const lines = createLogLines(2, never)
    for (const line of ['one', 'two', 'three', 'four', 'five']) lines.add(line)
    assert.deepEqual(await lines.take(), ['one', 'two', 3])
    lines.add('six')
    assert.deepEqual(await lines.take(), ['six'])
  })

  it('are not waited for by a reader who has gone', async () => {
    const gone = new AbortController()
    const lines = createLogLines(2, gone.signal)
    const taken = lines.take()
    gone.abort()
    assert.deepEqual(await taken, [])
    assert.deepEqual(await lines.take(), [])
  })

  it('leave nothing behind at the reader, however many have been waited for', async () => {
    const gone = new AbortController()
    const lines = createLogLines(10, gone.signal)
    for (let count = 0; count < 100; count += 1) {
      const taken = lines.take()
      lines.add('one')
      await taken
    }
    assert.equal(getEventListeners(gone.signal, 'abort').length, 1)
  })
})
