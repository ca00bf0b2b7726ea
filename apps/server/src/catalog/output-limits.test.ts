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
  ['claude-3-7-sonnet-20250219', 64_000],
  ['claude-opus-4-20250514', 32_000],
  ['claude-opus-4-1', 32_000],
  ['anthropic/claude-opus-4.5', 64_000],
  ['claude-sonnet-4-20250514', 64_000],
  ['claude-sonnet-4-5', 64_000],
  ['claude-sonnet-4-6', undefined],
  ['claude-opus-5', undefined],
  ['gpt-3.5-turbo', 4_096],
  ['gpt-4-turbo-2024-04-09', 4_096],
  ['gpt-4o-2024-05-13', 4_096],
  ['openai/gpt-4o-mini', 16_384],
  ['gpt-4.1-nano', 32_768],
  ['gpt-5.2-chat-latest', 16_384],
  ['gpt-5.2', undefined],
  ['gemini-2.0-flash', 8_192],
  ['gemini-2.5-pro', 65_536],
  ['gemini-3.7-flash', 65_536],
  ['gemini-4-argon', 32_768],
  ['some-model', undefined],
] as const) {
  test(`${model} writes ${limit ?? 'as much as any'}`, () => assert.equal(tryOutputLimit(model), limit))
}
