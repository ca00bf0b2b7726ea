import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type AssistantBlock,
  type ChatMessage,
  type ChatRequest,
  type JsonObject,
  type TextBlock,
  type UserBlock,
  wires,
} from '../index.ts'

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
  ['claude-sonnet-4-6', { reasoning: { budgetTokens: 500 } }, budget(1024)],
  ['claude-sonnet-4-6', { reasoning: { budgetTokens: 8000 }, maxTokens: 4000 }, { ...budget(3999), max_tokens: 4000 }],
  [
    'claude-sonnet-4-6',
    { reasoning: { budgetTokens: 8000 }, maxTokens: 900 },
    { ...adaptive('medium'), max_tokens: 900 },
  ],
  ['claude-sonnet-4-5', { reasoning: { budgetTokens: 200 } }, budget(1024)],
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

const question: ChatMessage = { role: 'user', content: [{ type: 'text', text: 'Look' }] }
const results: ChatMessage = {
  role: 'user',
  content: [{ type: 'tool-result', toolCallId: 'call_1', content: [{ type: 'text', text: 'seen' }] }],
}
const call: AssistantBlock = { type: 'tool-call', id: 'call_1', name: 'look', arguments: '{}' }
const own: AssistantBlock = { type: 'thinking', text: 'Hm.', signature: 'c2ln', wire: 'anthropic' }
const foreign: AssistantBlock = {
  type: 'thinking',
  text: 'Hm.',
  encrypted: 'ZW5j',
  id: 'rs_1',
  wire: 'openai-responses',
}
const said: AssistantBlock = { type: 'text', text: 'I look.' }

const answered = (...content: AssistantBlock[]): ChatMessage => ({ role: 'assistant', content })

const begun: Readonly<Record<string, ChatMessage[]>> = {
  'with thinking of its own': [question, answered(own, call), results],
  'so, and goes on without': [question, answered(own, call), results, answered(call), results],
  'in an earlier turn only': [question, answered(call), results, answered(said), question],
}
const notBegun: Readonly<Record<string, ChatMessage[]>> = {
  'with a call': [question, answered(call), results],
  'with another upstream’s thinking': [question, answered(foreign, call), results],
  'with words': [question, answered(said, own, call), results],
  'with a call, and the user speaks between': [question, answered(call), results, question],
  'anew after an earlier one': [question, answered(own, call), results, question, answered(call), results],
}

describe('thinking by a budget while tools run', () => {
  const settings = (model: string, messages: ChatMessage[]) => {
    const reasoning = { enabled: true, budgetTokens: 4000 }
    const request: ChatRequest = { model, stream: false, system: [], messages, tools: [{ name: 'look' }], reasoning }
    return wires.anthropic.writeRequest(request)
  }
  for (const [how, messages] of Object.entries(begun)) {
    it(`goes on where the turn has begun ${how}`, () => {
      for (const model of ['claude-sonnet-4-5', 'claude-opus-4-6', 'some-model'])
        assert.deepEqual(settings(model, messages).thinking, { type: 'enabled', budget_tokens: 4000 })
    })
  }
  for (const [how, messages] of Object.entries(notBegun)) {
    it(`is left out where the turn has begun ${how}`, () => {
      for (const model of ['claude-sonnet-4-5', 'some-model'])
        assert.equal(settings(model, messages).thinking, undefined)
      const { thinking, output_config: config } = settings('claude-opus-4-6', messages)
      assert.deepEqual([thinking, config], [{ type: 'adaptive' }, { effort: 'medium' }])
    })
  }
})

describe('a tool that must be called', () => {
  const tools = [{ name: 'look' }, { name: 'listen' }]
  const asked = (model: string, toolChoice: ChatRequest['toolChoice'] & object) => {
    const request: ChatRequest = { model, stream: false, system: [], messages: [question], tools, toolChoice }
    const { tools: offered, tool_choice: choice } = wires.anthropic.writeRequest(request)
    return [(offered as JsonObject[]).map(({ name }) => name), choice]
  }
  for (const model of [
    'claude-sonnet-5-5',
    'claude-opus-5-5',
    'claude-fable-5-1',
    'us.anthropic.claude-fable-5-2-v1',
  ]) {
    it(`is the only one that ${model} is offered`, () => {
      assert.deepEqual(asked(model, { type: 'tool', name: 'listen' }), [['listen'], { type: 'auto' }])
      assert.deepEqual(asked(model, { type: 'required' }), [['look', 'listen'], { type: 'auto' }])
    })
  }
  for (const model of [
    'claude-fable-5',
    'claude-fable-5-20260201',
    'claude-haiku-5-5',
    'claude-opus-5',
    'some-model',
  ]) {
    it(`is forced on ${model}`, () => {
      const named = { type: 'tool', name: 'listen' } as const
      assert.deepEqual(asked(model, named), [['look', 'listen'], named])
      assert.deepEqual(asked(model, { type: 'required' }), [['look', 'listen'], { type: 'any' }])
    })
  }
})

describe('texts that say nothing', () => {
  const blank: TextBlock = { type: 'text', text: ' \n' }
  const empty: TextBlock = { type: 'text', text: '' }
  const write = (messages: ChatMessage[], system: TextBlock[] = []) =>
    wires.anthropic.writeRequest({ model: 'm', stream: false, system, messages, tools: [] })

  it('are said to nobody', () => {
    const result: UserBlock = { type: 'tool-result', toolCallId: 'call_1', content: [blank] }
    const { system, messages } = write(
      [
        { role: 'user', content: [blank, ...(question.content as TextBlock[])] },
        answered(blank),
        { role: 'system', content: [empty, blank] },
        { role: 'system', content: [blank, { type: 'text', text: 'Be brief.' }] },
        answered({ type: 'refusal', text: '\n' }, call),
        { role: 'user', content: [result] },
      ],
      [empty, blank],
    )
    assert.equal(system, undefined)
    assert.deepEqual(messages, [
      { role: 'user', content: [{ type: 'text', text: 'Look' }] },
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'look', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: [] }] },
    ])
  })

  it('are no conversation', () => {
    const instructions: TextBlock[] = [{ type: 'text', text: 'Greet.' }]
    const { system, messages } = write([{ role: 'user', content: [blank] }], instructions)
    assert.deepEqual([system, messages], [undefined, [{ role: 'user', content: instructions }]])
    assert.throws(() => write([{ role: 'user', content: [blank] }], [empty]), { field: 'messages' })
  })
})
