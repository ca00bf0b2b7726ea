import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AssistantBlock, type ChatMessage, wires } from '../index.ts'

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
})
