import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTokenCounter } from './token-counter.ts'

test('what looks like a mark of the tokenizer is text like any other', async () => {
  const countTokens = await createTokenCounter('precise')()
  assert.ok(countTokens('hello <|endoftext|> there') > countTokens('hello there'))
})
