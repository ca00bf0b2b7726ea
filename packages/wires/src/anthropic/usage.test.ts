import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noUsage, type Usage, type UsageCounter } from '../index.ts'
import { mergeUsageReports, readUsage, writeUsage } from './usage.ts'

/**
 * Golden bills, after Anthropic's pricing page (https://platform.claude.com/docs/en/about-claude/pricing, 2026-11-20): cached
 * tokens are beside the input, a read costs a tenth of it, a write 1.25 times (5 minutes) or twice (1 hour) as much; thinking
 * is output. Prices in dollars per million.
 */
const prices = { input: 5, cacheRead: 0.5, cacheWrite5m: 6.25, cacheWrite1h: 10, output: 25, thinking: 25 }

interface Bill {
  title: string
  report: object
  usage: Partial<Usage>
  nanoDollars: number
}

const bills: Bill[] = [
  {
    title: 'no cache, no thinking',
    report: { input_tokens: 1000, output_tokens: 500 },
    usage: { input: 1000, output: 500 },
    nanoDollars: 1000 * 5000 + 500 * 25_000,
  },
  {
    title: 'cached input is beside the input',
    report: { input_tokens: 21, cache_read_input_tokens: 188_086, cache_creation_input_tokens: 0, output_tokens: 393 },
    usage: { input: 21, cacheRead: 188_086, output: 393 },
    nanoDollars: 21 * 5000 + 188_086 * 500 + 393 * 25_000,
  },
  {
    title: 'cache writes of both lifetimes',
    report: {
      input_tokens: 2048,
      cache_read_input_tokens: 1800,
      cache_creation_input_tokens: 248,
      cache_creation: { ephemeral_5m_input_tokens: 148, ephemeral_1h_input_tokens: 100 },
      output_tokens: 503,
    },
    usage: { input: 2048, cacheRead: 1800, cacheWrite5m: 148, cacheWrite1h: 100, output: 503 },
    nanoDollars: 2048 * 5000 + 1800 * 500 + 148 * 6250 + 100 * 10_000 + 503 * 25_000,
  },
  {
    title: 'cache writes without their lifetimes are the short ones',
    report: { input_tokens: 10, cache_creation_input_tokens: 100, cache_creation: null, output_tokens: 1 },
    usage: { input: 10, cacheWrite5m: 100, output: 1 },
    nanoDollars: 10 * 5000 + 100 * 6250 + 25_000,
  },
  {
    title: 'thinking is inside the output',
    report: { input_tokens: 75, output_tokens: 1186, output_tokens_details: { thinking_tokens: 1024 } },
    usage: { input: 75, output: 162, thinking: 1024 },
    nanoDollars: 75 * 5000 + 1186 * 25_000,
  },
  {
    title: 'compaction is beside the top-level counts',
    report: {
      input_tokens: 23_000,
      output_tokens: 1000,
      iterations: [
        { type: 'compaction', input_tokens: 180_000, output_tokens: 3500 },
        { type: 'message', input_tokens: 23_000, output_tokens: 1000 },
      ],
    },
    usage: { input: 203_000, output: 4500 },
    nanoDollars: 203_000 * 5000 + 4500 * 25_000,
  },
  {
    title: 'what an advisor used is beside the top-level counts',
    report: {
      input_tokens: 412,
      output_tokens: 531,
      iterations: [
        { type: 'message', input_tokens: 412, output_tokens: 531 },
        { type: 'advisor_message', model: 'claude-opus-4-7', input_tokens: 823, output_tokens: 1612 },
      ],
    },
    usage: { input: 1235, output: 2143 },
    nanoDollars: 1235 * 5000 + 2143 * 25_000,
  },
  {
    title: 'counts that are none',
    report: {
      input_tokens: -5,
      output_tokens: 2.5,
      cache_read_input_tokens: '9',
      output_tokens_details: { thinking_tokens: 7 },
    },
    usage: {},
    nanoDollars: 0,
  },
]

describe('the bill of a Messages reply', () => {
  for (const { title, report, usage, nanoDollars } of bills) {
    it(title, () => {
      const read = readUsage(JSON.parse(JSON.stringify(report)))
      assert.deepEqual(read, { ...noUsage, ...usage })
      const cost = Object.entries(prices).reduce(
        (sum, [counter, price]) => sum + read[counter as UsageCounter] * price * 1000,
        0,
      )
      assert.equal(cost, nanoDollars)
      assert.deepEqual(readUsage(writeUsage(read)), read)
    })
  }

  it('counts the searches that are billed besides the tokens', () => {
    const tools = { web_search_requests: 2, web_fetch_requests: 7 }
    const first = { input_tokens: 25, output_tokens: 1, server_tool_use: { web_search_requests: 0 } }
    const last = { output_tokens: 15, server_tool_use: tools }
    const read = readUsage(mergeUsageReports(mergeUsageReports(undefined, first), last))
    assert.deepEqual(read, { ...noUsage, input: 25, output: 15, webSearches: 2 })
  })

  it('is at the tier that is said once, at the start of a stream; fast mode is one, too', () => {
    const tierOf = (start: object) => {
      const first = { input_tokens: 25, ...start }
      return readUsage(mergeUsageReports(mergeUsageReports(undefined, first), { output_tokens: 15 })).serviceTier
    }
    assert.equal(tierOf({ service_tier: 'standard', speed: null }), null)
    assert.equal(tierOf({ service_tier: 'priority', speed: 'standard' }), 'priority')
    assert.equal(tierOf({ service_tier: 'standard', speed: 'fast' }), 'fast')
    assert.equal(tierOf({ service_tier: null }), null)
  })

  it('takes each count from the last report of a stream that has it', () => {
    const first = { input_tokens: 25, cache_read_input_tokens: 100, output_tokens: 1 }
    const last = { input_tokens: null, output_tokens: 15 }
    const read = readUsage(mergeUsageReports(mergeUsageReports(undefined, first), last))
    assert.deepEqual(read, { ...noUsage, input: 25, cacheRead: 100, output: 15 })
  })
})
