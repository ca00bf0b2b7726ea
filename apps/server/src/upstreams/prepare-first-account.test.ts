import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { createUpstreams } from './create-upstreams.ts'
import type { UpstreamsOptions } from './parts.ts'
import { prepareFirstAccount } from './prepare-first-account.ts'
import { openSurroundings, type Surroundings } from './testing/surroundings.ts'

const named = { firstAccount: { baseUrl: 'http://127.0.0.1:1', apiKey: 'sk-0123456789abcdef' } }

forEachDatabase('prepareFirstAccount', (database) => {
  let around: Surroundings
  let nodes: Awaited<ReturnType<typeof createUpstreams>>[]

  before(async () => {
    around = await openSurroundings(database)
    const options = {
      ...around,
      config: { relay: { connectTimeoutMs: 500 } as UpstreamsOptions['config']['relay'] },
      isActiveModel: () => false,
    }
    nodes = await Promise.all([createUpstreams(options), createUpstreams(options), createUpstreams(options)])
  })
  after(async () => {
    for (const node of nodes) await node[Symbol.asyncDispose]()
    await around[Symbol.asyncDispose]()
  })

  const prepareAll = () => Promise.all(nodes.map(({ admin }) => prepareFirstAccount(admin, named, around.log)))
  const listAll = () => nodes.map(({ admin }) => admin.list().filter(({ kind }) => kind !== 'simulator'))

  test('makes one account, which all know that start at the same moment', async () => {
    await prepareAll()
    const [[made, ...more] = [], ...others] = listAll()
    assert.ok(made !== undefined && more.length === 0, `${more.length} more accounts`)
    assert.equal(made.baseUrl, named.firstAccount.baseUrl)
    for (const known of others)
      assert.deepEqual(
        known.map(({ id }) => id),
        [made.id],
      )

    await prepareAll()
    assert.deepEqual(
      listAll()[0]?.map(({ id }) => id),
      [made.id],
    )
  })
})
