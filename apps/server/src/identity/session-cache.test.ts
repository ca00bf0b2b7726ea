import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createLog } from '../config/log.ts'
import { createMemoryState } from '../state/memory.ts'
import { createSessionCache } from './session-cache.ts'
import type { SessionState } from './sessions-repository.ts'

const good: SessionState = {
  userId: 'ann',
  role: 'user',
  isUserActive: true,
  isRevoked: false,
  expiresAt: 1e15,
  refreshHash: '',
  previousHash: null,
  rotatedAt: 0,
}

/** Two nodes over one table that is a variable. */
async function twoNodes(test: TestContext) {
  const settings = { level: 'silent', isPretty: false, keepDays: 1 }
  const state = createMemoryState({ log: createLog({ settings, folder: undefined, output: undefined }) })
  const table = { state: good as SessionState | undefined, loads: 0, now: 0, gate: Promise.resolve() }
  const load = async () => {
    table.loads++
    const { state: read } = table
    await table.gate
    return read
  }
  const create = () =>
    createSessionCache({ load, topics: state.topics, clock: () => table.now, maxAgeMs: 1000, maxEntries: 10 })
  const nodes = [await create(), await create()] as const
  test.after(async () => {
    for (const node of nodes) await node[Symbol.asyncDispose]()
    await state[Symbol.asyncDispose]()
  })
  return { table, here: nodes[0], there: nodes[1] }
}

describe('the session cache', () => {
  it('asks the database once for many requests, at once and later', async (test) => {
    const { table, here } = await twoNodes(test)
    await Promise.all(Array.from({ length: 100 }, () => here.find('s1')))
    await here.find('s1')
    assert.equal(table.loads, 1)
  })

  it('asks again when what it knows is old', async (test) => {
    const { table, here } = await twoNodes(test)
    await here.find('s1')
    table.now = 1000
    table.state = undefined
    assert.equal(await here.find('s1'), undefined)
  })

  it('forgets on all nodes at once', async (test) => {
    const { table, here, there } = await twoNodes(test)
    await Promise.all([here.find('s1'), there.find('s1')])
    table.state = { ...good, isRevoked: true }
    await here.forget(['s0', 's1'])
    assert.equal((await here.find('s1'))?.isRevoked, true)
    assert.equal((await there.find('s1'))?.isRevoked, true)
  })

  it('does not keep what was read before it was told to forget', async (test) => {
    const { table, here } = await twoNodes(test)
    const gate = Promise.withResolvers<void>()
    table.gate = gate.promise
    const overtaken = here.find('s1')
    table.state = { ...good, isRevoked: true }
    await here.forget(['s1'])
    gate.resolve()
    await overtaken
    assert.equal((await here.find('s1'))?.isRevoked, true)
  })

  it('does not keep a failure, and does not grow without end', async (test) => {
    const { table, here } = await twoNodes(test)
    table.gate = Promise.reject(new Error('the database is away'))
    await assert.rejects(here.find('s1'), /away/)
    table.gate = Promise.resolve()
    assert.deepEqual(await here.find('s1'), good)
    for (let index = 0; index < 100; index++) await here.find(`session ${index}`)
    const before = table.loads
    await here.find('session 99')
    await here.find('session 0')
    assert.equal(table.loads, before + 1)
  })
})
