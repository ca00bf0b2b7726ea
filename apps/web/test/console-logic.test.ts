import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { UsageRow } from '../src/console/api-types.ts'
import {
  readFactors,
  readHeaders,
  readList,
  readModelMap,
  tryNumber,
  UnreadableLine,
  writeFactors,
  writeHeaders,
  writeModelMap,
} from '../src/console/form-text.ts'
import { chartOf, spanOf, subjectChartOf, sumsBySubject, sumsOf } from '../src/console/usage/usage-series.ts'

describe('what is typed in forms', () => {
  it('lists are separated by commas of either language, semicolons or lines', () => {
    assert.deepEqual(readList(' a, b，c;d\n\ne '), ['a', 'b', 'c', 'd', 'e'])
  })

  it('a number may have thousands separators; nothing is null; words are none', () => {
    assert.equal(tryNumber('1,000,000'), 1_000_000)
    assert.equal(tryNumber(' '), null)
    assert.equal(tryNumber('many'), undefined)
  })

  it('a comma is not guessed at where it separates no thousands', () => {
    assert.equal(tryNumber('-12,345.5'), -12_345.5)
    assert.deepEqual(['2,50', '1,0000', '1234,567', ',5', '0,', '1.000,5'].map(tryNumber), Array(6).fill(undefined))
  })

  it('models are read as they are written, renamed or not', () => {
    const typed = 'claude-sonnet-4-5\nfast = gpt-5-mini\n\n'
    const models = { 'claude-sonnet-4-5': 'claude-sonnet-4-5', fast: 'gpt-5-mini' }
    assert.deepEqual(readModelMap(typed), models)
    assert.deepEqual(readModelMap(writeModelMap(models)), models)
    assert.equal(readModelMap('\n '), null)
  })

  it('multiples of tiers are read as they are written, and what is no number is none', () => {
    const factors = { flex: 0.5, priority: 2 }
    assert.deepEqual(readFactors('flex = 0.5，priority=2'), factors)
    assert.deepEqual(readFactors(writeFactors(factors)), factors)
    assert.deepEqual(readFactors('flex = half, scale'), { flex: Number.NaN, scale: Number.NaN })
  })

  it('a line that cannot be read is named by its number', () => {
    const isLine = (line: number) => (error: unknown) => error instanceof UnreadableLine && error.line === line
    assert.throws(() => readModelMap('ok\ntwo words = x'), isLine(2))
    assert.throws(() => readModelMap('a = b = c'), isLine(1))
    assert.throws(() => readHeaders('X-One: 1\nno colon'), isLine(2))
  })

  it('headers keep colons in their values', () => {
    const headers = { 'X-Time': '12:30', 'X-Empty': '' }
    assert.deepEqual(readHeaders('X-Time: 12:30\nX-Empty:'), headers)
    assert.deepEqual(readHeaders(writeHeaders(headers)), headers)
  })
})

describe('usage over time', () => {
  const now = Date.parse('2026-03-31T23:30:00Z')

  it('spans end with the bucket that is under way', () => {
    const iso = (times: readonly number[]) => [times.length, ...[0, -1].map((at) => isoOf(times.at(at) ?? 0))]
    assert.deepEqual(iso(spanOf('24h', now).times), [24, '2026-03-31T00:00:00.000Z', '2026-03-31T23:00:00.000Z'])
    assert.deepEqual(iso(spanOf('7d', now).times), [7, '2026-03-25T00:00:00.000Z', '2026-03-31T00:00:00.000Z'])
    assert.deepEqual(iso(spanOf('12m', now).times), [12, '2025-04-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'])
  })

  it('buckets without a call are there, with nothing', () => {
    const chart = chartOf([row('2026-03-30', 'all', { requests: 3 })], spanOf('7d', now), [
      { label: 'Requests', pick: (sums) => sums.requests },
    ])
    assert.deepEqual(chart.series[0]?.values, [null, null, null, null, null, 3, null])
  })

  it('subjects are ranked, and the small ones share a series without losing a call', () => {
    const rows = Array.from({ length: 12 }, (_, index) => row('2026-03-31', `m${index}`, { requests: index + 1 }))
    const chart = subjectChartOf(rows, spanOf('7d', now), {
      pick: (sums) => sums.requests,
      nameOf: (subject) => subject.toUpperCase(),
      others: 'Others',
    })
    assert.deepEqual(
      chart.series.map(({ label }) => label),
      ['M11', 'M10', 'M9', 'M8', 'M7', 'M6', 'M5', 'Others'],
    )
    const total = chart.series.reduce((sum, { values }) => sum + (values.at(-1) ?? 0), 0)
    assert.equal(total, 78)
  })

  it('averages are weighed by their calls', () => {
    const sums = sumsOf([
      row('2026-03-30', 'a', { requests: 1, average_duration_ms: 1000 }),
      row('2026-03-31', 'a', { requests: 3, average_duration_ms: 200 }),
      row('2026-03-31', 'a', { requests: 5, average_duration_ms: null }),
    ])
    assert.equal(sums.average_duration_ms, 400)
    assert.equal(sums.average_first_byte_ms, null)
    assert.equal(sums.requests, 9)
  })

  it('the whole of a subject is the sum of its buckets', () => {
    const rows = [
      row('2026-03-30', 'a', { cost_usd: 1 }),
      row('2026-03-31', 'b', { cost_usd: 2 }),
      row('2026-03-31', 'a', { cost_usd: 4 }),
    ]
    assert.deepEqual(
      sumsBySubject(rows).map(([subject, sums]) => [subject, sums.cost_usd]),
      [
        ['a', 5],
        ['b', 2],
      ],
    )
  })
})

function isoOf(time: number): string {
  return new Date(time).toISOString()
}

function row(day: string, subject: string, fields: Partial<UsageRow>): UsageRow {
  return {
    time: `${day}T00:00:00.000Z`,
    subject,
    requests: 0,
    errors: 0,
    input_tokens: 0,
    output_tokens: 0,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    tokens: 0,
    cost_usd: 0,
    charged_usd: 0,
    average_duration_ms: null,
    average_first_byte_ms: null,
    ...fields,
  }
}
