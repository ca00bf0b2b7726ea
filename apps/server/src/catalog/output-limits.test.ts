import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tryOutputLimit } from './output-limits.ts'

for (const [model, limit] of [
  ['claude-3-opus-20240229', 4_096],
  ['claude-3-haiku-20240307', 4_096],
  ['anthropic/claude-3-sonnet', 4_096],
  ['claude-3-5-sonnet-20241022', 8_192],
  ['anthropic/claude-3.5-haiku', 8_192],
  ['anthropic.claude-3-5-haiku-20241022-v1:0', 8_192],
  ['claude-3-5-haiku-latest', 8_192],
  ['claude-2.1', 4_096],
  ['claude-instant-1.2', 4_096],
  ['claude-3-7-sonnet-20250219', undefined],
  ['claude-opus-4-20250514', 32_000],
  ['claude-opus-4-1', 32_000],
  ['anthropic/claude-opus-4.5', undefined],
  ['claude-sonnet-4-5', undefined],
  ['gpt-4', undefined],
] as const) {
  test(`${model} writes ${limit ?? 'as much as any'}`, () => assert.equal(tryOutputLimit(model), limit))
}
