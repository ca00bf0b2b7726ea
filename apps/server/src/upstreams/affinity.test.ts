import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createMemoryState } from '../state/memory.ts'
import { affinityKeyOf, createAffinity } from './affinity.ts'
import { quiet } from './testing/surroundings.ts'

describe('affinityKeyOf', () => {
  const signs = { ownerId: 'key-1', sessionId: undefined, prefix: undefined }

  test('takes the client’s own session id before the beginning of the conversation', () => {
    const withId = affinityKeyOf({ ...signs, sessionId: 's', prefix: 'p' })
    assert.equal(withId, affinityKeyOf({ ...signs, sessionId: 's', prefix: 'other' }))
    assert.notEqual(withId, affinityKeyOf({ ...signs, prefix: 'p' }))
  })

  test('keeps sessions of different keys apart, and ids apart from beginnings', () => {
    const keys = [
      affinityKeyOf({ ...signs, sessionId: 's' }),
      affinityKeyOf({ ...signs, ownerId: 'key-2', sessionId: 's' }),
      affinityKeyOf({ ...signs, prefix: 's' }),
      affinityKeyOf({ ...signs, ownerId: 'key-1","id', sessionId: 's' }),
    ]
    assert.equal(new Set(keys).size, 4)
  })

  test('has no key for calls that say nothing', () => {
    assert.equal(affinityKeyOf(signs), undefined)
    assert.equal(affinityKeyOf({ ...signs, sessionId: '', prefix: '' }), undefined)
  })
})

describe('createAffinity', () => {
  const clock = { now: 1_000_000 }
  const open = (state = createMemoryState({ log: quiet }), lifetimeMs = 10_000) =>
    createAffinity({ state, clock: () => clock.now, log: quiet, lifetimeMs })

  test('knows the account of a session for its lifetime, which each use renews', () => {
    const affinity = open()
    assert.equal(affinity.find('k'), undefined)
    affinity.remember('k', 'a')
    clock.now += 8_000
    affinity.remember('k', 'a')
    clock.now += 8_000
    assert.equal(affinity.find('k'), 'a')
    clock.now += 2_001
    assert.equal(affinity.find('k'), undefined)
  })

  test('follows the session to another account', () => {
    const affinity = open()
    affinity.remember('k', 'a')
    affinity.remember('k', 'b')
    assert.equal(affinity.find('k'), 'b')
  })

  test('is known on other nodes that share the state, and told once a minute at most', async (t) => {
    const state = { ...createMemoryState({ log: quiet }), kind: 'redis' as const }
    const told = t.mock.method(state.values, 'set')
    const nodes = [open(state, 600_000), open(state, 600_000)]
    for (let call = 0; call < 100; call++) nodes[0]?.remember('k', 'a')
    assert.equal(told.mock.callCount(), 1)
    assert.equal(await nodes[1]?.find('k'), 'a')
    assert.equal(nodes[1]?.find('k'), 'a', 'without a promise the second time')
    clock.now += 60_000
    nodes[0]?.remember('k', 'a')
    assert.equal(told.mock.callCount(), 2)
  })
})
