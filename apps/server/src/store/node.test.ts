import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { startNode } from './node.ts'
import type { Store } from './store.ts'
import { openStore, silentLog } from './testing/open-store.ts'

forEachDatabase('the nodes', (target) => {
  let store: Store
  before(async () => {
    store = await openStore(target)
  })
  after(() => store[Symbol.asyncDispose]())

  const heartbeatOf = async (id: string) => {
    const { heartbeat_at, stopped_at } = await store.database
      .selectFrom('node')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return { heartbeat_at, stopped_at }
  }
  const silence = (id: string, sinceMs: number) =>
    store.database
      .updateTable('node')
      .set({ heartbeat_at: Date.now() - sinceMs })
      .where('id', '=', id)
      .execute()

  test('a node shows that it is alive, and says when it stops', async () => {
    const node = await startNode({ store, log: silentLog, heartbeatMs: 5 })
    await silence(node.id, 60_000)
    while ((await heartbeatOf(node.id)).heartbeat_at < Date.now() - 30_000) await new Promise(setImmediate)
    assert.equal((await heartbeatOf(node.id)).stopped_at, null)
    await node[Symbol.asyncDispose]()
    const { stopped_at } = await heartbeatOf(node.id)
    assert.ok(stopped_at !== null && Math.abs(stopped_at - Date.now()) < 30_000)
  })

  test('the dead are those that have stopped or fallen silent; on SQLite everybody else', async () => {
    await store.database.deleteFrom('node').execute()
    const options = { store, log: silentLog, heartbeatMs: 1_000_000 }
    const [self, alive, silent, stopped] = [
      await startNode(options),
      await startNode(options),
      await startNode(options),
      await startNode(options),
    ]
    await silence(silent.id, 60_000)
    await stopped[Symbol.asyncDispose]()
    const dead = (await self.deadNodes(30_000)).toSorted()
    const expected = target.kind === 'postgres' ? [silent.id, stopped.id] : [alive.id, silent.id, stopped.id]
    assert.deepEqual(dead, expected.toSorted())
    for (const node of [self, alive, silent]) await node[Symbol.asyncDispose]()
  })

  // On SQLite every other one is dead.
  if (target.kind === 'sqlite') return

  test('those that were silent because the database was away get time to speak again', async () => {
    await store.database.deleteFrom('node').execute()
    let isAway = false
    const log = { ...silentLog, warn: () => void (isAway = true) }
    await using self = await startNode({ store, log, heartbeatMs: 5 })
    await using other = await startNode({ store, log: silentLog, heartbeatMs: 1_000_000 })
    await store.database.schema.alterTable('node').renameTo('node_away').execute()
    while (!isAway) await new Promise(setImmediate)
    await store.database.schema
      .alterTable('node_away' as 'node')
      .renameTo('node')
      .execute()
    await silence(other.id, 60_000)
    assert.deepEqual(await self.deadNodes(30_000), [])
    while ((await self.deadNodes(500)).length === 0) await new Promise(setImmediate)
    assert.deepEqual(await self.deadNodes(500), [other.id])
  })
})
