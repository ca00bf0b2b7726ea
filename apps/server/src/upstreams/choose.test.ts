import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Account, Candidate } from './account.ts'
import { mayUse, orderCandidates } from './choose.ts'

function candidate(id: string, options: Partial<Account> = {}): Candidate {
  return {
    account: {
      id,
      name: id,
      kind: 'openai',
      priority: 50,
      weight: 1,
      maxConcurrency: null,
      isSchedulable: true,
      groups: [],
      wires: ['openai-chat'],
      ...options,
    },
    upstreamModel: 'model',
  }
}

/** Mulberry32: the same numbers on every run. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const ids = (candidates: readonly Candidate[]) => candidates.map((entry) => entry.account.id)
const idle = () => 0

describe('mayUse', () => {
  const { account } = candidate('a')

  test('keeps callers who are pinned to the accounts they are pinned to', () => {
    assert.equal(mayUse(account, ['a', 'x']), true)
    assert.equal(mayUse(account, ['x']), false)
    assert.equal(mayUse(account, []), false)
  })

  test('leaves accounts that are not scheduled to those who are pinned to them', () => {
    const apart = { ...account, isSchedulable: false }
    assert.equal(mayUse(account, null), true)
    assert.equal(mayUse(apart, null), false)
    assert.equal(mayUse(apart, ['a']), true)
  })
})

describe('orderCandidates', () => {
  test('tries lower priority numbers first, whatever their load', () => {
    const all = [candidate('late', { priority: 90 }), candidate('first', { priority: 1 }), candidate('middle')]
    const order = orderCandidates(all, { active: (id) => (id === 'first' ? 100 : 0), random: seededRandom(1) })
    assert.deepEqual(ids(order), ['first', 'middle', 'late'])
  })

  test('puts the account of the session before priority', () => {
    const all = [candidate('first', { priority: 1 }), candidate('mine', { priority: 99 })]
    const order = orderCandidates(all, { affinityAccountId: 'mine', active: idle, random: seededRandom(1) })
    assert.deepEqual(ids(order), ['mine', 'first'])
  })

  test('draws idle accounts by weight', () => {
    const all = [candidate('light', { weight: 1 }), candidate('heavy', { weight: 3 })]
    const random = seededRandom(2)
    let light = 0
    for (let call = 0; call < 20_000; call++) {
      if (orderCandidates(all, { active: idle, random })[0]?.account.id === 'light') light++
    }
    assert.ok(Math.abs(light / 20_000 - 0.25) < 0.01, `light got ${light} of 20000`)
  })

  test('prefers the less busy of equals', () => {
    const all = [candidate('busy'), candidate('free')]
    const random = seededRandom(3)
    let free = 0
    for (let call = 0; call < 1000; call++) {
      const order = orderCandidates(all, { active: (id) => (id === 'busy' ? 8 : 0), random })
      if (order[0]?.account.id === 'free') free++
    }
    assert.ok(free > 995, `the free account got ${free} of 1000`)
  })

  test('keeps 200 concurrent calls on 20 accounts within 5 % of the weights', () => {
    const all = Array.from({ length: 20 }, (_, index) => candidate(`a${index}`, { weight: 1 + (index % 4) }))
    const totalWeight = all.reduce((sum, entry) => sum + entry.account.weight, 0)
    const random = seededRandom(4)
    const active = new Map<string, number>()
    const served = new Map<string, number>()
    const running: string[] = []
    const calls = 60_000
    for (let call = 0; call < calls; call++) {
      if (running.length === 200) {
        const [ended] = running.splice(Math.floor(random() * running.length), 1)
        if (ended !== undefined) active.set(ended, (active.get(ended) ?? 0) - 1)
      }
      const chosen = orderCandidates(all, { active: (id) => active.get(id) ?? 0, random })[0]?.account.id ?? ''
      running.push(chosen)
      active.set(chosen, (active.get(chosen) ?? 0) + 1)
      served.set(chosen, (served.get(chosen) ?? 0) + 1)
    }
    for (const { account } of all) {
      const expected = (calls * account.weight) / totalWeight
      const share = (served.get(account.id) ?? 0) / expected
      assert.ok(
        Math.abs(share - 1) < 0.05,
        `${account.id} of weight ${account.weight} got ${share.toFixed(3)} of its share`,
      )
    }
  })
})
