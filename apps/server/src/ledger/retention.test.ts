import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { sql } from 'kysely'
import type { Store } from '../store/store.ts'
import { openStore, silentLog } from '../store/testing/open-store.ts'
import type { Ledger } from './ledger.ts'
import { createRetention } from './retention.ts'
import { entryOf, openLedger, settlementOf } from './testing/ledger-surroundings.ts'

const dayMs = 24 * 3_600_000
const oldCalls = 1_300

forEachDatabase('taking away old calls', (database) => {
  const start = Date.parse('2026-01-10T10:20:30Z')
  let clockMs = start
  const now = () => clockMs
  let store: Store
  let ledger: Ledger

  before(async () => {
    store = await openStore(database)
    ledger = await openLedger({ store, now })
  })
  after(async () => {
    await ledger[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  })

  const run = async (requestId: string) => {
    const ticket = await ledger.open(entryOf({ requestId }))
    ledger.settle(ticket, settlementOf())
  }
  const count = async (table: 'usage_record' | 'failed_attempt') => {
    const { rows } = await sql<{ n: number | string }>`select count(*) as n from ${sql.table(table)}`.execute(
      store.database,
    )
    return Number(rows[0]?.n)
  }
  const sums = () =>
    store.database
      .selectFrom('usage_rollup')
      .select((select) => ['per', select.fn.sum<number | string>('requests').as('requests')])
      .where('dimension', '=', 'key')
      .groupBy('per')
      .orderBy('per')
      .execute()
      .then((rows) => rows.map(({ per, requests }) => [per, Number(requests)]))

  test('goes in steps that calls come between, and leaves the sums by day and month', async () => {
    await Promise.all(Array.from({ length: oldCalls }, (_, call) => run(`old-${call}`)))
    await ledger.flush()
    await store.database
      .insertInto('failed_attempt')
      .values({
        request_id: 'old-1',
        attempt: 1,
        account_id: 'a',
        upstream_model: 'm',
        input_tokens: 1,
        output_tokens: 0,
        cost_nanos: 1,
        usage_json: '{}',
      })
      .execute()
    await ledger.open(entryOf({ requestId: 'open' }))
    clockMs += 34 * dayMs
    await Promise.all(Array.from({ length: 20 }, (_, call) => run(`new-${call}`)))
    await ledger.flush()

    let meanwhile = 0
    const left: number[] = []
    const pause = async () => {
      left.push((await count('usage_record')) - meanwhile - 21)
      await run(`meanwhile-${meanwhile}`)
      meanwhile += 1
    }
    await using retention = createRetention({ store, log: silentLog, now, keepDays: 30, pause })
    assert.equal(await retention.prune(), oldCalls)
    await ledger.flush()
    assert.deepEqual(left.slice(0, 2), [oldCalls - 500, oldCalls - 1000])
    assert.equal(await count('usage_record'), 1 + 20 + meanwhile)
    assert.equal(await count('failed_attempt'), 0)
    const young = 20 + meanwhile
    assert.deepEqual(await sums(), [
      ['day', oldCalls + young],
      ['hour', young],
      ['month', oldCalls + young],
    ])
  })

  for (const timeZone of ['Asia/Shanghai', 'Asia/Kolkata'])
    test(`leaves what limits per month count where days begin in ${timeZone}`, async () => {
      const keyId = `key in ${timeZone}`
      // An hour of the first of March there, still February in UTC, and the half hour with which it begins in India.
      for (const at of ['2026-03-01T01:10:00+08:00', '2026-03-01T00:10:00+05:30', '2026-03-05T12:00:00Z']) {
        clockMs = Date.parse(at)
        const ticket = await ledger.open(entryOf({ keyId }))
        ledger.settle(ticket, settlementOf())
      }
      await ledger.flush()
      clockMs = Date.parse('2026-03-30T12:00:00Z')
      await using retention = createRetention({ store, log: silentLog, now, keepDays: 7 })
      await retention.prune()
      assert.equal(await count('usage_record'), 1, 'the one that is open')
      await using next = await openLedger({ store, now, timeZone })
      const limits = [{ what: 'requests', per: 'month', max: 100 }] as const
      const [state] = await next.limitsOf({ kind: 'key', id: keyId }, limits)
      assert.equal(state?.used, timeZone === 'Asia/Kolkata' ? 2 : 3)
    })
})
