import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ChatRequest, chooseWire, type UserBlock, type WireName } from './index.ts'

const audio: UserBlock = { type: 'audio', source: { kind: 'base64', mediaType: 'audio/wav', data: 'AAAA' } }
const both: readonly WireName[] = ['openai-chat', 'openai-responses']

const cases: readonly (readonly [
  model: string,
  spoken: readonly WireName[],
  asked: Partial<ChatRequest>,
  chosen: WireName | undefined,
])[] = [
  ['gpt-5.6', both, {}, 'openai-responses'],
  ['gpt-5-pro', both, {}, 'openai-responses'],
  ['o3', ['openai-responses', 'openai-chat'], {}, 'openai-responses'],
  ['gpt-5.6', ['openai-chat'], {}, 'openai-chat'],
  ['gpt-5.6', both, { stop: ['END'] }, 'openai-chat'],
  ['gpt-5.6', both, { messages: [{ role: 'user', content: [audio] }] }, 'openai-chat'],
  ['gpt-4.1', both, {}, 'openai-chat'],
  ['my-deployment', both, {}, 'openai-chat'],
  ['my-deployment', ['openai-responses', 'openai-chat'], {}, 'openai-responses'],
  ['claude-sonnet-5', ['anthropic'], {}, 'anthropic'],
  ['any', [], {}, undefined],
]

describe('the wire for a request of another', () => {
  for (const [model, spoken, asked, chosen] of cases) {
    it(`${model}, ${JSON.stringify(asked)}, of ${spoken.join(' and ')}: ${chosen}`, () => {
      const messages: ChatRequest['messages'] = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }]
      const request: ChatRequest = { model, stream: false, system: [], messages, tools: [], ...asked }
      assert.equal(chooseWire(request, spoken), chosen)
    })
  }
})
