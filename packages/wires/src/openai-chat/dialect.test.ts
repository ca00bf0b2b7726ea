import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type AssistantBlock,
  type ChatDialect,
  type ChatMessage,
  type ChatRequest,
  type JsonObject,
  limitField,
  type Reasoning,
  type UserBlock,
  wires,
} from '../index.ts'
import { collectReply } from '../shared/collect.ts'
import { encodeSse } from '../sse.ts'
import { readChunks } from '../testing/bytes.ts'

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

const compatible = { ...all, max_tokens: 500 }

const written: Record<ChatDialect, object> = {
  openai: { ...all, max_completion_tokens: 500 },
  compatible,
  strict: compatible,
  openrouter: compatible,
  deepseek: compatible,
  moonshot: compatible,
  zhipu: compatible,
  qwen: compatible,
  xai: compatible,
  mistral: { ...shared, messages: [{ role: 'user', content: 'Ann: Hi' }], max_tokens: 500, random_seed: 7 },
}

describe('dialects of OpenAI Chat', () => {
  for (const [dialect, expected] of Object.entries(written)) {
    it(`have the fields that servers take: ${dialect}`, () => {
      assert.deepEqual(wires['openai-chat'].writeRequest(request, dialect as ChatDialect), expected)
    })
  }

  it('call the limit of OpenAI’s thinking models by its one name', () => {
    for (const dialect of Object.keys(written))
      assert.equal(limitField('openai/gpt-5-mini', dialect as ChatDialect), 'max_completion_tokens')
    assert.equal(limitField('gpt-4o', 'compatible'), 'max_tokens')
  })
})

const off: Reasoning = { enabled: false }
const on: Reasoning = { enabled: true }
const high: Reasoning = { enabled: true, effort: 'high' }
const medium: Reasoning = { enabled: true, effort: 'medium' }
const budget: Reasoning = { enabled: true, budgetTokens: 9000 }

const thinking = { thinking: { type: 'enabled' } }
const asked: readonly (readonly [ChatDialect, string, Reasoning, JsonObject])[] = [
  ['compatible', 'some-model', off, { reasoning_effort: 'none' }],
  ['compatible', 'some-model', budget, { reasoning_effort: 'medium' }],
  ['openrouter', 'anthropic/claude-opus-5', off, { reasoning: { effort: 'none' } }],
  ['openrouter', 'anthropic/claude-opus-5', on, { reasoning: { enabled: true } }],
  ['openrouter', 'anthropic/claude-opus-5', budget, { reasoning: { max_tokens: 9000 } }],
  ['openrouter', 'x', { effort: 'high', summary: 'omitted' }, { reasoning: { effort: 'high', exclude: true } }],
  ['deepseek', 'deepseek-flash', off, { thinking: { type: 'disabled' } }],
  ['deepseek', 'deepseek-flash', on, thinking],
  ['deepseek', 'deepseek-flash', medium, { ...thinking, reasoning_effort: 'medium' }],
  ['deepseek', 'deepseek-flash', { effort: 'max' }, { reasoning_effort: 'max' }],
  ['zhipu', 'glm-4.7', off, { thinking: { type: 'disabled' } }],
  ['zhipu', 'glm-4.7', high, thinking],
  ['zhipu', 'glm-5.2', medium, { ...thinking, reasoning_effort: 'high' }],
  ['zhipu', 'glm-5.3', { effort: 'minimal' }, { reasoning_effort: 'low' }],
  ['moonshot', 'kimi-k2.6', off, { thinking: { type: 'disabled' } }],
  ['moonshot', 'kimi-k2.6', high, thinking],
  ['moonshot', 'kimi-k2.7-code', off, {}],
  ['moonshot', 'kimi-k3', off, {}],
  ['moonshot', 'kimi-k3.1-pro', { effort: 'xhigh' }, { reasoning_effort: 'high' }],
  ['qwen', 'qwen3.5-plus', off, { enable_thinking: false }],
  ['qwen', 'qwen3.5-plus', budget, { enable_thinking: true, thinking_budget: 9000 }],
  ['qwen', 'qwen3.5-plus', high, { enable_thinking: true }],
  ['mistral', 'magistral-medium-latest', medium, { reasoning_effort: 'high' }],
  ['mistral', 'mistral-small-latest', off, { reasoning_effort: 'none' }],
  ['mistral', 'mistral-large-4', { effort: 'max' }, { reasoning_effort: 'high' }],
  ['mistral', 'codestral-2508', high, {}],
  ['xai', 'grok-4.3', off, { reasoning_effort: 'none' }],
  ['xai', 'grok-4.7', off, {}],
  ['xai', 'grok-4.7', { effort: 'max' }, { reasoning_effort: 'xhigh' }],
  ['xai', 'grok-4.20-0309-reasoning', high, {}],
  ['xai', 'grok-4.20-multi-agent', high, { reasoning_effort: 'high' }],
  ['xai', 'grok-build-0.1', high, {}],
  ['xai', 'grok-4', high, {}],
  ['mistral', 'a-newer-one', medium, { reasoning_effort: 'medium' }],
]

