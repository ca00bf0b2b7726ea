import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ChatRequest, type JsonObject, wires } from '../index.ts'

/** What other wires ask for, and how each model is asked for it: nothing that it would refuse. */
const cases: readonly (readonly [model: string, asked: Partial<ChatRequest>, written: JsonObject])[] = [
  [
    'claude-3-5-sonnet-20241022',
    { reasoning: { enabled: true, effort: 'high' }, temperature: 0.5 },
    { temperature: 0.5 },
  ],
  ['claude-3-7-sonnet-20250219', { reasoning: { enabled: true, effort: 'low' } }, budget(2048)],
  ['claude-sonnet-4-20250514', { reasoning: { enabled: true, effort: 'xhigh' } }, budget(24_576)],
  ['claude-sonnet-4-5', { reasoning: { enabled: true, effort: 'medium' }, temperature: 0.5, topK: 3 }, budget(8192)],
  ['claude-sonnet-4.5', { reasoning: { budgetTokens: 5000 }, maxTokens: 3000 }, { ...budget(2999), max_tokens: 3000 }],
  ['claude-haiku-4-5-20251001', { reasoning: { effort: 'high' }, maxTokens: 500 }, { max_tokens: 500 }],
  ['claude-opus-4-1', { reasoning: { enabled: true }, toolChoice: { type: 'required' } }, {}],
  ['claude-opus-4-1', { temperature: 1.4, topP: 0.9 }, { temperature: 1 }],
  [
    'claude-opus-4-6',
    { reasoning: { enabled: true, effort: 'low' }, temperature: 1 },
    { ...adaptive('low'), temperature: 1 },
  ],
  ['claude-opus-4-1', { topP: 0.9, topK: 3 }, { top_p: 0.9, top_k: 3 }],
  ['anthropic.claude-opus-4-6-v1', { reasoning: { enabled: true, effort: 'xhigh' } }, adaptive('high')],
  ['claude-sonnet-4-6', { reasoning: { enabled: true, budgetTokens: 4000 } }, budget(4000)],
  [
    'claude-sonnet-4-6',
    { reasoning: { enabled: true, budgetTokens: 4000 }, toolChoice: { type: 'tool', name: 'look' } },
    adaptive('medium'),
  ],
  ['claude-opus-4-8', { reasoning: { enabled: true, effort: 'xhigh' } }, adaptive('xhigh')],
  ['claude-sonnet-5', { temperature: 0.5, topP: 0.9, topK: 3 }, {}],
  ['claude-sonnet-5-5', { reasoning: { enabled: false } }, { thinking: { type: 'between_tools' } }],
  ['claude-opus-5-5', { reasoning: { enabled: false } }, { output_config: { effort: 'low' } }],
  ['claude-fable-5-1', { reasoning: { budgetTokens: 30_000, summary: 'auto' } }, adaptive('high', 'summarized')],
  ['claude-haiku-5-5', { reasoning: { enabled: false } }, { thinking: { type: 'disabled' } }],
  // Nobody here knows it: it is asked for what was asked for.
  [
    'some-model',
    { reasoning: { enabled: true, effort: 'xhigh' }, temperature: 0.5, topP: 0.9, topK: 3 },
    { ...adaptive('xhigh'), temperature: 0.5, top_p: 0.9, top_k: 3 },
  ],
]

function budget(tokens: number): JsonObject {
  return { thinking: { type: 'enabled', budget_tokens: tokens }, max_tokens: 32_000 + tokens }
}

function adaptive(effort: string, display?: string): JsonObject {
  return { thinking: { type: 'adaptive', ...(display === undefined ? {} : { display }) }, output_config: { effort } }
}

describe('settings as Claude models take them', () => {
  for (const [model, asked, written] of cases) {
    it(`${model}: ${JSON.stringify(asked)}`, () => {
      const request: ChatRequest = {
        model,
        stream: false,
        system: [],
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
        tools: [{ name: 'look', parameters: { type: 'object' } }],
        ...asked,
      }
      const {
        model: _,
        messages: __,
        tools: ___,
        tool_choice: ____,
        ...settings
      } = wires.anthropic.writeRequest(request)
      assert.deepEqual(settings, { max_tokens: 32_000, ...written })
    })
  }
})
