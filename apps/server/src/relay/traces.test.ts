import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { noUsage } from '@parley/wires'
import { createTableJournal } from '../ledger/journal.ts'
import type { Candidate } from '../upstreams/account.ts'
import { openSurroundings, type Surroundings } from '../upstreams/testing/surroundings.ts'
import type { CallResult } from './call.ts'
import type { Exchange, Outcome } from './exchange.ts'
import { Trace } from './trace.ts'
import { createTraces, type Traces } from './traces.ts'

const hour = 3_600_000
const settled = async () => {}

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

function candidate(id: string): Candidate {
  const limits = { priority: 50, weight: 1, maxConcurrency: null, isSchedulable: true }
  return {
    account: { id, name: id, kind: 'anthropic', ...limits, groups: [], wires: ['anthropic'] },
    upstreamModel: 'u',
  }
}

/** A call that two accounts could have served, and the first of them did. */
function plannedCall(id: string, end: Partial<CallResult> = {}): Trace {
  const trace = traceOf(id)
  const [first, second] = [candidate('first'), candidate('second')]
  const considered = [second, first].map((each) => ({ candidate: each, out: undefined, untilMs: undefined }))
  trace.considered([...considered, { candidate: candidate('other'), out: 'switched off', untilMs: undefined }])
  trace.planned([first, second], 'first')
  const now = performance.now()
  const result: CallResult = {
    endReason: 'done',
    isSent: true,
    upstreamStatus: 200,
    upstreamHeaders: {},
    error: undefined,
    rawError: undefined,
    isCommitted: true,
    failure: undefined,
    usage: undefined,
    contentLength: 1,
    firstByteAt: now,
    isErrorSaid: false,
    ...end,
  }
  trace.attempted(first, now, result)
  return trace
}

forEachDatabase('traces', (database) => {
  let around: Surroundings
  let traces: Traces
  before(async () => {
    around = await openSurroundings(database)
    traces = createTraces({ ...around, keepMs: hour, settled })
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
    await using none = createTraces({ ...around, keepMs: 0, settled })
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

  test('of a call that went as planned is made of its row in the ledger, and is what it would have been', async () => {
    const trace = plannedCall('planned')
    const planned = traces.planned(trace)
    assert.ok(planned)
    const end: Outcome = { ...outcome, accountId: 'first', upstreamModel: 'u', attempts: 1, durationMs: 40 }
    const row = { id: 'planned', at: around.clock(), userId: null, keyId: null, model: 'm', wire: 'chat' }
    await using journal = createTableJournal(around.store)
    await journal.open({ ...row, nodeId: 'n', conversationId: null, isStream: true, estimatedTokens: 1 })
    const full = trace.finished(end)
    await journal.settle([
      {
        ...row,
        ...end,
        firstByteMs: full.attempts[0]?.first_byte_ms ?? null,
        settledAt: around.clock(),
        errorCode: null,
        contentLength: 1,
        chargedNanos: 0,
        priceSource: 'unpriced',
        price: undefined,
        planned,
      },
    ])
    traces.record(trace, end)
    const found = await traces.find('planned')
    const attempts = full.attempts.map((attempt) => ({ ...attempt, duration_ms: 40 - attempt.at_ms }))
    assert.deepEqual(found, { ...full, at: new Date(row.at).toISOString(), attempts })
    const rows = await around.store.database.selectFrom('call_trace').select('id').where('id', '=', 'planned').execute()
    assert.deepEqual(rows, [])
  })

  test('of calls that went otherwise are kept whole', () => {
    assert.equal(traces.planned(plannedCall('cut', { endReason: 'upstream_cut' })), undefined)
    assert.equal(traces.planned(plannedCall('created', { upstreamStatus: 201 })), undefined)
    const passed = plannedCall('passed')
    passed.passOver(candidate('zeroth'), 'no slot is free')
    assert.equal(traces.planned(passed), undefined)
    const cooling = plannedCall('cooling')
    cooling.considered([{ candidate: candidate('second'), out: 'too many requests', untilMs: 5 }])
    assert.equal(traces.planned(cooling), undefined)
  })

  test('a plan is kept once, and for as long as calls went by it', async () => {
    const plans = () => around.store.database.selectFrom('call_plan').select('id').execute()
    const first = traces.planned(plannedCall('one'))
    assert.deepEqual(traces.planned(plannedCall('two'))?.planId, first?.planId)
    await traces.flush()
    assert.deepEqual(await plans(), [{ id: first?.planId }])
    around.advance(hour)
    traces.planned(plannedCall('three'))
    await traces.flush()
    around.advance(hour)
    await traces.removeOld()
    assert.deepEqual(await plans(), [{ id: first?.planId }])
    around.advance(hour)
    await traces.removeOld()
    assert.deepEqual(await plans(), [])
  })
})
