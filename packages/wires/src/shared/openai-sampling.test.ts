import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ChatRequest, wires } from '../index.ts'

const settings = { temperature: 0.5, topP: 0.9, presencePenalty: 0.1, frequencyPenalty: 0.2 }
const stopped = { enabled: false }

const cases: readonly (readonly [model: string, reasoning: ChatRequest['reasoning'], taken: readonly string[]])[] = [
  ['gpt-4o', undefined, ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']],
  ['gpt-5-chat-latest', undefined, ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']],
  ['some-model', { effort: 'high' }, ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']],
  ['o3-mini', undefined, []],
  ['openai/o4-mini', undefined, []],
  ['gpt-5', stopped, []],
  ['gpt-5.2', undefined, []],
  ['gpt-5.2', { enabled: true, effort: 'low' }, []],
  ['gpt-5.2', stopped, ['temperature', 'top_p']],
  ['gpt-6', stopped, []],
]

describe('sampling as OpenAI’s models take it', () => {
  for (const [model, reasoning, taken] of cases) {
    it(`${model}, thinking ${JSON.stringify(reasoning)}: ${taken.join(', ') || 'nothing'}`, () => {
      const request: ChatRequest = {
        model,
        stream: false,
        system: [],
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
        tools: [],
        ...settings,
        ...(reasoning === undefined ? {} : { reasoning }),
      }
      const isSampling = (name: string) => /^(?:temperature|top_p|\w+_penalty)$/.test(name)
      assert.deepEqual(Object.keys(wires['openai-chat'].writeRequest(request)).filter(isSampling), taken)
      const common = taken.filter((name) => !name.endsWith('penalty'))
      assert.deepEqual(Object.keys(wires['openai-responses'].writeRequest(request)).filter(isSampling), common)
    })
  }
})
