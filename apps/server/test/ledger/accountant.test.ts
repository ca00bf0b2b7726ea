import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../harness.ts'
import { runAccountant } from './accountant.ts'

/** The small version; `npm run test:ledger` makes ten thousand calls on two nodes. */
test('the accountant finds no difference in 300 calls of every kind', async () => {
  await using server = await startServer({ env: { DRAIN_MS: '1000' } })
  const { url, token, app } = server
  const nodes = { urls: [url], store: app.store, token, killAndRestart: undefined, unsettledMs: 0 }
  const report = await runAccountant(nodes, { calls: 300, seed: 5, kills: 0, atOnce: 16 })
  assert.deepEqual(report.differences, [])
  for (const reason of ['done', 'client_gone', 'upstream_cut', 'upstream_error']) {
    assert.ok((report.endReasons[reason] ?? 0) > 0, `no call ended with ${reason}`)
  }
})
