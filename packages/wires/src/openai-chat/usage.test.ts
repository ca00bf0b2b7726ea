import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noUsage, type Usage, type UsageCounter } from '../index.ts'
import { readUsage, writeUsage } from './usage.ts'

/**
 * Golden bills, after OpenAI's pricing page and prompt caching guide (https://platform.openai.com/docs/pricing, 2026-11-20):
 * cached, written and audio tokens are parts of the prompt, reasoning and audio are parts of the completion, and each is
 * billed once at its own price. Prices in dollars per million.
 */
const prices = {
  input: 2.5,
  cacheRead: 0.25,
  cacheWrite5m: 3.125,
  output: 10,
  thinking: 10,
  audioInput: 40,
  audioOutput: 80,
}

interface Bill {
  title: string
  report: object
  usage: Partial<Usage>
  nanoDollars: number
}

const bills: Bill[] = [
  {
    title: 'no cache, no reasoning',
    report: { prompt_tokens: 1000, completion_tokens: 500, total_tokens: 1500 },
    usage: { input: 1000, output: 500 },
    nanoDollars: 1000 * 2500 + 500 * 10_000,
  },
  {
    title: 'cached tokens are not billed twice',
    report: {
      prompt_tokens: 2006,
      completion_tokens: 300,
      total_tokens: 2306,
      prompt_tokens_details: { cached_tokens: 1920 },
    },
    usage: { input: 86, cacheRead: 1920, output: 300 },
    nanoDollars: 86 * 2500 + 1920 * 250 + 300 * 10_000,
  },
  {
    title: 'cache writes are inside the prompt',
    report: {
      prompt_tokens: 5000,
      completion_tokens: 10,
      total_tokens: 5010,
      prompt_tokens_details: { cached_tokens: 1000, cache_write_tokens: 3000 },
    },
    usage: { input: 1000, cacheRead: 1000, cacheWrite5m: 3000, output: 10 },
    nanoDollars: 1000 * 2500 + 1000 * 250 + 3000 * 3125 + 10 * 10_000,
  },
  {
    title: 'reasoning is inside the completion',
    report: {
      prompt_tokens: 75,
      completion_tokens: 1186,
      total_tokens: 1261,
      completion_tokens_details: { reasoning_tokens: 1024 },
    },
    usage: { input: 75, output: 162, thinking: 1024 },
    nanoDollars: 75 * 2500 + 1186 * 10_000,
  },
  {
    title: 'audio in and out',
    report: {
      prompt_tokens: 300,
      completion_tokens: 250,
      total_tokens: 550,
      prompt_tokens_details: { audio_tokens: 200, cached_tokens: 0, text_tokens: 100 },
      completion_tokens_details: { audio_tokens: 150, text_tokens: 100, reasoning_tokens: 0 },
    },
    usage: { input: 100, audioInput: 200, output: 100, audioOutput: 150 },
    nanoDollars: 100 * 2500 + 200 * 40_000 + 100 * 10_000 + 150 * 80_000,
  },
  {
    title: "DeepSeek's cache hits",
    report: {
      prompt_tokens: 100,
      completion_tokens: 30,
      total_tokens: 130,
      prompt_cache_hit_tokens: 64,
      prompt_cache_miss_tokens: 36,
    },
    usage: { input: 36, cacheRead: 64, output: 30 },
    nanoDollars: 36 * 2500 + 64 * 250 + 30 * 10_000,
  },
  {
    title: "Moonshot's cached tokens beside the totals",
    report: { prompt_tokens: 100, completion_tokens: 30, total_tokens: 130, cached_tokens: 80 },
    usage: { input: 20, cacheRead: 80, output: 30 },
    nanoDollars: 20 * 2500 + 80 * 250 + 30 * 10_000,
  },
  {
    title: "xAI's reasoning beside the completion",
    report: {
      prompt_tokens: 32,
      completion_tokens: 9,
      total_tokens: 135,
      completion_tokens_details: { reasoning_tokens: 94 },
    },
    usage: { input: 32, output: 9, thinking: 94 },
    nanoDollars: 32 * 2500 + 103 * 10_000,
  },
  {
    title: 'parts that exceed the whole, and counts that are none',
    report: {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 50, cache_write_tokens: -3, audio_tokens: null },
      completion_tokens_details: { reasoning_tokens: 9.5 },
    },
    usage: { cacheRead: 10, output: 5 },
    nanoDollars: 10 * 250 + 5 * 10_000,
  },
]

describe('the bill of a Chat Completions reply', () => {
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