const fieldsOfThinking = ['reasoning_effort', 'reasoning', 'thinking', 'enable_thinking', 'thinking_budget']

describe('thinking in the dialects of OpenAI Chat', () => {
  for (const [dialect, model, reasoning, expected] of asked) {
    it(`is asked for as ${dialect} takes it: ${model}, ${JSON.stringify(reasoning)}`, () => {
      const body = wires['openai-chat'].writeRequest({ ...request, model, reasoning }, dialect)
      const fields = Object.entries(body).filter(([field]) => fieldsOfThinking.includes(field))
      assert.deepEqual(Object.fromEntries(fields), expected)
    })
  }

  const question: ChatMessage = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }
  const said = (...content: AssistantBlock[]): ChatMessage => ({ role: 'assistant', content })
  const call = (id: string): AssistantBlock => ({ type: 'tool-call', id, name: 'look', arguments: '{}' })
  const result = (toolCallId: string): ChatMessage => ({
    role: 'user',
    content: [{ type: 'tool-result', toolCallId, content: [{ type: 'text', text: 'ok' }] }],
  })
  const text = (words: string): AssistantBlock => ({ type: 'text', text: words })
  const thought = (words: string): AssistantBlock => ({ type: 'thinking', text: words })

  const messages = [
    [question, said(thought('plain'), text('A'))],
    [question, said(thought('first'), call('1')), result('1'), said(thought('second'), text('B'))],
    [question, said(call('2')), result('2'), said(thought('third'), call('3')), result('3')],
  ].flat()
  const thoughts = (dialect: ChatDialect) =>
    (wires['openai-chat'].writeRequest({ ...request, messages }, dialect).messages as JsonObject[])
      .filter(({ role }) => role === 'assistant')
      .map(({ reasoning_content: content }) => content)

  it('goes back while tools run', () => {
    for (const dialect of ['openai', 'compatible', 'zhipu', 'qwen', 'openrouter'] as const)
      assert.deepEqual(thoughts(dialect), [undefined, undefined, undefined, undefined, 'third'])
  })

  it('goes back for good where tools were called, to those who refuse such turns without it', () => {
    for (const dialect of ['deepseek', 'moonshot'] as const)
      assert.deepEqual(thoughts(dialect), [undefined, 'first', 'second', '', 'third'])
  })

  it('does not go to those who know no such field', () => {
    assert.deepEqual(new Set(thoughts('strict')), new Set([undefined]))
    assert.deepEqual(new Set(thoughts('mistral')), new Set([undefined]))
  })

  it('leaves Grok without the penalties that it refuses while it thinks', () => {
    const taken = (model: string) =>
      wires['openai-chat'].writeRequest({ ...request, model, presencePenalty: 1, frequencyPenalty: 1 }, 'xai')
    assert.deepEqual(
      ['grok-4.7', 'grok-4.20-0309-non-reasoning'].map((model) => 'presence_penalty' in taken(model)),
      [false, true],
    )
  })

  it('leaves Kimi without the settings of sampling that it refuses', () => {
    const sampled = { ...request, topP: 0.5, presencePenalty: 1, frequencyPenalty: 1 }
    const fields = ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']
    const taken = (model: string) => {
      const body = wires['openai-chat'].writeRequest({ ...sampled, model }, 'moonshot')
      return fields.filter((field) => field in body)
    }
    assert.deepEqual([taken('kimi-k2.6'), taken('kimi-k3'), taken('moonshot-v1-8k')], [[], [], fields])
  })
})

