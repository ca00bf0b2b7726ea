/** What limits and alerts owe to the rows: after deaths, beside first questions, and when prices were wrong. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Limit } from '@parley/contract'
import { forEachDatabase } from '@parley/testkit'
import type { Usage } from '@parley/wires'
import { createMemoryState } from '../state/memory.ts'
import type { State } from '../state/state.ts'
import type { Store } from '../store/store.ts'
import { openStore, silentLog } from '../store/testing/open-store.ts'
import type { Ledger } from './ledger.ts'
import { entryOf, openLedger, settlementOf, testPrice } from './testing/ledger-surroundings.ts'
import type { Ticket } from './ticket.ts'

const keyId = 'limited'

forEachDatabase('what is owed to the rows', (database) => {
  let store: Store
  let state: State
  const now = () => Date.parse('2026-05-13T10:20:30Z')

  before(async () => {
    store = await openStore(database)
  })
  beforeEach(async () => {
    for (const table of ['usage_record', 'usage_rollup', 'alert', 'node', 'api_key'] as const)
      await store.database.deleteFrom(table).execute()
    state = createMemoryState({ log: silentLog, now })
  })
  after(() => store[Symbol.asyncDispose]())

  async function addKey(...limits: Limit[]): Promise<void> {
    const times = { created_at: 0, updated_at: 0, last_used_at: null, deleted_at: null }
    const nothing = { user_id: null, expires_at: null, models_json: null, wires_json: null, ip_allow_json: null }
    const more = { active_seconds: null, activated_at: null, clients_json: null, cache_seconds: null }
    const pins = { account_ids_json: null, account_groups_json: null }
    await store.database
      .insertInto('api_key')
      .values({
        id: keyId,
        name: keyId,
        hash: keyId,
        hint: '',
        limits_json: JSON.stringify(limits),
        ...times,
        ...nothing,
        ...more,
        ...pins,
      })
      .execute()
  }
  const addNode = (id: string) =>
    store.database
      .insertInto('node')
      .values({ id, host: id, pid: 1, started_at: 0, heartbeat_at: now(), stopped_at: null })
      .execute()
  const open = (ledger: Ledger, ...limits: Limit[]) => ledger.open(entryOf({ keyId, limits }))
  async function settle(ledger: Ledger, ticket: Ticket, usage: Partial<Usage> = {}): Promise<void> {
    ledger.settle(ticket, settlementOf(usage))
    await ledger.flush()
  }
  async function told(ledger: Ledger): Promise<(readonly [number, number])[]> {
    await ledger.flush()
    const alerts = await ledger.alerts.list({ limit: 10 })
    return alerts.map(({ percent, used }) => [percent, used] as const).reverse()
  }
  /** The same state, where something happens between what is written and its booking. */
  function beforeBooking(work: () => Promise<unknown>): { readonly state: State; isDone(): boolean } {
    const { budgets } = state
    let done: Promise<unknown> | undefined
    const between: State['budgets'] = {
      reserve: (reservation) => budgets.reserve(reservation),
      renew: (holder, keys, timeToLiveMs) => budgets.renew(holder, keys, timeToLiveMs),
      read: (keys) => budgets.read(keys),
      doubt: (isMeant) => budgets.doubt(isMeant),
      async settle(holder, uses, stage) {
        done ??= work()
        await done
        return budgets.settle(holder, uses, stage)
      },
    }
    return { state: { ...state, budgets: between }, isDone: () => done !== undefined }
  }
  const readBudget = async ({ what, per }: Limit) =>
    (await state.budgets.read([`key:${keyId}:${what}:${per}:0`]))[0]?.used

  test('an alert is owed for what the rows say, not for what a node had booked before it died', async () => {
    const limit: Limit = { what: 'tokens', per: 'total', max: 10_000 }
    await addKey(limit)
    await using ledger = await openLedger({ store, state, now })
    await using dead = await openLedger({ store, state, now, nodeId: 'dead' })
    const left = await open(dead, limit)
    // As it would at its end, a moment before the row.
    await state.budgets.settle(left.requestId, [{ key: `key:${keyId}:tokens:total:0`, amount: 4800 }])
    await settle(ledger, await open(ledger, limit), { input: 100, output: 900 })
    assert.deepEqual(await told(ledger), [])
    await ledger.recover(['dead'])
    assert.deepEqual(await told(ledger), [])
    await settle(ledger, await open(ledger, limit), { input: 100, output: 3850 })
    assert.deepEqual(await told(ledger), [[50, 5050]])
  })

  test('what is settled for a dead node is told of when it is, without another call', async () => {
    const limit: Limit = { what: 'requests', per: 'total', max: 4 }
    await addKey(limit)
    await using dead = await openLedger({ store, state, now, nodeId: 'dead' })
    for (let call = 0; call < 4; call += 1) await open(dead, limit)
    await using ledger = await openLedger({ store, state, now })
    assert.equal(await ledger.recover(['dead']), 4)
    const alerts = await told(ledger)
    assert.deepEqual(
      alerts.map(([percent]) => percent),
      [50, 80, 100],
    )
    assert.equal(await readBudget(limit), 4)
  })

  for (const [minutes, calls] of [
    [0, 'calls'],
    [200, 'long calls'],
  ] as const)
    test(`what a node had settled of ${calls} and did not live to tell is told by others`, async () => {
      const limit: Limit = { what: 'requests', per: 'total', max: 2 }
      await addKey(limit)
      await addNode('dead')
      let age = minutes * 60_000
      await using dead = await openLedger({ store, state, now: () => now() - age, nodeId: 'dead' })
      const ticket = await open(dead, limit)
      age = 0
      await settle(dead, ticket)
      await store.database.deleteFrom('alert').execute()
      await using ledger = await openLedger({ store, state, now })
      assert.equal(await ledger.recover(['dead']), 0)
      assert.deepEqual(await told(ledger), [[50, 1]])
    })

  test('a limit that is first asked for while a dead node’s calls are being booked counts them once', async () => {
    const limit: Limit = { what: 'requests', per: 'total', max: 10 }
    await addKey(limit)
    await using dead = await openLedger({ store, now, nodeId: 'dead' })
    await open(dead, limit)
    await using other = await openLedger({ store, state, now, nodeId: 'other' })
    const between = beforeBooking(() => open(other, limit))
    await using ledger = await openLedger({ store, state: between.state, now })
    assert.equal(await ledger.recover(['dead']), 1)
    assert.ok(between.isDone())
    assert.equal(await readBudget(limit), 1)
  })

  for (const factor of [3, 0.5]) {
    test(`a limit on cost follows a price that was wrong: ${factor} times as much`, async () => {
      const limit: Limit = { what: 'cost', per: 'total', max: 10_000_000 }
      await addKey(limit)
      let price = testPrice
      await using ledger = await openLedger({ store, state, now, priceOf: () => price })
      for (let call = 0; call < 3; call += 1) await settle(ledger, await open(ledger, limit))
      assert.equal(await readBudget(limit), 3_150_000)
      price = { ...testPrice, input: testPrice.input * factor, output: testPrice.output * factor, source: 'right' }
      const result = await ledger.reprice({ from: 0, to: now() + 1 })
      assert.deepEqual([result.changed, result.costAfterNanos], [3, 3_150_000 * factor])
      assert.equal(await readBudget(limit), 3_150_000 * factor)
      const alerts = await told(ledger)
      assert.deepEqual(
        alerts.map(([percent]) => percent),
        factor === 3 ? [50, 80] : [],
      )
    })
  }

  test('a limit on cost that is first asked for while prices are corrected counts the difference once', async () => {
    const limit: Limit = { what: 'cost', per: 'total', max: 100_000_000 }
    await addKey(limit)
    let price = testPrice
    await using ledger = await openLedger({ store, now, priceOf: () => price })
    await settle(ledger, await open(ledger, limit))
    price = { ...testPrice, output: testPrice.output * 2, source: 'right' }
    await using other = await openLedger({ store, state, now, priceOf: () => price })
    const between = beforeBooking(() => open(other, limit))
    await using correcting = await openLedger({ store, state: between.state, now, priceOf: () => price })
    await correcting.reprice({ from: 0, to: now() + 1 })
    assert.ok(between.isDone())
    assert.equal(await readBudget(limit), 1_800_000)
  })

  if (database.kind === 'postgres')
    test('a limit on cost follows a correction of another node, where nodes do not share budgets', async () => {
      const limit: Limit = { what: 'cost', per: 'total', max: 9_000_000 }
      await addKey(limit)
      for (const id of ['one', 'two']) await addNode(id)
      let price = testPrice
      const priceOf = () => price
      await using one = await openLedger({ store, now, priceOf, nodeId: 'one' })
      await using two = await openLedger({ store, state, now, priceOf, nodeId: 'two', checkpointMs: 10 })
      for (let call = 0; call < 3; call += 1) await settle(two, await open(two, limit))
      assert.equal(await readBudget(limit), 3_150_000)
      price = { ...testPrice, input: testPrice.input * 3, output: testPrice.output * 3, source: 'right' }
      await one.reprice({ from: 0, to: now() + 1 })
      const used = async () => (await two.limitsOf({ kind: 'key', id: keyId }, [limit]))[0]?.used
      while ((await used()) !== 9_450_000) await new Promise((resolve) => setTimeout(resolve, 5))
      await assert.rejects(open(two, limit), { code: 'limit_reached' })
    })

  test('two corrections at once change rows, sums and limits once', async () => {
    const limit: Limit = { what: 'cost', per: 'total', max: 100_000_000 }
    await addKey(limit)
    let price = testPrice
    await using one = await openLedger({ store, state, now, priceOf: () => price })
    await using two = await openLedger({ store, state, now, nodeId: 'two', priceOf: () => price })
    for (let call = 0; call < 5; call += 1) await settle(one, await open(one, limit))
    price = { ...testPrice, output: testPrice.output * 2, source: 'right' }
    await Promise.all([one, two].map((ledger) => ledger.reprice({ from: 0, to: now() + 1 })))
    const { charged } = await store.database
      .selectFrom('usage_rollup')
      .select((select) => select.fn.sum<number | string>('charged_nanos').as('charged'))
      .where('dimension', '=', 'key')
      .where('per', '=', 'day')
      .executeTakeFirstOrThrow()
    assert.deepEqual([Number(charged), await readBudget(limit)], [9_000_000, 9_000_000])
  })
})
