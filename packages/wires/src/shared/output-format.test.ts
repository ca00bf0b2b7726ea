import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ChatRequest, type JsonObject, type TextBlock, wires } from '../index.ts'

const words = (text: string): TextBlock => ({ type: 'text', text })
const instruction = 'Reply with one valid JSON object and nothing else.'

describe('JSON as the output, asked of OpenAI', () => {
  const request: ChatRequest = {
    model: 'gpt-4o',
    stream: false,
    system: [words('Be brief.')],
    messages: [{ role: 'user', content: [words('Name a city')] }],
    tools: [],
    output: { type: 'json' },
  }
  const onChat = (asked: ChatRequest) => (wires['openai-chat'].writeRequest(asked).messages as JsonObject[])[0]
  const onResponses = (asked: ChatRequest) => {
    const { instructions, input } = wires['openai-responses'].writeRequest(asked)
    return [instructions, (input as JsonObject[])[0]]
  }
  const user = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Name a city' }] }

  it('is spoken of when nobody does', () => {
    const content = [words('Be brief.'), words(instruction)]
    assert.deepEqual(onChat(request), { role: 'system', content })
    const developer = { type: 'message', role: 'developer', content: [{ type: 'input_text', text: instruction }] }
    assert.deepEqual(onResponses(request), ['Be brief.', developer])
  })

  it('is left to those who speak of it', () => {
    const result: ChatRequest['messages'][number] = {
      role: 'user',
      content: [{ type: 'tool-result', toolCallId: 'call_1', content: [words('{"as":"json"}')] }],
    }
    const asked = { ...request, messages: [...request.messages, result] }
    assert.deepEqual(onChat(asked), { role: 'system', content: 'Be brief.' })
    assert.deepEqual(onResponses(asked), ['Be brief.', user])
  })

  it('must be spoken of in the conversation itself on Responses', () => {
    const asked = { ...request, system: [words('In JSON.')] }
    assert.deepEqual(onChat(asked), { role: 'system', content: 'In JSON.' })
    assert.notDeepEqual(onResponses(asked)[1], user)
  })

  it('needs no words when it has a schema, or is not asked for', () => {
    for (const output of [{ type: 'json-schema', schema: { type: 'object' } }, { type: 'text' }] as const) {
      assert.deepEqual(onChat({ ...request, output }), { role: 'system', content: 'Be brief.' })
      assert.deepEqual(onResponses({ ...request, output }), ['Be brief.', user])
    }
  })
})

describe('schemas of wires that are always strict, told to OpenAI', () => {
  const strictOf = (schema: JsonObject) => {
    const messages = [{ role: 'user', content: 'Hi' }]
    const anthropic = {
      model: 'm',
      max_tokens: 9,
      messages,
      output_config: { format: { type: 'json_schema', schema } },
    }
    const generationConfig = { responseMimeType: 'application/json', responseJsonSchema: schema }
    const gemini = { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }], generationConfig }
    const strict = [
      wires.anthropic.readRequest(anthropic),
      wires.gemini.readRequest(gemini, { model: 'm', stream: false }),
    ].map((request) => {
      const { text } = wires['openai-responses'].writeRequest(request) as { text: { format: JsonObject } }
      const { response_format: format } = wires['openai-chat'].writeRequest(request)
      const onChat = (format as { json_schema: JsonObject }).json_schema.strict
      assert.equal(text.format.strict, onChat)
      return onChat
    })
    assert.equal(strict[0], strict[1])
    return strict[0]
  }
  const closed = (properties: JsonObject): JsonObject => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  })
  const city = closed({ name: { type: ['string', 'null'] }, size: { type: 'integer', minimum: 1 } })

  const strict: readonly JsonObject[] = [
    closed({}),
    city,
    closed({ cities: { type: 'array', items: city, minItems: 1 }, capital: { anyOf: [city, { type: 'null' }] } }),
    { ...closed({ first: { $ref: '#/$defs/city' } }), $defs: { city } },
  ]
  for (const schema of strict) it(`are strict: ${JSON.stringify(schema)}`, () => assert.equal(strictOf(schema), true))

  const loose: readonly JsonObject[] = [
    { type: 'object' },
    { ...city, additionalProperties: true },
    { ...city, required: ['name'] },
    closed({ home: { ...city, required: [] } }),
    closed({ home: { type: ['object', 'null'] } }),
    closed({ zip: { type: 'string', pattern: '^\\d+$' } }),
    closed({ any: { oneOf: [city] } }),
    { type: 'array', items: city },
    { ...closed({ first: { $ref: '#/$defs/city' } }), $defs: { city: { type: 'object', properties: {} } } },
  ]
  for (const schema of loose) it(`are not: ${JSON.stringify(schema)}`, () => assert.equal(strictOf(schema), undefined))

  it('leave it to OpenAI’s own clients', () => {
    const format = { type: 'json_schema', json_schema: { name: 'n', schema: city } }
    const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], response_format: format }
    const { text } = wires['openai-responses'].writeRequest(wires['openai-chat'].readRequest(body))
    assert.equal((text as { format: JsonObject }).format.strict, undefined)
  })
})
