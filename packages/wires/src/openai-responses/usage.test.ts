import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noUsage, type Usage } from '../index.ts'
import { readUsage, writeUsage } from './usage.ts'

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
        (sum, [counter, price]) => sum + read[counter as keyof Usage] * price * 1000,
        0,
      )
      assert.equal(cost, nanoDollars)
      assert.deepEqual(readUsage(writeUsage(read)), read)
    })
  }
})
