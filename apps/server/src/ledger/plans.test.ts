import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { callOutcomes } from '@parley/contract'
import { CompiledQuery, type RootOperationNode } from 'kysely'
import type { Store } from '../store/store.ts'
import { openStore } from '../store/testing/open-store.ts'
import { failedCosts, listRecords } from './records.ts'
import { createStatistics } from './statistics.ts'
import { usedWithin } from './used-within.ts'

/** What people look at must not read a ledger of ten million calls: each statement is found by an index. */
forEachDatabase('the ledger’s questions', (target) => {
  if (target.kind === 'postgres') return
  let store: Store
  let watched: Store
  let asked: RootOperationNode[] = []

  before(async () => {
    store = await openStore(target)
    const database = store.database.withPlugin({
      transformQuery({ node }) {
        asked.push(node)
        return node
      },
      transformResult: async ({ result }) => result,
    })
    watched = { ...store, kind: store.kind, database }
    // The first page's last row, that there is a second one.
    await store.database
      .insertInto('usage_record')
      .values({
        id: 'last',
        node_id: 'n',
        status: 'settled',
        at: 5,
        model: 'm',
        wire: 'w',
        is_stream: 1,
        estimated_tokens: 1,
      })
      .execute()
  })
  after(() => store[Symbol.asyncDispose]())

  async function plansOf(ask: () => Promise<unknown>): Promise<string[]> {
    asked = []
    await ask()
    const executor = store.database.getExecutor()
    return Promise.all(
      asked.map(async (node) => {
        const { sql, parameters } = executor.compileQuery(node, { queryId: 'plan' })
        const explain = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters])
        const { rows } = await store.database.executeQuery<{ detail: string }>(explain)
        return rows.map(({ detail }) => detail).join('; ')
      }),
    )
  }

  for (const outcome of callOutcomes.filter((each) => each !== 'done')) {
    test(`calls that are ${outcome} are not sought among those that went well`, async () => {
      for (const owner of [{}, { keyId: 'k' }, { userId: 'u' }]) {
        const plans = await plansOf(() => listRecords(watched, { limit: 50, cursor: 'last', outcome, ...owner }))
        const reads = plans.join('; ').match(/\w+ usage_record\b[^;]*/g) ?? []
        assert.ok(reads.some((read) => read.includes('usage_record_not_done')))
        for (const read of reads)
          assert.match(read, /SEARCH usage_record USING INDEX (usage_record_not_done|\w+ \(id=\?\))/)
      }
    })
  }

  const hour = 3_600_000
  const now = Date.parse('2026-05-13T10:20:30Z')
  const span = { from: now - 100 * hour, to: now }
  const window = { start: now - 30.5 * hour, end: now + hour }
  const questions: { readonly [name: string]: (on: Store) => Promise<unknown> } = {
    'the newest calls': (on) => listRecords(on, { limit: 50 }),
    'the next page': (on) => listRecords(on, { limit: 50, cursor: 'last' }),
    'calls of a key': (on) => listRecords(on, { limit: 50, keyId: 'k', cursor: 'last' }),
    'calls that went well': (on) => listRecords(on, { limit: 50, outcome: 'done', cursor: 'last' }),
    'calls of a user': (on) => listRecords(on, { limit: 50, userId: 'u' }),
    'costs of failed attempts': (on) => failedCosts(on, ['last']),
    'a report': (on) => createStatistics(on).report({ by: 'key', per: 'day', ...span, limit: 100 }),
    'a report by group': (on) => createStatistics(on).report({ by: 'group', per: 'day', ...span, limit: 100 }),
    'a report of one group': (on) =>
      createStatistics(on).report({ by: 'group', subject: 'g', per: 'day', ...span, limit: 100 }),
    'costs of a month': (on) => createStatistics(on).monthCosts({ by: 'user', subjects: ['u', 'v'], month: now }),
    'a total': (on) => createStatistics(on).total({ by: 'all', per: 'hour', ...span }),
    'who uses most': (on) => createStatistics(on).top({ by: 'user', month: now, limit: 10 }),
    'the last minutes': (on) => createStatistics(on).lastMinutes(5, now),
    'what a key has used': (on) => usedWithin(on, { kind: 'key', id: 'k' }, window, now),
    'what a family has used': (on) => usedWithin(on, { kind: 'model', id: 'm*' }, window, now),
  }
  for (const [name, ask] of Object.entries(questions)) {
    test(`${name}: no call is read that is not asked for`, async () => {
      const plans = await plansOf(() => ask(watched))
      assert.ok(plans.length > 0)
      for (const plan of plans) {
        // In the order of an index, and no further than a page, is not a scan.
        assert.doesNotMatch(plan, /SCAN (?!usage_record USING INDEX usage_record_at\b)/)
        if (plan.includes('usage_record')) assert.doesNotMatch(plan, /TEMP B-TREE FOR ORDER BY/)
      }
    })
  }
})
