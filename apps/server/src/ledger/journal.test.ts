import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import type { Store } from '../store/store.ts'
import { openStore } from '../store/testing/open-store.ts'
import { createTableJournal, type SettledRow, type TableJournal } from './journal.ts'
import { settlementOf } from './testing/ledger-surroundings.ts'

forEachDatabase('the table of calls', (database) => {
  let store: Store
  let journal: TableJournal
  before(async () => {
    store = await openStore(database)
    journal = createTableJournal(store)
  })
  after(() => store[Symbol.asyncDispose]())

  const call = { userId: null, keyId: 'key', model: 'm', wire: 'anthropic' }
  const open = (id: string, nodeId: string, at: number) =>
    journal.open({ ...call, id, nodeId, at, conversationId: null, isStream: true, estimatedTokens: 1 })
  const settled = (id: string, at: number, fields: Partial<SettledRow> = {}): SettledRow => {
    return { ...settlementOf(), ...call, id, at, settledAt: at + 1, chargedNanos: 5, priceSource: 'test@1', ...fields }
  }
  const refused = (id: string, at: number) =>
    settled(id, at, { openedBy: 'mine', endReason: 'refused', chargedNanos: 0 })
  const endsOf = async (id: string) => {
    const rows = await store.database.selectFrom('usage_record').selectAll().where('id', '=', id).execute()
    return rows.map((row) => [row.status, row.end_reason, row.charged_nanos])
  }
  const requests = async () => {
    const month = store.database.selectFrom('usage_rollup').selectAll().where('per', '=', 'month')
    const [sum] = await month.where('dimension', '=', 'all').execute()
    return [sum?.requests ?? 0, sum?.charged_nanos ?? 0]
  }

  test('takes back no call but that which was opened by this node at that time', async () => {
    await open('taken-back', 'mine', 1_000)
    await open('of-another-node', 'other', 1_000)
    await open('of-another-time', 'mine', 1_001)
    await journal.settle(['taken-back', 'of-another-node', 'of-another-time', 'never'].map((id) => refused(id, 1_000)))
    assert.deepEqual(await endsOf('taken-back'), [['settled', 'refused', 0]])
    for (const id of ['of-another-node', 'of-another-time']) assert.deepEqual(await endsOf(id), [['open', null, 0]])
    assert.deepEqual(await requests(), [1, 0])
  })

  test('counts a call once that ends with the one of its id that is taken back', async () => {
    await journal.settle([refused('of-another-time', 1_000), settled('of-another-time', 1_001)])
    assert.deepEqual(await endsOf('of-another-time'), [['settled', 'done', 5]])
    assert.deepEqual(await requests(), [2, 5])
  })
})
