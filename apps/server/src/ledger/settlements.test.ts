import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ParleyError } from '@parley/contract'
import { pino } from 'pino'
import type { SettledRow } from './journal.ts'
import { createSettlements } from './settlements.ts'

const row = (id: string) => ({ id }) as SettledRow

/** A log whose lines can be looked at. */
function createLines() {
  const lines: { [name: string]: unknown }[] = []
  return { lines, log: pino({}, { write: (line: string) => lines.push(JSON.parse(line)) }) }
}

test('what is handed in together is written together', async () => {
  const written: string[][] = []
  const { log } = createLines()
  await using settlements = createSettlements({
    log,
    write: async (rows) => void written.push(rows.map(({ id }) => id)),
  })
  for (const id of ['a', 'b', 'c']) settlements.add(row(id))
  assert.deepEqual(written, [])
  await settlements.flush()
  assert.deepEqual(written, [['a', 'b', 'c']])
})

test('a flush of nothing keeps nothing from being written', async () => {
  const { log } = createLines()
  const { promise, resolve } = Promise.withResolvers<readonly SettledRow[]>()
  await using settlements = createSettlements({ log, gatherMs: 1, write: async (rows) => resolve(rows) })
  await settlements.flush()
  settlements.add(row('a'))
  assert.deepEqual(await promise, [row('a')])
})

test('while the database fails nothing is lost, and everything is written when it is back', async () => {
  const written: string[] = []
  let failures = 12
  const { log } = createLines()
  await using settlements = createSettlements({
    log,
    retryMs: 0.1,
    write: async (rows) => {
      if (failures-- > 0) throw new Error('the database is down')
      written.push(...rows.map(({ id }) => id))
    },
  })
  for (let id = 0; id < 700; id += 1) settlements.add(row(String(id)))
  await assert.rejects(settlements.flush(), /the database is down/, 'whoever waits is told')
  while (failures > 0) await settlements.flush().catch((error: unknown) => assert.match(String(error), /is down/))
  await settlements.flush()
  assert.equal(new Set(written).size, 700)
  assert.equal(written.length, 700)
})

test('a row that the database will never take does not hold up the others, and is in the log', async () => {
  const written = new Set<string>()
  const { log, lines } = createLines()
  await using settlements = createSettlements({
    log,
    retryMs: 1,
    write: async (rows) => {
      if (rows.some(({ id }) => id === 'bad')) throw new Error('refused')
      for (const { id } of rows) written.add(id)
    },
  })
  for (const id of ['a', 'bad', 'b']) settlements.add(row(id))
  await settlements.flush()
  assert.deepEqual([...written], ['a', 'b'])
  assert.ok(lines.some((line) => line.request_id === 'bad' && line.settlement !== undefined))
})

for (const [what, trouble] of Object.entries({
  'is away': () => new ParleyError('database_unavailable'),
  'is full': () => Object.assign(new Error('database or disk is full'), { errcode: 13 }),
  'cannot use its disk': () => Object.assign(new Error('disk I/O error'), { errcode: 10 | (3 << 8) }),
  'fails for a reason that nobody knows': () => new Error('it is not its day'),
}))
  test(`nothing is given up when the database ${what} after it took the first one alone`, async () => {
    const written = new Set<string>()
    const { log, lines } = createLines()
    // All together, which fails; the first alone, which does not; then it is away; then it is back.
    let turn = 0
    await using settlements = createSettlements({
      log,
      retryMs: 0.1,
      write: async (rows) => {
        turn += 1
        if (turn !== 2 && turn < 6) throw trouble()
        for (const { id } of rows) written.add(id)
      },
    })
    for (const id of ['a', 'b', 'c']) settlements.add(row(id))
    await assert.rejects(settlements.flush())
    assert.deepEqual([...written], ['a'])
    while (written.size < 3) await settlements.flush().catch(() => undefined)
    assert.deepEqual([...written].toSorted(), ['a', 'b', 'c'])
    assert.ok(lines.every(({ settlement }) => settlement === undefined))
  })

test('a last row that the database will never take does not wait for another one', async () => {
  const { log, lines } = createLines()
  await using settlements = createSettlements({
    log,
    write: async (rows) => {
      if (rows.some(({ id }) => id === 'bad')) throw new Error('refused')
    },
  })
  for (const id of ['a', 'bad']) settlements.add(row(id))
  await settlements.flush()
  assert.ok(lines.some((line) => line.request_id === 'bad' && line.settlement !== undefined))
})

test('memory is bounded, and what does not fit is in the log', async () => {
  const { log, lines } = createLines()
  await using settlements = createSettlements({ log, maxWaiting: 2, write: async () => {} })
  for (const id of ['a', 'b', 'c']) settlements.add(row(id))
  assert.deepEqual(
    lines.map((line) => line.request_id),
    ['c'],
  )
})

test('a stop does not wait for ever for a dead database, and says what it leaves', async () => {
  const { log, lines } = createLines()
  const settlements = createSettlements({
    log,
    lastTryMs: 0,
    write: async () => {
      throw new Error('the database is down')
    },
  })
  settlements.add(row('a'))
  await settlements[Symbol.asyncDispose]()
  assert.ok(lines.some((line) => line.request_id === 'a' && line.level === 50))
})

test('a flush waits for what was handed in before it, not for what goes on coming', async () => {
  const written: string[] = []
  const { log } = createLines()
  let next = 0
  const settlements = createSettlements({
    log,
    write: async (rows) => {
      written.push(...rows.map(({ id }) => id))
      if (next < 1_000) settlements.add(row(`later ${next++}`))
    },
  })
  settlements.add(row('first'))
  await settlements.flush()
  assert.equal(written[0], 'first')
  assert.ok(written.length < 1_000)
  await settlements[Symbol.asyncDispose]()
  assert.equal(written.length, 1_001)
})
