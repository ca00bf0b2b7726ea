import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noUsage, type Usage, type UsageCounter } from '../index.ts'
import { createMeter } from './meter.ts'
import { readReplyUsage, readUsage, writeUsage } from './usage.ts'

/**
 * Golden bills, after OpenAI's pricing page and prompt caching guide (2026-11-20): cached and written tokens are parts of
 * the input, reasoning is part of the output, and each is billed once at its own price. Prices in dollars per million.
 */
const prices = { input: 1.25, cacheRead: 0.125, cacheWrite5m: 1.5625, cacheWrite1h: 2.5, output: 10, thinking: 10 }

interface Bill {
  title: string
  report: object
  usage: Partial<Usage>
  nanoDollars: number
}

const bills: Bill[] = [
  {
    title: 'no cache, no reasoning',
    report: { input_tokens: 1000, output_tokens: 500, total_tokens: 1500 },
    usage: { input: 1000, output: 500 },
    nanoDollars: 1000 * 1250 + 500 * 10_000,
  },
  {
    title: 'cached input is not billed twice',
    report: { input_tokens: 2006, input_tokens_details: { cached_tokens: 1920 }, output_tokens: 300 },
    usage: { input: 86, cacheRead: 1920, output: 300 },
    nanoDollars: 86 * 1250 + 1920 * 125 + 300 * 10_000,
  },
  {
    title: 'reasoning is inside the output',
    report: {
      input_tokens: 75,
      output_tokens: 1186,
      output_tokens_details: { reasoning_tokens: 1024 },
    },
    usage: { input: 75, output: 162, thinking: 1024 },
    nanoDollars: 75 * 1250 + 1186 * 10_000,
  },
  {
    title: 'cache writes of both lifetimes',
    report: {
      input_tokens: 10_000,
      input_tokens_details: {
        cached_tokens: 4000,
        cache_write_tokens: 5000,
        cache_write_tokens_details: { ttl_30m_tokens: 2000, ttl_12h_tokens: 3000 },
      },
      output_tokens: 10,
    },
    usage: { input: 1000, cacheRead: 4000, cacheWrite5m: 2000, cacheWrite1h: 3000, output: 10 },
    nanoDollars: 1000 * 1250 + 4000 * 125 + 2000 * 1562.5 + 3000 * 2500 + 10 * 10_000,
  },
  {
    title: 'parts that exceed the whole, and counts that are none',
    report: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 50, cache_write_tokens: -3 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 9.5 },
    },
    usage: { cacheRead: 10, output: 5 },
    nanoDollars: 10 * 125 + 5 * 10_000,
  },
]

describe('the bill of a Responses reply', () => {
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
})

describe('the searches of a Responses reply', () => {
  const usage = { input_tokens: 10, output_tokens: 5 }
  const web = (action?: object) => ({ type: 'web_search_call', status: 'completed', ...(action && { action }) })
  const output = [
    web({ type: 'search', query: 'a' }),
    web({ type: 'open_page', url: 'https://example.com' }),
    web({ type: 'find_in_page', pattern: 'a' }),
    web(),
    { ...web({ type: 'search' }), status: 'failed' },
    { type: 'file_search_call', status: 'completed' },
    { type: 'message', content: [{ type: 'output_text', text: 'web_search_call' }] },
  ]
  const counted = { ...noUsage, input: 10, output: 5, webSearches: 2, fileSearches: 1 }
  const read = (response: object) => readReplyUsage(JSON.parse(JSON.stringify(response)))

  it('are the items that search, and neither pages that are opened nor searches that failed', () => {
    assert.deepEqual(read({ usage, output }), counted)
    assert.equal(read({ output }), undefined)
  })

  it('are what the provider says that it bills, where it says so', () => {
    const toolUsage = { image_gen: {}, web_search: { num_requests: 1 } }
    assert.deepEqual(read({ usage, output, tool_usage: toolUsage }), { ...counted, webSearches: 1 })
  })

  it('are counted once, whether the last event of a stream repeats them or not', () => {
    for (const repeated of [output, []]) {
      const meter = createMeter('stream')
      const end = { type: 'response.completed', response: { status: 'completed', output: repeated, usage } }
      const events = [...output.map((item) => ({ type: 'response.output_item.done', item })), end]
      for (const event of events) meter.push(Buffer.from(`data: ${JSON.stringify(event)}\n\n`))
      meter.end()
      assert.deepEqual(meter.usage, counted)
    }
  })
})
