import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LimitPer } from '@parley/contract'
import { createWindows } from './windows.ts'

const at = (text: string) => Date.parse(text)

function windowIn(zone: string, per: LimitPer, now: string): [string, string] {
  const { start, end } = createWindows(zone)(per, at(now))
  return [new Date(start).toISOString(), new Date(end).toISOString()]
}

test('minutes and five hours are counted from 1970 on, in any zone', () => {
  for (const zone of ['UTC', 'Asia/Kolkata']) {
    assert.deepEqual(windowIn(zone, 'minute', '2026-03-01T10:20:30.500Z'), [
      '2026-03-01T10:20:00.000Z',
      '2026-03-01T10:21:00.000Z',
    ])
    const [start, end] = windowIn(zone, '5h', '2026-03-01T10:20:30Z')
    assert.equal(at(start) % (5 * 3_600_000), 0)
    assert.equal(at(end) - at(start), 5 * 3_600_000)
  }
})

test('days, weeks from Monday and months begin at midnight of the zone', () => {
  const now = '2026-03-01T20:00:00Z'
  assert.deepEqual(windowIn('UTC', 'day', now), ['2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z'])
  assert.deepEqual(windowIn('Asia/Kolkata', 'day', now), ['2026-03-01T18:30:00.000Z', '2026-03-02T18:30:00.000Z'])
  assert.deepEqual(windowIn('UTC', 'week', now), ['2026-02-23T00:00:00.000Z', '2026-03-02T00:00:00.000Z'])
  assert.deepEqual(windowIn('Asia/Shanghai', 'week', now), ['2026-03-01T16:00:00.000Z', '2026-03-08T16:00:00.000Z'])
  assert.deepEqual(windowIn('America/New_York', 'month', '2026-03-01T03:00:00Z'), [
    '2026-02-01T05:00:00.000Z',
    '2026-03-01T05:00:00.000Z',
  ])
})

test('a day on which clocks are moved has 23 or 25 hours', () => {
  assert.deepEqual(windowIn('Europe/Berlin', 'day', '2026-03-29T12:00:00Z'), [
    '2026-03-28T23:00:00.000Z',
    '2026-03-29T22:00:00.000Z',
  ])
  assert.deepEqual(windowIn('Europe/Berlin', 'day', '2026-10-25T12:00:00Z'), [
    '2026-10-24T22:00:00.000Z',
    '2026-10-25T23:00:00.000Z',
  ])
})

test('every moment of four years falls into its windows, which follow each other without a gap', () => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Pacific/Auckland', 'Asia/Kathmandu']) {
    const windowOf = createWindows(zone)
    for (const per of ['day', 'week', 'month'] as const) {
      let now = at('2024-01-01T00:00:00Z')
      let { end } = windowOf(per, now)
      while (now < at('2028-01-01T00:00:00Z')) {
        const next = windowOf(per, end)
        assert.equal(next.start, end, `${zone} ${per}`)
        assert.deepEqual(createWindows(zone)(per, next.end - 1), next)
        now = end
        end = next.end
      }
    }
  }
})

test('the total never ends', () => {
  const { start, end } = createWindows('UTC')('total', Date.now())
  assert.equal(start, 0)
  assert.ok(end > at('9999-01-01T00:00:00Z'))
})
