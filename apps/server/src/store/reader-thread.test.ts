import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { sql } from 'kysely'
import { openStore } from './testing/open-store.ts'

forEachDatabase('reports', (database) => {
  test('see what has been committed, and say what is wrong with a query', async () => {
    await using store = await openStore(database)
    const names = () => store.reports.selectFrom('setting').select('key').execute()
    assert.deepEqual(await names(), [])
    await store.database
      .insertInto('setting')
      .values({ key: 'a', value_json: '1', updated_at: 1, updated_by: null })
      .execute()
    assert.deepEqual(await Promise.all([names(), names()]), [[{ key: 'a' }], [{ key: 'a' }]])
    await assert.rejects(sql`select * from nothing`.execute(store.reports), /nothing/)
    assert.deepEqual(await names(), [{ key: 'a' }])
  })

  if (database.kind === 'postgres') return
  test('do not hold up the event loop, and do not write', async () => {
    await using store = await openStore(database)
    await sql`select 1`.execute(store.reports)
    const order: string[] = []
    const slow = sql`select count(*) from (with recursive numbers (n) as
      (select 1 union all select n + 1 from numbers where n < 300000) select n from numbers)`
      .execute(store.reports)
      .then(() => order.push('report'))
    await new Promise((resolve) => setImmediate(resolve))
    order.push('event loop')
    await slow
    assert.deepEqual(order, ['event loop', 'report'])
    await assert.rejects(store.reports.deleteFrom('setting').execute(), /readonly/)
  })
})
