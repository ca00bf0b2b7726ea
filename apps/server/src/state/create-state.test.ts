import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort } from '@parley/testkit'
import { pino } from 'pino'
import { createState } from './create-state.ts'

const log = pino({ level: 'silent' })

test('without Redis in the settings the state is this node’s memory', async () => {
  await using state = await createState({ kind: 'memory' }, { log })
  assert.equal(state.kind, 'memory')
})

test('a Redis that is not there does not keep the server from starting, and check says so', async () => {
  const url = `redis://user:secret@127.0.0.1:${await freePort()}`
  await using state = await createState({ kind: 'redis', url, limitsWithout: 'share' }, { log })
  assert.deepEqual(
    await state.counters.take('calls', { limit: 1, windowMs: 1_000 }).then((taken) => taken.isAllowed),
    true,
  )
  const health = await state.check()
  assert.match(health.ok ? '' : health.reason, /ECONNREFUSED/)
  assert.ok(!JSON.stringify(health).includes('secret'))
})
