import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AssistantBlock, type ChatMessage, type ChatRequest, type JsonObject, wires } from '../index.ts'

const question: ChatMessage = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }
const text = (words: string): AssistantBlock => ({ type: 'text', text: words })

function write(messages: ChatMessage[], fields: Partial<ChatRequest> = {}) {
  const request = { model: 'claude-opus-4-6', stream: false, system: [], tools: [], maxTokens: 500, ...fields }
  return wires.anthropic.writeRequest({ ...request, messages }) as JsonObject & { messages: JsonObject[] }
}

describe('what Anthropic refuses of a conversation', () => {
  it('is white space at the end of what the reply shall begin with', () => {
    const content = [text('{ "a": \n'), text('1, \n ')]
    const asked = write([question, { role: 'assistant', content }], { model: 'claude-sonnet-4-5' })
    assert.deepEqual(asked.messages.at(-1)?.content, [
      { type: 'text', text: '{ "a": \n' },
      { type: 'text', text: '1,' },
    ])
    const later = write([question, { role: 'assistant', content }, question])
    assert.deepEqual(later.messages[1]?.content, content)
    const asks = write([{ role: 'user', content: [{ type: 'text', text: 'Hi \n' }] }])
    assert.deepEqual(asks.messages[0]?.content, [{ type: 'text', text: 'Hi \n' }])
  })

  it('is, since 4.6, a beginning of the reply: it is asked to go on with it', () => {
    const said: ChatMessage = { role: 'assistant', content: [text('Once upon a')] }
    const rolesFor = (model: string, ...messages: ChatMessage[]) =>
      write([question, ...messages], { model }).messages.map(({ role }) => role)
    for (const model of [
      'claude-opus-4-6',
      'claude-sonnet-4-6',
      'claude-opus-4-8',
      'claude-sonnet-5',
      'claude-haiku-5-5',
    ])
      assert.deepEqual(rolesFor(model, said), ['user', 'assistant', 'user'], model)
    for (const model of ['claude-3-opus-20240229', 'claude-opus-4-1', 'claude-haiku-4-5', 'other'])
      assert.deepEqual(rolesFor(model, said), ['user', 'assistant'], model)
    assert.deepEqual(rolesFor('claude-opus-4-6', said, question), ['user', 'assistant', 'user'])
  })

  it('is texts that say nothing, and messages of nothing else', () => {
    const { messages } = write([question, { role: 'assistant', content: [text(''), text(' \n')] }, question])
    assert.deepEqual(
      messages.map(({ role }) => role),
      ['user', 'user'],
    )
  })

  it('is an error that says nothing', () => {
    const results = (isError: boolean) => {
      const call: AssistantBlock = { type: 'tool-call', id: 'toolu_1', name: 'look', arguments: '{}' }
      const content = [{ type: 'tool-result' as const, toolCallId: 'toolu_1', content: [], isError }]
      const { messages } = write([question, { role: 'assistant', content: [call] }, { role: 'user', content }])
      const last = messages.at(-1) as { content: JsonObject[] }
      return last.content[0]?.content
    }
    assert.deepEqual(results(true), [{ type: 'text', text: 'Error' }])
    assert.deepEqual(results(false), [])
  })
})

describe('schemas for Claude models', () => {
  const schema = { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: true }
  const closed = { ...schema, additionalProperties: false }
  const tools = [{ name: 'look', parameters: closed, strict: true }]

  it('are a setting of those that know it', () => {
    for (const model of [
      'claude-opus-4-1',
      'claude-sonnet-4-5',
      'claude-haiku-4-5-20251001',
      'claude-opus-5',
      'other',
    ]) {
      const {
        system,
        output_config: config,
        tools: offered,
      } = write([question], {
        model,
        tools,
        output: { type: 'json-schema', schema: closed },
      })
      assert.deepEqual(config, { format: { type: 'json_schema', schema: closed } }, model)
      assert.equal(system, undefined)
      assert.equal((offered as JsonObject[])[0]?.strict, true)
    }
  })

  it('are asked for in words of those that do not', () => {
    for (const model of [
      'claude-sonnet-4-20250514',
      'claude-opus-4-0',
      'claude-3-7-sonnet-latest',
      'claude-3-5-haiku',
    ]) {
      const {
        system,
        output_config: config,
        tools: offered,
      } = write([question], {
        model,
        tools,
        output: { type: 'json-schema', schema },
      })
      assert.equal(config, undefined, model)
      const [instruction] = system as { text: string }[]
      assert.ok(instruction?.text.includes(JSON.stringify(schema)), model)
      assert.equal((offered as JsonObject[])[0]?.strict, undefined)
    }
  })
})