describe('messages for Mistral', () => {
  const write = (messages: ChatMessage[], settings: Partial<ChatRequest> = {}) =>
    wires['openai-chat'].writeRequest({ ...request, ...settings, messages }, 'mistral')
  const user = (...content: UserBlock[]): ChatMessage => ({ role: 'user', content })

  it('have ids of nine letters and digits, the same for a call and its result', () => {
    const own = 'D681PevKs'
    const foreign = 'toolu_01A09q90qw90lq917835lq9'
    const calls = [own, foreign, 'short'].map(
      (id): AssistantBlock => ({
        type: 'tool-call',
        id,
        name: 'look',
        arguments: '{}',
      }),
    )
    const results = [own, foreign, 'short'].map(
      (toolCallId): UserBlock => ({
        type: 'tool-result',
        toolCallId,
        content: [{ type: 'text', text: 'ok' }],
      }),
    )
    const { messages } = write([
      user({ type: 'text', text: 'Hi' }),
      { role: 'assistant', content: calls },
      user(...results),
    ])
    const [, assistant, ...tools] = messages as JsonObject[]
    const ids = (assistant as { tool_calls: { id: string }[] }).tool_calls.map(({ id }) => id)
    assert.equal(ids[0], own)
    for (const id of ids) assert.match(id, /^[a-zA-Z0-9]{9}$/)
    assert.equal(new Set(ids).size, 3)
    assert.deepEqual(
      tools.map(({ tool_call_id: id }) => id),
      ids,
    )
  })

  it('hold thinking as a part while tools run, a refusal as text, and what the reply begins with as a prefix', () => {
    const call: AssistantBlock = { type: 'tool-call', id: 'D681PevKs', name: 'look', arguments: '{}' }
    const thought: AssistantBlock = { type: 'thinking', text: 'Hm.' }
    const { messages } = write([
      user({ type: 'text', text: 'Hi' }),
      { role: 'assistant', content: [{ type: 'refusal', text: 'No.' }] },
      user({ type: 'text', text: 'Please' }),
      { role: 'assistant', content: [thought, { type: 'text', text: 'Look' }, call] },
      user({ type: 'tool-result', toolCallId: 'D681PevKs', content: [{ type: 'text', text: 'ok' }] }),
      { role: 'assistant', content: [{ type: 'text', text: 'It' }] },
    ])
    const [, refused, , called, , begun] = messages as JsonObject[]
    assert.deepEqual(refused, { role: 'assistant', content: [{ type: 'text', text: 'No.' }] })
    assert.deepEqual(called?.content, [
      { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }], closed: true },
      { type: 'text', text: 'Look' },
    ])
    assert.deepEqual(begun, { role: 'assistant', content: 'It', prefix: true })
  })

  it('hold what it has signed in later turns, too', () => {
    const part = (fields: JsonObject) => ({ type: 'thinking', ...fields })
    const deltas = [part({ thinking: [{ type: 'text', text: 'Hm' }] }), part({ thinking: [], signature: 'c2ln' })]
    const chunks = [[deltas[0]], [deltas[1], { type: 'text', text: 'Yes' }]].map((content) =>
      encodeSse({
        event: '',
        data: JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta: { content } }] }),
      }),
    )
    const events = readChunks(wires['openai-chat'], [Buffer.from(chunks.join(''))])
    const [thought] = collectReply(events).blocks
    assert.ok(thought?.type === 'thinking')
    assert.deepEqual([thought.text, thought.signature, thought.wire], ['Hm', 'c2ln', 'openai-chat'])
    const { messages } = write([
      user({ type: 'text', text: 'Hi' }),
      { role: 'assistant', content: [thought, { type: 'text', text: 'Yes' }] },
      user({ type: 'text', text: 'Sure?' }),
    ])
    assert.deepEqual((messages as JsonObject[])[1]?.content, [
      { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }], signature: 'c2ln', closed: true },
      { type: 'text', text: 'Yes' },
    ])
  })

  it('hold documents and audio in its own parts', () => {
    const data = 'AAAA'
    const { messages } = write([
      user(
        { type: 'text', text: 'Read' },
        { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data }, title: 'a.pdf' },
        { type: 'audio', source: { kind: 'base64', mediaType: 'audio/wav', data } },
      ),
    ])
    assert.deepEqual((messages as JsonObject[])[0]?.content, [
      { type: 'text', text: 'Read' },
      { type: 'document_url', document_url: `data:application/pdf;base64,${data}`, document_name: 'a.pdf' },
      { type: 'input_audio', input_audio: data },
    ])
  })

  it('are sent with its own words for what must be called and how fast', () => {
    const tools = [{ name: 'look' }]
    const body = write([user({ type: 'text', text: 'Hi' })], {
      tools,
      toolChoice: { type: 'required' },
      serviceTier: 'default',
    })
    assert.deepEqual([body.tool_choice, body.service_tier], ['any', 'standard_only'])
    assert.equal(write([], { serviceTier: 'flex' }).service_tier, undefined)
  })
})
