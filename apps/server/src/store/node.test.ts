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
})
