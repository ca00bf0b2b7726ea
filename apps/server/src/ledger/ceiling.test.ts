import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import type { Limit } from '@parley/contract'
import { forEachDatabase } from '@parley/testkit'
import type { Store } from '../store/store.ts'
import { openStore } from '../store/testing/open-store.ts'
import type { Ledger } from './ledger.ts'
import { entryOf, openLedger, settlementOf } from './testing/ledger-surroundings.ts'
import type { OpenEntry } from './ticket.ts'

forEachDatabase('how long a reply may become', (target) => {
  if (target.kind === 'postgres') return
  let store: Store
  let ledger: Ledger

  beforeEach(async () => {
    store ??= await openStore(target)
    await ledger?.[Symbol.asyncDispose]()
    await store.database.deleteFrom('usage_record').execute()
    await store.database.deleteFrom('usage_rollup').execute()
    ledger = await openLedger({ store })
  })
  after(async () => {
    await ledger[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  })

  // 350 units are 100 tokens, of a caller who is not known yet up to 200.
  const open = (limit: Limit, fields: Partial<OpenEntry> = {}) => ledger.open(entryOf({ limits: [limit], ...fields }))
  const tokens = (max: number): Limit => ({ what: 'tokens', per: 'total', max })
  const whole = { isStream: false }

  test('without limits as long as it likes', async () => {
    const ticket = await ledger.open(entryOf(whole))
    assert.equal(ticket.ceiling(false), undefined)
    assert.equal((await open({ what: 'requests', per: 'day', max: 1 }, whole)).ceiling(false), undefined)
  })

  test('far from a limit as long as its caller says', async () => {
    assert.equal((await open(tokens(40_000), { ...whole, maxOutputTokens: 4_000 })).ceiling(false), undefined)
    assert.equal((await open(tokens(500_000), { ...whole, keyId: 'other' })).ceiling(false), undefined)
  })

  test('a whole one as long as what is held, which leaves most to others', async () => {
    const first = (await open(tokens(10_828), whole)).ceiling(false)
    const second = (await open(tokens(10_828), whole)).ceiling(false)
    // 828 are the estimate with its spare; the eighth part of the other 10,000 is 1,250.
    assert.deepEqual([first, second], [628 + 1_250, 628 + Math.floor((10_000 - 1_250 - 828) / 8)])
  })

  test('what many hold together is never more than there is', async () => {
    const opened = await Promise.allSettled(Array.from({ length: 50 }, () => open(tokens(20_000), whole)))
    const letIn = opened.flatMap((call) => (call.status === 'fulfilled' ? Number(call.value.ceiling(false)) : []))
    assert.ok(letIn.length >= 10, `${letIn.length} were let in`)
    assert.ok(letIn.reduce((sum, ceiling) => sum + ceiling, 0) + letIn.length * 100 <= 20_000)
    assert.ok(letIn.every((ceiling) => ceiling >= 16))
  })

  test('a stream as long as nothing of it has been used, whoever holds it', async () => {
    await open(tokens(10_000), whole)
    assert.equal((await open(tokens(10_000))).ceiling(true), 9_800)
  })

  test('a stream that is asked for whole takes what is left', async () => {
    const ticket = await open(tokens(10_000))
    assert.equal(await ticket.ceiling(false), 9_800)
    assert.equal(await ticket.ceiling(false), 9_800)
  })

  test('money pays for the dearest that a token may be', async () => {
    // $3 in, $6 written for an hour, $15 out, per million.
    const cost: Limit = { what: 'cost', per: 'total', max: 30_000_000 }
    const held = 200 * 3_000 + 628 * 15_000
    const extra = Math.floor((30_000_000 - held) / 8)
    const plain = (await open(cost, whole)).ceiling(false)
    assert.equal(plain, Math.floor((held + extra - 200 * 3_000) / 15_000) - 1)
    const writing = await open(cost, { ...whole, keyId: 'writing', cacheWrites: () => '1h' as const })
    assert.ok((writing.ceiling(false) as number) < (plain ?? 0))
    const free = await open(cost, { ...whole, model: 'free' })
    assert.equal(free.ceiling(false), undefined)
  })

  test('who is known and has not enough left for the shortest reply is not let in', async () => {
    for (let call = 0; call < 3; call += 1) {
      ledger.settle(await open(tokens(10_000)), settlementOf({ input: 100, output: 50 }))
    }
    await ledger.flush()
    // 450 are used; a request of theirs is 150 at most.
    await assert.rejects(open(tokens(450 + 150 + 15), whole), { code: 'limit_reached' })
    assert.equal((await open(tokens(450 + 150 + 16), whole)).ceiling(false), 16)
  })
})
