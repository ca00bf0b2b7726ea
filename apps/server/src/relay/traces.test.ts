import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { noUsage } from '@parley/wires'
import { openSurroundings, type Surroundings } from '../upstreams/testing/surroundings.ts'
import type { Exchange, Outcome } from './exchange.ts'
import { Trace } from './trace.ts'
import { createTraces, type Traces } from './traces.ts'

const hour = 3_600_000

const outcome: Outcome = {
  endReason: 'done',
  httpStatus: 200,
  usage: noUsage,
  usageSource: 'none',
  costNanos: 0,
  accountId: null,
  upstreamModel: null,
  attempts: 0,
  firstByteMs: null,
  durationMs: 1,
  error: undefined,
}

function traceOf(id: string): Trace {
  const request = { model: 'm', stream: true, system: [], messages: [], tools: [] }
  const ask: Exchange['ask'] = { kind: 'neutral', model: 'm', isStream: true, request }
  const caller = { userId: 'u', keyId: null, models: null, wires: null, accountIds: null, limits: [] }
  const reply = {} as Exchange['reply']
  const exchange: Exchange = { id, caller, ask, startedAt: performance.now(), conversationId: null, reply }
  return new Trace(exchange)
}

forEachDatabase('traces', (database) => {
  let around: Surroundings
  let traces: Traces
  before(async () => {
    around = await openSurroundings(database)
    traces = createTraces({ ...around, keepMs: hour })
  })
  after(async () => {
    await traces[Symbol.asyncDispose]()
    await around[Symbol.asyncDispose]()
  })

  test('are found at once, though they are written later', async () => {
    for (let call = 0; call < 450; call++) traces.record(traceOf(`call-${call}`), outcome)
    assert.equal((await traces.find('call-7'))?.request_id, 'call-7')
    assert.equal((await traces.find('call-449'))?.end.status, 200)
    assert.equal(await traces.find('no-such-call'), undefined)
  })

  test('are removed when their time is over, and not before', async () => {
    traces.record(traceOf('old'), outcome)
    await traces.flush()
    around.advance(hour - 1)
    traces.record(traceOf('new'), outcome)
    await traces.flush()
    await traces.removeOld()
    assert.ok(await traces.find('old'))
    around.advance(2)
    await traces.removeOld()
    assert.equal(await traces.find('old'), undefined)
    assert.ok(await traces.find('new'))
  })

  test('are not written when nothing is to be kept', async () => {
    await using none = createTraces({ ...around, keepMs: 0 })
    none.record(traceOf('unkept'), outcome)
    assert.equal(await none.find('unkept'), undefined)
  })

  test('that cannot be written are lost, and the next are not', async () => {
    traces.record(traceOf('twice'), outcome)
    await traces.flush()
    // The same id again is refused by the database.
    traces.record(traceOf('twice'), outcome)
    await traces.flush()
    traces.record(traceOf('after'), outcome)
    assert.ok(await traces.find('after'))
  })
})
