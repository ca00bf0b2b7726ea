import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Account, Candidate } from './account.ts'
import { mayUse, orderCandidates } from './choose.ts'
import { Turns } from './turns.ts'

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
const level = () => 0

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
    const order = orderCandidates(all, {
      active: (id) => (id === 'first' ? 100 : 0),
      turn: level,
      random: seededRandom(1),
    })
    assert.deepEqual(ids(order), ['first', 'middle', 'late'])
  })

  test('puts the account of the session before priority', () => {
    const all = [candidate('first', { priority: 1 }), candidate('mine', { priority: 99 })]
    const order = orderCandidates(all, {
      affinityAccountId: 'mine',
      active: idle,
      turn: level,
      random: seededRandom(1),
    })
    assert.deepEqual(ids(order), ['mine', 'first'])
  })

  test('draws idle accounts by weight', () => {
    const all = [candidate('light', { weight: 1 }), candidate('heavy', { weight: 3 })]
    const random = seededRandom(2)
    let light = 0
    for (let call = 0; call < 20_000; call++) {
      if (orderCandidates(all, { active: idle, turn: level, random })[0]?.account.id === 'light') light++
    }
    assert.ok(Math.abs(light / 20_000 - 0.25) < 0.01, `light got ${light} of 20000`)
  })

  test('prefers the less busy of equals', () => {
    const all = [candidate('busy'), candidate('free')]
    const random = seededRandom(3)
    let free = 0
    for (let call = 0; call < 1000; call++) {
      const order = orderCandidates(all, { active: (id) => (id === 'busy' ? 8 : 0), turn: level, random })
      if (order[0]?.account.id === 'free') free++
    }
    assert.ok(free > 995, `the free account got ${free} of 1000`)
  })

  for (const concurrency of [1, 10, 40, 200]) {
    test(`keeps ${concurrency} calls at once on 20 accounts within 5 % of the weights`, () => {
      const all = Array.from({ length: 20 }, (_, index) => candidate(`a${index}`, { weight: 1 + (index % 4) }))
      const served = serve(all, { calls: 20_000, concurrency })
      const totalWeight = all.reduce((sum, entry) => sum + entry.account.weight, 0)
      for (const { account } of all) {
        const share = (served.get(account.id) ?? 0) / ((20_000 * account.weight) / totalWeight)
        const text = `${account.id} of weight ${account.weight} got ${share.toFixed(3)} of its share`
        assert.ok(Math.abs(share - 1) < 0.05, text)
      }
    })
  }

  test('does not flood an account that was out to make up for it', () => {
    const all = [candidate('steady'), candidate('returned')]
    const turns = new Turns()
    for (let call = 0; call < 1000; call++) turns.took('m', all.slice(0, 1))
    let returned = 0
    for (let call = 0; call < 20; call++) {
      const order = orderCandidates(all, {
        active: idle,
        turn: (account) => turns.turnOf('m', account),
        random: () => 0,
      })
      turns.took('m', order)
      if (order[0]?.account.id === 'returned') returned++
    }
    assert.ok(returned <= 13, `it got ${returned} of 20`)
  })

  test('spares an account that is slow', () => {
    const all = [candidate('slow'), candidate('quick')]
    const served = serve(all, { calls: 10_000, concurrency: 20, isSlow: (id) => id === 'slow' })
    assert.ok((served.get('quick') ?? 0) > 6_000, `the quick one got ${served.get('quick')} of 10000`)
  })
})

interface Serving {
  readonly calls: number
  readonly concurrency: number
  /** Ten times slower than the others. */
  readonly isSlow?: (id: string) => boolean
}

/** Calls that end in any order, as many at once as it says. Gives how many each account got. */
function serve(all: readonly Candidate[], { calls, concurrency, isSlow = () => false }: Serving): Map<string, number> {
  const random = seededRandom(4)
  const turns = new Turns()
  const active = new Map<string, number>()
  const served = new Map<string, number>()
  const running: string[] = []
  for (let call = 0; call < calls; call++) {
    while (running.length === concurrency) {
      const index = Math.floor(random() * running.length)
      const id = running[index] ?? ''
      if (isSlow(id) && random() < 0.9) continue
      running.splice(index, 1)
      active.set(id, (active.get(id) ?? 0) - 1)
    }
    const order = orderCandidates(all, {
      active: (id) => active.get(id) ?? 0,
      turn: (account) => turns.turnOf('m', account),
      random,
    })
    turns.took('m', order)
    const chosen = order[0]?.account.id ?? ''
    running.push(chosen)
    active.set(chosen, (active.get(chosen) ?? 0) + 1)
    served.set(chosen, (served.get(chosen) ?? 0) + 1)
  }
  return served
}
