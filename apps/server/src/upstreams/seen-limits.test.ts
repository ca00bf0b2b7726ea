import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSeenLimits, untilReset } from './seen-limits.ts'

const now = Date.UTC(2026, 0, 1)

test('reads what Anthropic says of its limits', () => {
  const headers = {
    'anthropic-ratelimit-requests-limit': '50',
    'anthropic-ratelimit-requests-remaining': '0',
    'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:30Z',
    'anthropic-ratelimit-input-tokens-limit': '40000',
    'anthropic-ratelimit-input-tokens-remaining': '39000',
    'anthropic-ratelimit-input-tokens-reset': '2026-01-01T00:01:00Z',
    'anthropic-organization-id': 'secret',
  }
  assert.deepEqual(readSeenLimits(headers, now), [
    { name: 'input-tokens', limit: 40_000, remaining: 39_000, resetsAt: now + 60_000, status: null },
    { name: 'requests', limit: 50, remaining: 0, resetsAt: now + 30_000, status: null },
  ])
  assert.deepEqual(untilReset(readSeenLimits(headers, now), now), { forMs: 30_000, scope: 'model' })
})

test('reads the limits of a whole account, whose reset is in seconds since 1970', () => {
  const headers = {
    'anthropic-ratelimit-unified-5h-status': 'rejected',
    'anthropic-ratelimit-unified-5h-reset': String(now / 1000 + 7200),
    'anthropic-ratelimit-unified-status': 'rejected',
    'anthropic-ratelimit-unified-reset': String(now / 1000 + 7200),
  }
  assert.deepEqual(untilReset(readSeenLimits(headers, now), now), { forMs: 7_200_000, scope: 'account' })
})

for (const [text, fromNow] of [
  ['6m0s', 360_000],
  ['1h2m3.5s', 3_723_500],
  ['20ms', 20],
  ['17', 17_000],
  ['1d', 86_400_000],
] as const) {
  test(`reads ${text} as OpenAI writes it`, () => {
    const headers = { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': text }
    assert.equal(untilReset(readSeenLimits(headers, now), now)?.forMs, fromNow)
  })
}

test('has nothing to say where limits are not reached, over, or not told', () => {
  assert.deepEqual(readSeenLimits({ 'content-type': 'text/plain' }, now), [])
  const full = { 'x-ratelimit-remaining-requests': '5', 'x-ratelimit-reset-requests': '1s' }
  assert.equal(untilReset(readSeenLimits(full, now), now), undefined)
  const over = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '2025-01-01T00:00:00Z' }
  assert.equal(untilReset(readSeenLimits(over, now), now), undefined)
  const nonsense = { 'x-ratelimit-remaining-requests': 'many', 'x-ratelimit-reset-requests': 'soon' }
  assert.deepEqual(readSeenLimits(nonsense, now)[0]?.resetsAt, null)
})
