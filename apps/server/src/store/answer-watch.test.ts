import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { ParleyError } from '@parley/contract'
import { forEachDatabase, type FreezingProxy, startFreezingProxy } from '@parley/testkit'
import { sql } from 'kysely'
import { pino } from 'pino'
import { createStore } from './create-store.ts'
import type { Log } from './log.ts'
import type { Store } from './store.ts'
import { silentLog } from './testing/open-store.ts'

const timeoutMs = 500

forEachDatabase('a server that does not answer', (target) => {
  if (target.kind === 'sqlite') return
  let proxy: FreezingProxy
  let store: Store
  before(async () => {
    proxy = await startFreezingProxy(target.url)
    store = await createStore(
      { kind: 'postgres', url: proxy.url, timeoutMs },
      { dataDir: '/nonexistent', log: silentLog },
    )
  })
  beforeEach(async () => {
    proxy.thaw()
    await untilAnswered()
  })
  after(() => proxy[Symbol.asyncDispose]())

  const ask = () => sql`select 1`.execute(store.database)
  const untilAnswered = async () => {
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        assert.equal(isAway(error), true)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
  }

  test('is away for whoever asks, on connections that are there and on new ones, and then at once', async () => {
    proxy.freeze()
    const beganAt = performance.now()
    const many = Array.from({ length: 20 }, ask)
    const work = store.groupCommit.run(async (transaction) => void (await sql`select 1`.execute(transaction)))
    for (const each of await Promise.allSettled([...many, work]))
      assert.ok(each.status === 'rejected' && isAway(each.reason))
    assert.ok(performance.now() - beganAt < 10 * timeoutMs)
    const laterAt = performance.now()
    await assert.rejects(ask(), isAway)
    assert.ok(performance.now() - laterAt < timeoutMs / 5, 'nobody waits for a server that is known to be silent')
  })

  test('a transaction that it falls silent in is rolled back, and its connection is not used again', async () => {
    await assert.rejects(
      store.transaction(async (transaction) => {
        await sql`create table left_behind (id integer)`.execute(transaction)
        proxy.freeze()
        await sql`select 1`.execute(transaction)
      }),
      isAway,
    )
    proxy.thaw()
    await untilAnswered()
    const { rows } = await sql`select 1 from pg_tables where tablename = 'left_behind'`.execute(store.database)
    assert.deepEqual(rows, [])
  })

  test('what takes long is not cut while it answers others', async () => {
    const { rows } = await sql`select 2 as two, pg_sleep(${(3 * timeoutMs) / 1000})`.execute(store.database)
    assert.partialDeepStrictEqual(rows, [{ two: 2 }])
  })

  test('what takes long is not cut either while only new connections are not answered', async () => {
    const sleep = (seconds: number) => sql`select pg_sleep(${seconds})`.execute(store.database)
    await Promise.all([sleep(0.05), sleep(0.05)])
    proxy.freezeNew()
    let isDone = false
    const long = sleep((3 * timeoutMs) / 1000).finally(() => (isDone = true))
    while (!isDone) await ask()
    await long
  })

  test('that does answer is taken leave of, and a start with one that does not ends', async () => {
    const lines: string[] = []
    const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) })
    const open = (options: { log: Log }) =>
      createStore({ kind: 'postgres', url: proxy.url, timeoutMs }, { dataDir: '/nonexistent', ...options })
    const other = await open({ log })
    await Promise.all(Array.from({ length: 5 }, () => sql`select 1`.execute(other.database)))
    await other[Symbol.asyncDispose]()
    proxy.freeze()
    await assert.rejects(open({ log: silentLog }), isAway)
    assert.deepEqual(lines, [])
  })

  test('is not waited for by who disposes of the store', async () => {
    await Promise.all(Array.from({ length: 5 }, ask))
    proxy.freeze()
    const beganAt = performance.now()
    await store[Symbol.asyncDispose]()
    assert.ok(performance.now() - beganAt < 5_000)
  })
})

function isAway(error: unknown): boolean {
  return error instanceof ParleyError && error.code === 'database_unavailable'
}
