import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ChatDialect, type ChatRequest, limitField, wires } from '../index.ts'

const request: ChatRequest = {
  model: 'some-model',
  stream: true,
  system: [],
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }], name: 'Ann' }],
  tools: [],
  maxTokens: 500,
  seed: 7,
  userId: 'u',
  temperature: 0.5,
}

const shared = { model: 'some-model', temperature: 0.5, stream: true }
const messages = [{ role: 'user', content: 'Hi', name: 'Ann' }]
const all = { ...shared, messages, seed: 7, user: 'u', stream_options: { include_usage: true } }

const written: Record<ChatDialect, object> = {
  openai: { ...all, max_completion_tokens: 500 },
  compatible: { ...all, max_tokens: 500 },
  openrouter: { ...all, max_tokens: 500 },
  mistral: { ...shared, messages: [{ role: 'user', content: 'Ann: Hi' }], max_tokens: 500 },
}

describe('dialects of OpenAI Chat', () => {
  for (const [dialect, expected] of Object.entries(written)) {
    it(`have the fields that servers take: ${dialect}`, () => {
      assert.deepEqual(wires['openai-chat'].writeRequest(request, dialect as ChatDialect), expected)
    })
  }

  it('call the limit of OpenAI’s thinking models by its one name', () => {
    for (const dialect of ['openai', 'compatible', 'mistral', 'openrouter'] as const)
      assert.equal(limitField('openai/gpt-5-mini', dialect), 'max_completion_tokens')
    assert.equal(limitField('gpt-4o', 'compatible'), 'max_tokens')
  })
})
