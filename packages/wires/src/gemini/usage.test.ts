import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noUsage, type Usage, type UsageCounter } from '../index.ts'
import { readUsage, writeUsage } from './usage.ts'

/**
 * Golden bills, after Google's pricing page and the token counting guide (2026-11-20): the cache is part of the prompt,
 * thoughts and what the provider's tools put into the prompt are not, audio has a price of its own. Prices in dollars per
 * million.
 */
const prices = { input: 0.3, audioInput: 1, cacheRead: 0.03, output: 2.5, thinking: 2.5, audioOutput: 10 }

interface Bill {
  title: string
  report: object
  usage: Partial<Usage>
  nanoDollars: number
}

const bills: Bill[] = [
  {
    title: 'text only',
    report: { promptTokenCount: 1000, candidatesTokenCount: 500, totalTokenCount: 1500 },
    usage: { input: 1000, output: 500 },
    nanoDollars: 1000 * 300 + 500 * 2500,
  },
  {
    title: 'cached prompt is not billed twice',
    report: { promptTokenCount: 2006, cachedContentTokenCount: 1920, candidatesTokenCount: 300, totalTokenCount: 2306 },
    usage: { input: 86, cacheRead: 1920, output: 300 },
    nanoDollars: 86 * 300 + 1920 * 30 + 300 * 2500,
  },
  {
    title: 'thoughts come on top of the candidates',
    report: { promptTokenCount: 75, candidatesTokenCount: 162, thoughtsTokenCount: 1024, totalTokenCount: 1261 },
    usage: { input: 75, output: 162, thinking: 1024 },
    nanoDollars: 75 * 300 + 1186 * 2500,
  },
  {
    title: 'thoughts that a server counts among the candidates are not billed twice',
    report: { promptTokenCount: 75, candidatesTokenCount: 1186, thoughtsTokenCount: 1024, totalTokenCount: 1261 },
    usage: { input: 75, output: 162, thinking: 1024 },
    nanoDollars: 75 * 300 + 1186 * 2500,
  },
  {
    title: "what the provider's tools put into the prompt is input",
    report: { promptTokenCount: 20, toolUsePromptTokenCount: 400, candidatesTokenCount: 6, totalTokenCount: 426 },
    usage: { input: 420, output: 6 },
    nanoDollars: 420 * 300 + 6 * 2500,
  },
  {
    title: 'audio in and out, part of it cached',
    report: {
      promptTokenCount: 1000,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 200 },
        { modality: 'AUDIO', tokenCount: 800 },
      ],
      cachedContentTokenCount: 300,
      cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 300 }],
      candidatesTokenCount: 50,
      candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 40 }],
      totalTokenCount: 1050,
    },
    usage: { input: 200, audioInput: 500, cacheRead: 300, output: 10, audioOutput: 40 },
    nanoDollars: 200 * 300 + 500 * 1000 + 300 * 30 + 10 * 2500 + 40 * 10_000,
  },
  {
    title: 'a blocked prompt costs its input',
    report: { promptTokenCount: 12, totalTokenCount: 12 },
    usage: { input: 12 },
    nanoDollars: 12 * 300,
  },
]

describe('the bill of a Gemini reply', () => {
  for (const { title, report, usage, nanoDollars } of bills) {
    it(title, () => {
      const read = readUsage(JSON.parse(JSON.stringify(report)))
      assert.deepEqual(read, { ...noUsage, ...usage })
      const cost = Object.entries(prices).reduce(
        (sum, [counter, price]) => sum + read[counter as UsageCounter] * price * 1000,
        0,
      )
      assert.equal(Math.round(cost), nanoDollars)
      assert.deepEqual(readUsage(writeUsage(read)), read)
    })
  }
})
