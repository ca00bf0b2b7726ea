import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { reasonText } from '@parley/contract'
import type { AttemptReport } from './account.ts'
import { Health } from './health.ts'
import { failedAttempt } from './testing/failed-attempt.ts'
import { verdictOf } from './verdict.ts'

const minute = 60_000

function surroundings() {
  const clock = { now: 1_000_000 }
  const health = new Health({ now: () => clock.now, random: () => 0 })
  const fail = (report: Partial<AttemptReport>, model = 'm') => {
    const { effect } = verdictOf(failedAttempt(report))
    assert.equal(effect.kind, 'hold')
    return effect.kind === 'hold' ? health.fail('a', model, effect, report.reason ?? 'because') : undefined
  }
  const heldMs = (model = 'm') => {
    const hold = health.holdOn('a', model)
    return hold === undefined ? 0 : hold.untilMs - clock.now
  }
  return { clock, health, fail, heldMs }
}

describe('verdictOf', () => {
  for (const status of [400, 405, 413, 415, 422]) {
    test(`blames the caller for ${status}`, () => {
      assert.deepEqual(verdictOf(failedAttempt({ status })), { mayRetryElsewhere: false, effect: { kind: 'none' } })
    })
  }

  for (const status of [undefined, 401, 402, 403, 404, 408, 429, 500, 502, 503, 504, 529]) {
    test(`lets another account try after ${status ?? 'no answer'}`, () => {
      assert.equal(verdictOf(failedAttempt({ status })).mayRetryElsewhere, true)
    })
  }

  test('takes the whole account out when a 400 is about its credential', () => {
    const { effect } = verdictOf(failedAttempt({ status: 400, errorKind: 'authentication' }))
    assert.equal(effect.kind === 'hold' && effect.scope, 'account')
  })

  test('takes 200 with an overloaded error for overload, not for success', () => {
    const { effect } = verdictOf(failedAttempt({ status: 200, errorKind: 'overloaded' }))
    assert.equal(effect.kind === 'hold' && effect.rule.name, 'overloaded')
  })

  test('does not care for words: the caller may have written them', () => {
    const reason = 'no such tool: "billing: account suspended, insufficient_quota, API key revoked, overloaded"'
    for (const status of [400, 404, 409, 413, 415, 422]) {
      assert.deepEqual(verdictOf(failedAttempt({ status, reason })).effect, { kind: 'none' }, String(status))
    }
    const { effect } = verdictOf(failedAttempt({ status: 403, reason }))
    assert.equal(effect.kind === 'hold' && effect.rule.name, 'not permitted')
  })
})

describe('Health', () => {
  test('holds a rate limited model until the time that the upstream named, other models stay in', () => {
    const { fail, heldMs } = surroundings()
    fail({ status: 429, retryAfterMs: 42_000 })
    assert.equal(heldMs(), 42_000)
    assert.equal(heldMs('other'), 0)
  })

  test('clamps what the upstream names to between a second and an hour', () => {
    const { fail, heldMs } = surroundings()
    fail({ status: 429, retryAfterMs: 0 }, 'short')
    fail({ status: 429, retryAfterMs: 86_400_000 }, 'long')
    assert.equal(heldMs('short'), 1000)
    assert.equal(heldMs('long'), 60 * minute)
  })

  test('grows an unnamed rate limit from 5 seconds by two up to 5 minutes', () => {
    const { clock, fail, heldMs } = surroundings()
    const holds: number[] = []
    for (let round = 0; round < 8; round++) {
      fail({ status: 429 })
      holds.push(heldMs() / 1000)
      clock.now += heldMs()
    }
    assert.deepEqual(holds, [5, 10, 20, 40, 80, 160, 300, 300])
  })

  test('counts many calls that fail at once as one failure', () => {
    const { fail, heldMs } = surroundings()
    for (let call = 0; call < 100; call++) fail({ status: 429 })
    assert.equal(heldMs(), 5000)
  })

  test('forgets the growth after a success', () => {
    const { clock, health, fail, heldMs } = surroundings()
    fail({ status: 429 })
    clock.now += heldMs()
    fail({ status: 429 })
    clock.now += heldMs()
    health.succeed('a', 'm')
    fail({ status: 429 })
    assert.equal(heldMs(), 5000)
  })

  test('does not end a hold because a call from before it ended well', () => {
    const { health, fail, heldMs } = surroundings()
    fail({ status: 429 })
    health.succeed('a', 'm')
    assert.equal(heldMs(), 5000)
  })

  test('takes three failures in a row to put an account out, and a success in between starts anew', () => {
    const { health, fail, heldMs } = surroundings()
    fail({ status: 500 })
    fail({ status: undefined })
    health.succeed('a', 'm')
    fail({ status: 502 })
    fail({ status: 500 })
    assert.equal(heldMs(), 0)
    fail({ status: undefined })
    assert.equal(heldMs('any model'), 15_000)
  })

  test('holds for 5 minutes on the first refused credential, then until somebody resets it', () => {
    const { clock, health, fail, heldMs } = surroundings()
    fail({ status: 401 })
    assert.equal(heldMs('any model'), 5 * minute)
    clock.now += 5 * minute
    assert.equal(heldMs(), 0)
    fail({ status: 401 })
    assert.equal(heldMs(), Number.POSITIVE_INFINITY)
    health.reset('a')
    assert.equal(heldMs(), 0)
  })

  test('takes the first refused credential for doubtful, whatever the account was out for before', () => {
    const { clock, health, fail, heldMs } = surroundings()
    for (let call = 0; call < 3; call++) fail({ status: 500 })
    clock.now += heldMs()
    health.impose({ accountId: 'a', model: null, untilMs: clock.now + minute, reason: reasonText('paused') })
    clock.now += minute
    fail({ status: 401 })
    assert.equal(heldMs(), 5 * minute)
    clock.now += heldMs()
    for (let call = 0; call < 3; call++) fail({ status: 500 })
    clock.now += heldMs()
    fail({ status: 401 })
    assert.equal(heldMs(), Number.POSITIVE_INFINITY)
  })

  test('goes on where another node, or this one before a restart, has left off', () => {
    const { clock, health, fail, heldMs } = surroundings()
    fail({ status: 401, reason: 'refused: it is not known' })
    const [hold] = health.holds('a')
    assert.ok(hold)
    const other = surroundings()
    other.health.impose(health.leveled(hold))
    clock.now = other.clock.now += heldMs()
    other.fail({ status: 401 })
    assert.equal(other.heldMs(), Number.POSITIVE_INFINITY)
  })

  test('remembers a bounded number of models, and never forgets the account itself', () => {
    const { health, fail } = surroundings()
    fail({ status: 401 })
    for (let model = 0; model < 2000; model++) fail({ status: 429 }, `m${model}`)
    assert.equal(health.holds('a').length, 500)
    assert.equal(health.holds('a')[0]?.model, null)
  })

  test('says why and for which model', () => {
    const { health, fail, clock } = surroundings()
    fail({ status: 529, reason: 'Overloaded' })
    assert.deepEqual(health.holds('a'), [
      { accountId: 'a', model: 'm', untilMs: clock.now + 10_000, reason: 'overloaded: Overloaded' },
    ])
  })

  test('spreads holds by up to a quarter so that they do not end together', () => {
    const health = new Health({ now: () => 0, random: () => 0.999 })
    const { effect } = verdictOf(failedAttempt({ status: 429 }))
    assert.ok(effect.kind === 'hold')
    const hold = health.fail('a', 'm', effect, 'x')
    assert.ok(hold !== undefined && hold.untilMs > 6200 && hold.untilMs <= 6250)
  })
})
