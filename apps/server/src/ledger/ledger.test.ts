import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Limit, ParleyError } from '@parley/contract'
import { forEachDatabase } from '@parley/testkit'
import { noUsage, type Usage } from '@parley/wires'
import { v7 as uuidv7 } from 'uuid'
import { createMemoryState } from '../state/memory.ts'
import { createRedisState } from '../state/redis.ts'
import type { State } from '../state/state.ts'
import type { Store } from '../store/store.ts'
import { openStore, silentLog } from '../store/testing/open-store.ts'
import type { Ledger } from './ledger.ts'
import { entryOf, openLedger, settlementOf } from './testing/ledger-surroundings.ts'
import type { OpenEntry } from './ticket.ts'
import { usedWithin } from './used-within.ts'

const hourMs = 3_600_000
const everything = { start: 0, end: Infinity }

forEachDatabase('the ledger', (database) => {
  let store: Store
  let clockMs: number
  let ledger: Ledger
  const now = () => clockMs

  before(async () => {
    store = await openStore(database)
  })
  beforeEach(async () => {
    await ledger?.[Symbol.asyncDispose]()
    for (const table of ['usage_record', 'usage_rollup', 'alert', 'limit_rule', 'charge_multiplier', 'user'] as const) {
      await store.database.deleteFrom(table).execute()
    }
    clockMs = Date.parse('2026-05-13T10:20:30Z')
    ledger = await openLedger({ store, now })
  })
  after(async () => {
    await ledger[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  })

  async function restart(options: { state?: State; timeZone?: string; checkpointMs?: number } = {}): Promise<void> {
    await ledger[Symbol.asyncDispose]()
    ledger = await openLedger({ store, now, ...options })
  }
  async function addUser(id: string, quota: number): Promise<void> {
    const values = {
      id,
      email: `${id}@example.com`,
      username: id,
      nickname: null,
      password_hash: '',
      role: 'user' as const,
    }
    const times = { created_at: 0, updated_at: 0, last_login_at: null }
    await store.database
      .insertInto('user')
      .values({ ...values, ...times, token_quota: quota })
      .execute()
  }
  async function run(fields: Partial<OpenEntry> = {}, usage: Partial<Usage> = {}): Promise<void> {
    const ticket = await ledger.open(entryOf(fields))
    ledger.settle(ticket, settlementOf(usage))
    await ledger.flush()
  }
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => 'let in',
      (error: unknown) => (error instanceof ParleyError ? error.code : String(error)),
    )
  const rows = () => store.database.selectFrom('usage_record').selectAll().orderBy('id').execute()
  const limits = (...list: Limit[]) => ({ limits: list })

  test('a call is one row, open before it runs, settled with all that is known', async () => {
    const ticket = await ledger.open(entryOf({ requestId: 'a' }))
    assert.deepEqual(
      (await rows()).map((row) => [row.id, row.status, row.estimated_tokens]),
      [['a', 'open', 100]],
    )
    ledger.settle(ticket, settlementOf({ cacheRead: 7, thinking: 3 }))
    ledger.settle(ticket, settlementOf({ input: 999_999 }))
    await ledger.flush()
    const [row] = await rows()
    assert.deepEqual(
      [row?.status, row?.end_reason, row?.input_tokens, row?.cache_read_tokens, row?.thinking_tokens, row?.cost_nanos],
      ['settled', 'done', 100, 7, 3, 1_050_000],
    )
    const price = await store.database.selectFrom('price_version').selectAll().executeTakeFirstOrThrow()
    assert.deepEqual([row?.price_id, row?.price_source, price.source], [price.id, 'test@1', 'test@1'])
  })

  test('the sums are the rows, in each dimension, hour, day and month', async () => {
    await addUser('ann', 1_000_000)
    for (let call = 0; call < 40; call += 1) {
      clockMs += 0.7 * hourMs
      const ticket = await ledger.open(
        entryOf({ userId: call % 3 ? null : 'ann', keyId: `k${call % 2}`, model: `m${call % 5}` }),
      )
      ledger.settle(
        ticket,
        settlementOf({ output: call }, { endReason: call % 4 ? 'done' : 'client_gone', accountId: `a${call % 2}` }),
      )
    }
    await ledger.flush()
    const sums = await store.database
      .selectFrom('usage_rollup')
      .select((select) => [
        'dimension',
        'per',
        select.fn.sum<number | string>('requests').as('requests'),
        select.fn.sum<number | string>('tokens').as('tokens'),
        select.fn.sum<number | string>('errors').as('errors'),
      ])
      .groupBy(['dimension', 'per'])
      .execute()
    const all = [40, 4000 + (39 * 40) / 2, 10]
    const ofAnn = [14, 1400 + Array.from({ length: 14 }, (_, index) => index * 3).reduce((sum, each) => sum + each), 4]
    for (const { dimension, per, requests, tokens, errors } of sums) {
      assert.deepEqual(
        [requests, tokens, errors].map(Number),
        dimension === 'user' ? ofAnn : all,
        `${dimension} ${per}`,
      )
    }
    assert.equal(sums.length, 19)
    const user = await store.database.selectFrom('user').select('token_used').executeTakeFirstOrThrow()
    assert.equal(Number(user.token_used), ofAnn[1])
  })

  test('a row that somebody else has settled counts once', async () => {
    const ticket = await ledger.open(entryOf({ requestId: 'a' }))
    await using other = await openLedger({ store, now, nodeId: 'other' })
    assert.equal(await other.recover(['node']), 1)
    ledger.settle(ticket, settlementOf())
    await ledger.flush()
    assert.deepEqual(
      (await rows()).map((row) => [row.end_reason, row.input_tokens, row.usage_source]),
      [['interrupted', 100, 'estimate']],
    )
    const used = await usedWithin(store, { kind: 'key', id: 'key' }, everything, now())
    assert.deepEqual([used.requests, used.tokens], [1, 100])
  })

  test('what a dead node left is settled from its last checkpoint, by one of those that try', async () => {
    await restart({ checkpointMs: 5 })
    const ticket = await ledger.open(entryOf({ requestId: 'long' }))
    await ledger.open(entryOf({ requestId: 'short' }))
    const reading = {
      usage: { ...noUsage, input: 80, cacheRead: 20, output: 1 },
      contentLength: 3500,
      isFinished: false,
    }
    ticket.follow({ accountId: 'account', upstreamModel: 'theirs', reading })
    clockMs += 10_000
    while ((await rows()).every((row) => row.content_length === 0))
      await new Promise((resolve) => setTimeout(resolve, 2))
    await using first = await openLedger({ store, now, nodeId: 'first' })
    await using second = await openLedger({ store, now, nodeId: 'second' })
    const settled = await Promise.all([first.recover(['node', 'gone']), second.recover(['node'])])
    assert.ok(settled.reduce((sum, count) => sum + count) >= 2)
    const [long, short] = await rows()
    assert.deepEqual(
      [long?.end_reason, long?.input_tokens, long?.cache_read_tokens, long?.output_tokens, long?.account_id],
      ['interrupted', 80, 20, 1000, 'account'],
    )
    assert.ok((long?.cost_nanos ?? 0) > 15_000_000)
    assert.deepEqual([short?.end_reason, short?.input_tokens, short?.output_tokens], ['interrupted', 100, 0])
    assert.equal((await usedWithin(store, { kind: 'key', id: 'key' }, everything, now())).requests, 2)
  })

  for (const what of ['requests', 'concurrency'] as const) {
    test(`of a thousand calls at once exactly as many get in as the limit of ${what} says`, async () => {
      const calls = Array.from({ length: 1000 }, () =>
        codeOf(
          ledger.open(entryOf(limits({ what, per: 'day', max: 137 }, { what: 'requests', per: 'total', max: 500 }))),
        ),
      )
      const codes = await Promise.all(calls)
      assert.equal(codes.filter((code) => code === 'let in').length, 137)
      assert.equal(
        codes.filter((code) => code === (what === 'requests' ? 'limit_reached' : 'concurrency_full')).length,
        863,
      )
      assert.equal((await rows()).length, 137)
    })
  }

  test('a refused call takes nothing of its other limits', async () => {
    const both = limits({ what: 'requests', per: 'day', max: 2 }, { what: 'requests', per: 'total', max: 1 })
    await run(both)
    for (let call = 0; call < 5; call += 1) assert.equal(await codeOf(ledger.open(entryOf(both))), 'limit_reached')
    await run(limits({ what: 'requests', per: 'day', max: 2 }))
  })

  for (const what of ['requests', 'tokens', 'cost'] as const) {
    test(`a restart forgets nothing of a limit of ${what}`, async () => {
      const usual = { requests: 1, tokens: 150, cost: 1_050_000 }[what]
      for (const per of ['minute', '5h', 'day', 'week', 'month', 'total'] as const) {
        const keyId = uuidv7()
        const own = { keyId, ...limits({ what, per, max: usual * 3 }) }
        await run(own)
        await run(own)
        await restart({ timeZone: 'Asia/Kathmandu' })
        await run(own)
        assert.equal(await codeOf(ledger.open(entryOf(own))), 'limit_reached', per)
        await restart({ timeZone: 'Asia/Kathmandu' })
        assert.equal(await codeOf(ledger.open(entryOf(own))), 'limit_reached', per)
      }
    })
  }

  test('a window ends, and a refusal says when', async () => {
    const own = limits({ what: 'requests', per: 'minute', max: 1 })
    await run(own)
    const error = await ledger.open(entryOf(own)).catch((refusal: unknown) => refusal)
    assert.ok(error instanceof ParleyError)
    assert.equal(error.retryAfterMs, 30_000)
    clockMs += 30_000
    await run(own)
  })

  test('a call at once is free again when it ends', async () => {
    const own = limits({ what: 'concurrency', per: 'total', max: 1 })
    const ticket = await ledger.open(entryOf(own))
    assert.equal(await codeOf(ledger.open(entryOf(own))), 'concurrency_full')
    ledger.settle(ticket, settlementOf())
    await ledger.flush()
    await run(own)
  })

  test('what a crashed process held at once is free again after a while', async () => {
    const state = createMemoryState({ log: silentLog, now })
    const own = limits({ what: 'concurrency', per: 'total', max: 1 })
    await using crashed = await openLedger({ store, now, state, nodeId: 'crashed' })
    await crashed.open(entryOf(own))
    await restart({ state })
    assert.equal(await codeOf(ledger.open(entryOf(own))), 'concurrency_full')
    clockMs += 121_000
    await run(own)
  })

  test('a user’s quota: many calls at once cannot pass it, what is left is used', async () => {
    await addUser('ann', 1000)
    const open = () => ledger.open(entryOf({ userId: 'ann', keyId: null }))
    const tickets = await Promise.allSettled(Array.from({ length: 50 }, open))
    const letIn = tickets.flatMap((ticket) => (ticket.status === 'fulfilled' ? [ticket.value] : []))
    assert.ok(letIn.length >= 1 && letIn.length <= 3, String(letIn.length))
    assert.equal(await codeOf(open()), 'quota_exhausted')
    for (const ticket of letIn) ledger.settle(ticket, settlementOf({ input: 50, output: 50 }))
    await ledger.flush()
    await restart()
    assert.equal(await codeOf(open()), 'let in')
    const user = await store.database.selectFrom('user').select('token_used').executeTakeFirstOrThrow()
    assert.equal(Number(user.token_used), letIn.length * 100)
  })

  test('a caller whose replies are short is not refused for a large max_tokens, and the limit holds if it runs long', async () => {
    const keyId = uuidv7()
    for (let call = 0; call < 10; call += 1) await run({ keyId }, { input: 100, output: 400 + call * 20 })
    const own = { keyId, maxOutputTokens: 64_000, ...limits({ what: 'tokens', per: 'total', max: 5900 + 5000 }) }
    const ticket = await ledger.open(entryOf(own))
    const beside = await ledger.open(entryOf(own))
    ledger.settle(beside, settlementOf({ input: 100, output: 300 }))
    await ledger.flush()
    const { allowance } = ticket
    let contentLength = 0
    for (;;) {
      const reading = { usage: undefined, contentLength: contentLength + 35, isFinished: false }
      if (allowance.roomFor(reading) !== 'enough' && !(await allowance.grow()) && allowance.roomFor(reading) === 'none')
        break
      contentLength += 35
      assert.ok(contentLength < 100_000)
    }
    const output = ticket.outputTokens(contentLength)
    assert.ok(output > 4000 && output <= 4500, `the reply came to ${output} tokens`)
    ledger.settle(ticket, settlementOf({ input: 100, output }))
    await ledger.flush()
    const used = await usedWithin(store, { kind: 'key', id: keyId }, everything, now())
    assert.ok(used.tokens <= 10_900, String(used.tokens))
  })

  test('a reply waits for what another call holds and may not need, and not for what has been used', async () => {
    const own = { keyId: uuidv7(), ...limits({ what: 'tokens', per: 'total', max: 2_000 }) }
    const { allowance } = await ledger.open(entryOf(own))
    const beside = await ledger.open(entryOf(own))
    const lengthen = (output: number) =>
      allowance.roomFor({ usage: { ...noUsage, input: 100, output }, contentLength: 0, isFinished: false })
    assert.equal(lengthen(1_750), 'none')
    const growing = allowance.grow()
    assert.equal(await Promise.race([growing, delay(10, 'waits')]), 'waits')
    ledger.settle(beside, settlementOf({ input: 50, output: 50 }))
    await ledger.flush()
    assert.equal(await growing, true)
    assert.equal(lengthen(1_750), 'scarce')
    assert.equal(lengthen(1_850), 'none')
    assert.equal(await Promise.race([allowance.grow(), delay(50, 'waits')]), false)
  })

  test('limits of users, accounts and families of models hold beside those of keys', async () => {
    await addUser('ann', 1_000_000)
    const requests = { what: 'requests', per: 'day', max: 2 } as const
    await ledger.rules.add({ ...requests, subjectKind: 'user', subjectId: 'ann' })
    await ledger.rules.add({ ...requests, subjectKind: 'model', subjectId: 'opus-*' })
    await ledger.rules.add({ ...requests, subjectKind: 'account', subjectId: 'full' })
    const as = (fields: Partial<OpenEntry>) => codeOf(ledger.open(entryOf(fields)))
    assert.deepEqual([await as({ userId: 'ann' }), await as({ userId: 'ann', keyId: 'b' })], ['let in', 'let in'])
    assert.equal(await as({ userId: 'ann' }), 'limit_reached')
    assert.deepEqual([await as({ model: 'opus-1' }), await as({ model: 'opus-2' })], ['let in', 'let in'])
    assert.equal(await as({ model: 'opus-3' }), 'limit_reached')
    const enters = []
    for (let call = 0; call < 3; call += 1) enters.push(await (await ledger.open(entryOf())).enter('full'))
    assert.deepEqual(enters, [true, true, false])
    const [rule] = ledger.rules.list()
    await ledger.rules.remove(rule?.id ?? '')
    assert.equal(await as({ userId: 'ann' }), 'let in')
  })

  test('what is charged is the cost times the multiplier of the key, else of the user, and limits count that', async () => {
    await addUser('ann', 1_000_000)
    await ledger.multipliers.set({ kind: 'user', id: 'ann' }, 2_000_000)
    await ledger.multipliers.set({ kind: 'key', id: 'cheap' }, 333_333)
    await run({ userId: 'ann' })
    await run({ userId: 'ann', keyId: 'cheap' })
    await run({ keyId: 'plain' })
    assert.deepEqual(
      (await rows()).map((row) => [row.cost_nanos, row.charged_nanos]),
      [
        [1_050_000, 2_100_000],
        [1_050_000, 350_000],
        [1_050_000, 1_050_000],
      ],
    )
    assert.equal((await usedWithin(store, { kind: 'user', id: 'ann' }, everything, now())).cost, 2_450_000)
  })

  test('50, 80 and 100 percent of a limit are told once each, restarts or not', async () => {
    const own = limits({ what: 'requests', per: 'day', max: 10 })
    for (let call = 0; call < 10; call += 1) {
      if (call === 6) await restart()
      await run(own)
    }
    await restart()
    await codeOf(ledger.open(entryOf(own)))
    const alerts = await ledger.alerts.list({ limit: 10 })
    assert.deepEqual(
      alerts.map(({ percent, used, subject_kind, subject_id }) => [percent, used, subject_kind, subject_id]),
      [
        [100, 10, 'key', 'key'],
        [80, 8, 'key', 'key'],
        [50, 5, 'key', 'key'],
      ],
    )
  })

  test('what was used in any window is the sum of the rows in it, over or not', async () => {
    const ats: number[] = []
    for (let call = 0; call < 60; call += 1) {
      clockMs += (1 + (call % 7)) * 0.31 * hourMs
      ats.push(clockMs)
      const ticket = await ledger.open(entryOf({ model: call % 2 ? 'opus-a' : 'other' }))
      ledger.settle(ticket, settlementOf({}, { costNanos: 1 }))
    }
    await ledger.flush()
    for (const back of [0.2, 3, 11.5, 26.25, 60, 71.9]) {
      for (const length of [0.1, 0.75, 2, 5, 24, 30.3, 50, 100]) {
        const start = clockMs - back * hourMs
        const end = start + length * hourMs
        const isIn = (at: number) => at >= start && at < end
        const expected = ats.filter(isIn).length
        const used = await usedWithin(store, { kind: 'key', id: 'key' }, { start, end }, now())
        const found = [used.requests, used.tokens, used.cost]
        assert.deepEqual(found, [expected, expected * 150, expected], `${length} of the last ${back} hours`)
        const ofFamily = await usedWithin(store, { kind: 'model', id: 'opus-*' }, { start, end }, now())
        assert.equal(ofFamily.requests, ats.filter((at, call) => isIn(at) && call % 2 === 1).length)
      }
    }
  })

  test('where an upstream says nothing, a tokenizer counts for the calls that follow', async () => {
    await using precise = await openLedger({ store, now, tokenizer: 'precise' })
    const text = '模型和客户端。'.repeat(50)
    const fields = { inputLength: text.length, sample: () => text }
    const first = await precise.open(entryOf(fields))
    precise.settle(first, settlementOf({}, { usageSource: 'estimate' }))
    await precise.flush()
    const second = await precise.open(entryOf(fields))
    assert.equal(first.inputTokens, 100)
    assert.ok(second.inputTokens > 150, `${second.inputTokens} tokens of ${text.length} Chinese characters`)
  })

  test('the first call of a new caller with limits is estimated by a tokenizer', async () => {
    await using precise = await openLedger({ store, now, tokenizer: 'precise' })
    const text = '模型和客户端。'.repeat(50)
    const fields = {
      inputLength: text.length,
      sample: () => text,
      ...limits({ what: 'tokens', per: 'day', max: 10_000 }),
    }
    let keys = 0
    // The thread is being started by then; it is not waited for.
    for (;;) {
      keys += 1
      const ticket = await precise.open(entryOf({ ...fields, keyId: `new ${keys}` }))
      if (ticket.inputTokens > 150) break
      assert.ok(keys < 1_000)
    }
  })

  test('a call whose row cannot be written is refused and holds nothing', async () => {
    const own = limits({ what: 'requests', per: 'total', max: 2 })
    await run({ requestId: 'twice', ...own })
    assert.equal(await codeOf(ledger.open(entryOf({ requestId: 'twice', ...own }))), 'internal')
    await ledger.flush()
    await run(own)
  })

  test('two nodes get the same id from a proxy in the same moment: both calls are in the ledger', async () => {
    const entry = entryOf({ requestId: 'from-a-proxy', isIdForeign: true })
    await using other = await openLedger({ store, now })
    const tickets = await Promise.all([ledger.open(entry), other.open(entry)])
    assert.deepEqual(
      (await rows()).map(({ id }) => id),
      tickets.map(({ requestId }) => requestId).sort(),
    )
    assert.equal(tickets.filter(({ requestId }) => requestId === 'from-a-proxy').length, 1)
  })

  test('nor does one of them let go what the other one holds, where nodes share their limits', async () => {
    const state = createMemoryState({ log: silentLog, now })
    await restart({ state })
    await using other = await openLedger({ store, now, state, nodeId: 'other' })
    const own = limits({ what: 'concurrency', per: 'total', max: 10 })
    const entry = entryOf({ requestId: 'from-a-proxy', isIdForeign: true, ...own })
    const tickets = await Promise.all([ledger.open(entry), other.open(entry)])
    const held = async () => (await ledger.limitsOf({ kind: 'key', id: 'key' }, own.limits))[0]?.held ?? 0
    assert.ok((await held()) >= 2)
    const [first, second] = tickets
    ledger.settle(first, settlementOf())
    other.settle(second, settlementOf())
    await Promise.all([ledger.flush(), other.flush()])
    assert.equal(await held(), 0)
  })

  test('calls of one id from a proxy hold their own limits', async () => {
    const own = limits({ what: 'concurrency', per: 'total', max: 2 })
    const entry = entryOf({ requestId: 'from-a-proxy', isIdForeign: true, ...own })
    const tickets = await Promise.all([ledger.open(entry), ledger.open(entry)])
    assert.equal(await codeOf(ledger.open(entry)), 'concurrency_full')
    for (const ticket of tickets) ledger.settle(ticket, settlementOf())
    await ledger.flush()
    await run({ ...entry })
  })

  test('prices of today change nothing where prices have not changed, also of calls that a dead node left', async () => {
    await ledger.open(entryOf({ requestId: 'left', inputLength: 700 }))
    await run({ requestId: 'ended' })
    const refused = await ledger.open(entryOf({ requestId: 'refused' }))
    const nobody = { accountId: null, upstreamModel: null, price: undefined, costNanos: 0, attempts: 0 }
    ledger.settle(refused, settlementOf({ input: 0, output: 0 }, { endReason: 'refused', ...nobody }))
    await ledger.flush()
    await using other = await openLedger({ store, now, nodeId: 'other' })
    assert.equal(await other.recover(['node']), 1)
    const before = await rows()
    assert.ok(before.every(({ id, charged_nanos }) => (id === 'refused') === (charged_nanos === 0)))
    assert.equal((await other.reprice({ from: 0, to: Number.MAX_SAFE_INTEGER })).changed, 0)
    assert.deepEqual(await rows(), before)
  })

  const redisUrl = process.env['TEST_REDIS_URL']
  test('two nodes share their limits', { skip: redisUrl === undefined && 'no Redis' }, async () => {
    const connect = () => createRedisState({ url: redisUrl ?? '', prefix: `ledger-test-${uuidv7()}:`, log: silentLog })
    await using state = await connect()
    await using one = await openLedger({ store, now: Date.now, state, nodeId: 'one' })
    await using two = await openLedger({ store, now: Date.now, state, nodeId: 'two' })
    const own = limits({ what: 'requests', per: 'total', max: 137 }, { what: 'tokens', per: 'total', max: 1_000_000 })
    const calls = Array.from({ length: 1000 }, (_, index) =>
      (index % 2 ? one : two).open(entryOf({ keyId: 'shared', ...own })),
    )
    const opened = await Promise.allSettled(calls)
    assert.equal(opened.filter(({ status }) => status === 'fulfilled').length, 137)
    assert.equal(await two.recover(['one']), (await rows()).filter((row) => row.node_id === 'one').length)
    const [reading] = await state.budgets.read(['key:shared:requests:total:0'])
    assert.equal((reading?.used ?? 0) + (reading?.held ?? 0), 137)
  })
})
