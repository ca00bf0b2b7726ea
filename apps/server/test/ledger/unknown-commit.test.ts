/** The connection to PostgreSQL breaks when a commit has been done and its answer is on the way. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { startEmbeddedPostgres } from '@parley/testkit'
import type { Ledger } from '../../src/ledger/ledger.ts'
import { entryOf, openLedger, settlementOf } from '../../src/ledger/testing/ledger-surroundings.ts'
import type { Store } from '../../src/store/store.ts'
import { openStore } from '../../src/store/testing/open-store.ts'

const skip = process.env['TEST_POSTGRES_URL'] ? false : 'no PostgreSQL: TEST_POSTGRES_URL is not set'

/** Passes everything on; once armed, the answer to the next commit is not, and its connection is cut. */
async function startCommitCutter(serverUrl: string) {
  const target = new URL(serverUrl)
  const sockets = new Set<Socket>()
  let isArmed = false
  const server = createServer((client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port) })
    let isLast = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
        sockets.delete(socket)
      })
    }
    client.on('data', (chunk) => {
      if (isArmed && /commit/i.test(chunk.toString('latin1'))) {
        isArmed = false
        isLast = true
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => (isLast ? client.destroy() : client.write(chunk)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(serverUrl)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as { port: number }).port)
  return {
    url: url.href,
    arm: () => {
      isArmed = true
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('a commit whose outcome nobody knows', { skip }, () => {
  const cleanUp = new AsyncDisposableStack()
  let cutter: Awaited<ReturnType<typeof startCommitCutter>>
  let store: Store
  let ledger: Ledger

  before(async () => {
    const postgres = cleanUp.use(await startEmbeddedPostgres())
    cutter = cleanUp.use(await startCommitCutter(postgres.url))
    store = cleanUp.use(await openStore({ kind: 'postgres', url: cutter.url }))
    ledger = cleanUp.use(await openLedger({ store }))
  })
  after(() => cleanUp.disposeAsync())

  const rows = () => store.database.selectFrom('usage_record').selectAll().orderBy('id').execute()

  for (const count of [1, 3])
    test(`of ${count} openings leaves no call that was never made`, async () => {
      const limits = [{ what: 'requests', per: 'day', max: 100 }] as const
      cutter.arm()
      const opened = await Promise.allSettled(Array.from({ length: count }, () => ledger.open(entryOf({ limits }))))
      assert.deepEqual(
        opened.map((each) => each.status === 'rejected' && each.reason.code),
        opened.map(() => 'database_unavailable'),
      )
      while ((await rows()).some(({ status }) => status === 'open')) await ledger.flush().catch(() => undefined)
      const found = (await rows()).slice(-count)
      assert.deepEqual(
        found.map(({ end_reason, charged_nanos, input_tokens }) => [end_reason, charged_nanos, input_tokens]),
        found.map(() => ['refused', 0, 0]),
      )
      assert.equal(found.length, count, 'they were committed')
    })

  test('of a settlement counts it once', async () => {
    const ticket = await ledger.open(entryOf({ keyId: 'counted' }))
    cutter.arm()
    ledger.settle(ticket, settlementOf())
    await assert.rejects(ledger.flush())
    await ledger.flush()
    const sums = await store.database
      .selectFrom('usage_rollup')
      .selectAll()
      .where('dimension', '=', 'key')
      .where('subject', '=', 'counted')
      .where('per', '=', 'month')
      .execute()
    assert.deepEqual(
      sums.map(({ requests, charged_nanos }) => [requests, charged_nanos]),
      [[1, 1_050_000]],
    )
  })
})
