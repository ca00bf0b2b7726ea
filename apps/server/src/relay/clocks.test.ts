import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Clocks } from './clocks.ts'

const times = { firstByteMs: 1_000, idleMs: 400, totalMs: 5_000, heartbeatMs: 150, drainMs: 300 }

/** Looks are given the time, so nothing is waited for. */
function startClocks(test: TestContext, changes: { totalMs?: number | undefined; isStream?: boolean } = {}) {
  const said: string[] = []
  const { isStream = false, ...others } = changes
  const clocks = new Clocks(
    { ...times, ...others },
    {
      expired: (what) => said.push(what),
      heartbeat: () => said.push('heartbeat'),
      drained: () => said.push('drained'),
    },
  )
  clocks.start(isStream)
  test.after(() => clocks.stop())
  const lookAfter = (ms: number) => {
    said.length = 0
    clocks.look(performance.now() + ms)
    return [...said]
  }
  return { clocks, lookAfter }
}

test('silence before the first byte is one time-out, silence after it another', (context) => {
  const { clocks, lookAfter } = startClocks(context)
  assert.deepEqual(lookAfter(900), [])
  assert.deepEqual(lookAfter(1_000), ['first_byte_timeout'])
  clocks.touch()
  assert.deepEqual(lookAfter(300), [])
  assert.deepEqual(lookAfter(400), ['idle_timeout'])
})

test('the total holds however much comes, and only where there is one', (context) => {
  const limited = startClocks(context)
  limited.clocks.touch()
  assert.deepEqual(limited.lookAfter(5_000), ['total_timeout'])
  const endless = startClocks(context, { totalMs: undefined })
  endless.clocks.touch()
  assert.deepEqual(endless.lookAfter(1e9), ['idle_timeout'])
})

test('a stream has heart-beats while it is silent, a whole reply has none', (context) => {
  const { lookAfter } = startClocks(context, { isStream: true })
  assert.deepEqual(lookAfter(100), [])
  assert.deepEqual(lookAfter(200), ['heartbeat'])
  assert.deepEqual(lookAfter(300), [], 'counted from the last one')
  assert.deepEqual(lookAfter(360), ['heartbeat'])
  assert.deepEqual(startClocks(context).lookAfter(900), [])
})

test('an upstream that is held back is not blamed for its silence', (context) => {
  const { clocks, lookAfter } = startClocks(context, { totalMs: undefined })
  clocks.waitForClient()
  assert.deepEqual(lookAfter(200_000), [])
  assert.deepEqual(lookAfter(300_000), ['client_gone'])
  clocks.touch()
  assert.deepEqual(lookAfter(400), ['idle_timeout'])
})

test('what is read on for the usage is not lengthened by what comes', (context) => {
  const { clocks, lookAfter } = startClocks(context, { isStream: true })
  clocks.drain()
  clocks.touch()
  assert.deepEqual(lookAfter(200), [])
  assert.deepEqual(lookAfter(300), ['drained'])
})
