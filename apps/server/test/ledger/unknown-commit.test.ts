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

/**
 * Passes everything on; once armed, the answer to the next commit is not, and its connection is cut. Or the commit itself is
 * not, and nobody is connected any more until it is mended.
 */
async function startCommitCutter(serverUrl: string) {
  const target = new URL(serverUrl)
  const sockets = new Set<Socket>()
  let loses: 'nothing' | 'answer' | 'commit' = 'nothing'
  let isBroken = false
  const breakDown = () => {
    isBroken = true
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((client) => {
    if (isBroken) return client.destroy()
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
      const isCommit = loses !== 'nothing' && /commit/i.test(chunk.toString('latin1'))
      if (isCommit && loses === 'commit') return breakDown()
      if (isCommit) {
        loses = 'nothing'
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
    arm(what: 'answer' | 'commit' = 'answer') {
      loses = what
    },
    mend() {
      loses = 'nothing'
      isBroken = false
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
  /** Behind the cutter, and beside it. */
  let store: Store
  let otherStore: Store
  let ledger: Ledger

  before(async () => {
    const postgres = cleanUp.use(await startEmbeddedPostgres())
    cutter = cleanUp.use(await startCommitCutter(postgres.url))
    store = cleanUp.use(await openStore({ kind: 'postgres', url: cutter.url }))
    otherStore = cleanUp.use(await openStore({ kind: 'postgres', url: postgres.url }))
    ledger = cleanUp.use(await openLedger({ store }))
  })
  after(() => cleanUp.disposeAsync())

  const rows = () => store.database.selectFrom('usage_record').selectAll().orderBy('id').execute()

  async function eventuallyFlushed(waiting: Ledger): Promise<void> {
    for (;;) {
      const isFlushed = await waiting.flush().then(
        () => true,
        () => false,
      )
      if (isFlushed) return
    }
  }

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

  for (const [who, nodeId] of [
    ['another node', 'other'],
    ['the same node', 'node'],
  ] as const)
    test(`of an opening takes back no call that ${who} opens with the same id of a proxy`, async () => {
      const keyId = `called-by-${nodeId}`
      const entry = entryOf({ requestId: `sent-to-${nodeId}`, isIdForeign: true, keyId })
      await using other = await openLedger({ store: otherStore, nodeId, now: () => Date.now() + 1 })
      cutter.arm('commit')
      await assert.rejects(ledger.open(entry), { code: 'database_unavailable' })
      const ticket = await other.open(entry)
      assert.equal(ticket.requestId, entry.requestId)
      cutter.mend()
      await eventuallyFlushed(ledger)
      other.settle(ticket, settlementOf())
      await other.flush()
      const found = (await rows()).filter(({ key_id }) => key_id === keyId)
      assert.deepEqual(
        found.map(({ id, node_id, end_reason, charged_nanos }) => [id, node_id, end_reason, charged_nanos]),
        [[entry.requestId, nodeId, 'done', 1_050_000]],
      )
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
