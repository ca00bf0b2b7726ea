import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ChatRequest, type JsonObject, type Reasoning, wires } from '../index.ts'

function write(wire: 'openai-chat' | 'openai-responses', model: string, asked: Partial<ChatRequest>): JsonObject {
  return wires[wire].writeRequest({
    model,
    stream: false,
    system: [],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    tools: [],
    ...asked,
  })
}

const settings = { temperature: 0.5, topP: 0.9, presencePenalty: 0.1, frequencyPenalty: 0.2 }
const stopped = { enabled: false }

const samplingCases: readonly (readonly [
  model: string,
  reasoning: ChatRequest['reasoning'],
  taken: readonly string[],
])[] = [
  ['gpt-4o', undefined, ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']],
  ['gpt-5-chat-latest', undefined, ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']],
  ['some-model', { effort: 'high' }, ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']],
  ['o3-mini', undefined, []],
  ['openai/o4-mini', undefined, []],
  ['gpt-5', stopped, []],
  ['gpt-5.2', undefined, []],
  ['gpt-5.2', { enabled: true, effort: 'low' }, []],
  ['gpt-5.2', stopped, ['temperature', 'top_p']],
  ['gpt-5.2-pro', stopped, []],
  ['gpt-6', stopped, []],
  ['gpt-6-sol', stopped, ['temperature', 'top_p']],
]

describe('sampling as OpenAI’s models take it', () => {
  for (const [model, reasoning, taken] of samplingCases) {
    it(`${model}, thinking ${JSON.stringify(reasoning)}: ${taken.join(', ') || 'nothing'}`, () => {
      const asked = { ...settings, ...(reasoning === undefined ? {} : { reasoning }) }
      const isSampling = (name: string) => /^(?:temperature|top_p|\w+_penalty)$/.test(name)
      assert.deepEqual(Object.keys(write('openai-chat', model, asked)).filter(isSampling), taken)
      const common = taken.filter((name) => !name.endsWith('penalty'))
      assert.deepEqual(Object.keys(write('openai-responses', model, asked)).filter(isSampling), common)
    })
  }
})

type Efforts = readonly [off: unknown, minimal: unknown, low: unknown, xhigh: unknown, max: unknown]

const effortCases: Readonly<Record<string, Efforts>> = {
  'gpt-4.1': [undefined, undefined, undefined, undefined, undefined],
  'gpt-4o-mini': [undefined, undefined, undefined, undefined, undefined],
  'gpt-5-chat-latest': [undefined, undefined, undefined, undefined, undefined],
  'some-model': ['none', 'minimal', 'low', 'xhigh', 'max'],
  o3: ['low', 'low', 'low', 'high', 'high'],
  'openai/gpt-5-mini': ['minimal', 'minimal', 'low', 'high', 'high'],
  'gpt-5-pro': ['high', 'high', 'high', 'high', 'high'],
  'codex-mini-latest': ['low', 'low', 'low', 'high', 'high'],
  'gpt-5-codex': ['low', 'low', 'low', 'high', 'high'],
  'gpt-5.1': ['none', 'none', 'low', 'high', 'high'],
  'gpt-5.1-chat-latest': ['medium', 'medium', 'medium', 'medium', 'medium'],
  'gpt-5.1-codex-max': ['low', 'low', 'low', 'xhigh', 'xhigh'],
  'gpt-5.2-pro': ['medium', 'medium', 'medium', 'xhigh', 'xhigh'],
  'gpt-5.4-2026-03-05': ['none', 'none', 'low', 'xhigh', 'xhigh'],
  'gpt-5.6-terra': ['none', 'none', 'low', 'xhigh', 'max'],
  'gpt-5.6-cyber': ['low', 'low', 'low', 'xhigh', 'max'],
  'gpt-6-astra': ['low', 'low', 'low', 'xhigh', 'max'],
  'gpt-6.1-terra': ['none', 'none', 'low', 'xhigh', 'max'],
}

const asked: readonly Reasoning[] = [
  { enabled: false },
  { effort: 'minimal' },
  { budgetTokens: 1024 },
  { enabled: true, effort: 'xhigh' },
  { effort: 'max' },
]

describe('effort as OpenAI’s models take it', () => {
  for (const [model, efforts] of Object.entries(effortCases)) {
    it(`${model}: ${efforts.join(', ')}`, () => {
      const onResponses = asked.map((reasoning) => {
        const { reasoning: written } = write('openai-responses', model, { reasoning })
        return (written as JsonObject | undefined)?.effort
      })
      assert.deepEqual(onResponses, efforts)
      const onChat = asked.map((reasoning) => write('openai-chat', model, { reasoning }).reasoning_effort)
      const isKnown = model !== 'some-model'
      assert.deepEqual(
        onChat,
        efforts.map((effort) => (effort === 'max' && isKnown ? 'xhigh' : effort)),
      )
    })
  }

  it('leaves it to the model when nothing but thinking is asked for', () => {
    const written = write('openai-responses', 'gpt-5', { reasoning: { enabled: true, summary: 'auto' } })
    assert.deepEqual(written.reasoning, { summary: 'auto' })
  })
})

describe('what only thinkers are asked for', () => {
  const reasoning = { enabled: true, summary: 'auto', encrypted: true } as const

  it('asks them for encrypted thinking', () => {
    for (const model of ['o3', 'gpt-5', 'some-model']) {
      for (const wish of [reasoning, { summary: 'auto' }, { effort: 'high' }] as const) {
        const { include } = write('openai-responses', model, { reasoning: wish })
        assert.deepEqual(include, ['reasoning.encrypted_content'], model)
      }
      assert.equal(write('openai-responses', model, {}).include, undefined)
    }
  })

  it('asks others for no thinking at all', () => {
    for (const model of ['gpt-4.1', 'gpt-4o-2024-11-20', 'ft:gpt-4o-mini:team::id', 'gpt-35-turbo']) {
      const written = write('openai-responses', model, { reasoning })
      assert.deepEqual([written.include, written.reasoning], [undefined, undefined], model)
    }
  })
})

describe('stop sequences as OpenAI’s models take them', () => {
  for (const model of ['o3', 'o4-mini', 'gpt-5', 'openai/gpt-5.2', 'gpt-5.4']) {
    it(`${model}: refuses them by name`, () => {
      assert.throws(() => write('openai-chat', model, { stop: ['END'] }), { name: 'WireError', field: 'stop' })
      assert.doesNotThrow(() => write('openai-chat', model, {}))
    })
  }
  for (const model of ['gpt-4o', 'o1', 'o3-mini', 'some-model']) {
    it(`${model}: takes them`, () => {
      assert.deepEqual(write('openai-chat', model, { stop: ['END'] }).stop, ['END'])
    })
  }
})
