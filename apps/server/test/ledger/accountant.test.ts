import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startServer, type TestServer } from '../harness.ts'
import { type Found, judge, makeAll } from './accountant.ts'
import { type Fault, faults } from './accountant-faults.ts'

/** Undoes what a fault has done. */
class Undone extends Error {}

/** The small version; `npm run test:ledger` makes ten thousand calls on two nodes. */
describe('the accountant, of 300 calls of every kind', () => {
  let server: TestServer
  let found: Found

  before(async () => {
    server = await startServer({ env: { DRAIN_MS: '1000' } })
    const { url, token, app } = server
    const nodes = { urls: [url], store: app.store, token, killAndRestart: undefined, unsettledMs: 0 }
    found = await makeAll(nodes, { calls: 300, seed: 5, kills: 0, atOnce: 16 })
  })
  after(() => server?.[Symbol.asyncDispose]())

  test('finds no difference', async () => {
    const report = await judge(server.app.store, found)
    assert.deepEqual(report.differences, [])
    for (const reason of ['done', 'client_gone', 'upstream_cut', 'upstream_error']) {
      assert.ok((report.endReasons[reason] ?? 0) > 0, `no call ended with ${reason}`)
    }
  })

  /** What the accountant says of the same ledger with a fault in it. */
  async function differencesWith({ make }: Fault): Promise<readonly string[]> {
    const { store } = server.app
    let differences: readonly string[] = []
    const undone = store.transaction(async (database) => {
      const rows = await database.selectFrom('usage_record').selectAll().orderBy('id').execute()
      const instead = await make({ database, kind: store.kind, rows, found })
      const report = await judge({ ...store, database }, { ...found, ...instead })
      differences = report.differences
      throw new Undone()
    })
    await assert.rejects(undone, Undone)
    return differences
  }

  for (const [what, fault] of Object.entries(faults)) {
    test(`says so when ${what}`, async () => {
      const differences = await differencesWith(fault)
      const isNamed = differences.some((difference) => fault.isNamed.test(difference))
      assert.ok(isNamed, `it said: ${differences.join('\n') || 'nothing'}`)
    })
  }
})
