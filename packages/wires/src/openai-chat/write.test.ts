import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AssistantBlock, type ChatDialect, type ChatMessage, wires } from '../index.ts'

const question: ChatMessage = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }
const thinking: AssistantBlock = { type: 'thinking', text: 'Hm.', signature: 'c2ln', wire: 'anthropic' }
const empty: AssistantBlock = { type: 'text', text: '' }

function written(...content: AssistantBlock[]): unknown[] {
  const messages: ChatMessage[] = [question, { role: 'assistant', content }, question]
  const body = wires['openai-chat'].writeRequest({ model: 'm', stream: false, system: [], messages, tools: [] })
  return (body.messages as unknown[]).slice(1, -1)
}

describe('what an assistant said, on the Chat Completions wire', () => {
  it('is left out when nothing of it can be said', () => {
    for (const content of [[], [thinking], [empty], [thinking, empty]]) assert.deepEqual(written(...content), [])
  })

  it('is said without the rest', () => {
    const call: AssistantBlock = { type: 'tool-call', id: 'call_1', name: 'look', arguments: '{}' }
    const calls = [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } }]
    assert.deepEqual(written(thinking, empty, call), [{ role: 'assistant', content: null, tool_calls: calls }])
    const refusal: AssistantBlock = { type: 'refusal', text: 'No.' }
    assert.deepEqual(written(refusal), [{ role: 'assistant', content: null, refusal: 'No.' }])
    assert.deepEqual(written(thinking, { type: 'text', text: ' ' }), [{ role: 'assistant', content: ' ' }])
  })

  it('is signed for Gemini since 3, which refuses calls that another model made otherwise', () => {
    const call = (id: string): AssistantBlock => ({ type: 'tool-call', id, name: 'look', arguments: '{}' })
    const signatures = (model: string, calls: AssistantBlock[], dialect: ChatDialect = 'compatible') => {
      const messages: ChatMessage[] = [question, { role: 'assistant', content: calls }]
      const request = { model, stream: false, system: [], messages, tools: [] }
      const body = wires['openai-chat'].writeRequest(request, dialect)
      const back = wires['openai-chat'].readRequest(body)
      assert.deepEqual(back.messages, messages)
      const [, assistant] = body.messages as { tool_calls: { extra_content?: unknown }[] }[]
      return assistant?.tool_calls.map(({ extra_content: extra }) => extra)
    }
    const signed = (signature: string) => ({ google: { thought_signature: signature } })
    const calls = [call('call_1'), call('call_2')]
    const own = [{ ...call('call_1'), signature: 'c2ln' }, call('call_2')]
    assert.deepEqual(signatures('gemini-3-pro', calls), [signed('skip_thought_signature_validator'), undefined])
    assert.deepEqual(signatures('google/gemini-3-pro', own), [signed('c2ln'), undefined])
    assert.deepEqual(signatures('gemini-2.5-pro', calls), [undefined, undefined])
    assert.deepEqual(signatures('some-model', calls), [undefined, undefined])
    assert.deepEqual(signatures('google/gemini-3-pro', calls, 'openrouter'), [undefined, undefined])
  })
})
