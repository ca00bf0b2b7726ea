import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ChatEvent, type ChatRequest, type JsonObject, noUsage, WireError, wires } from '../index.ts'
import { oneByOne, readChunks, readMeter, writeContext } from '../testing/bytes.ts'
import { readFixture, readJsonFixture } from '../testing/fixture.ts'
import { called, reply } from '../testing/replies.ts'

const wire = wires['openai-responses']

const id = 'resp_68af4030592c81938ec0a5fbab4a3e9f05438e46b5f69a3b'
const start: ChatEvent = { type: 'start', id, model: 'gpt-5.6-2026-09-15', createdAt: 1_763_600_000 }
const usage = { ...noUsage, input: 96, cacheRead: 1024, cacheWrite5m: 120, output: 87, thinking: 128 }
const reasoningId = 'rs_68af4031baa48193a0d8ab5b2f3d4e1c'
const encrypted = { encrypted: 'gAAAAABor0A1enc==', id: reasoningId, wire: 'openai-responses' } as const

/** What each fixture says, and what the meter must say of it. */
const streams: Record<string, ChatEvent[]> = {
  'reasoning-text-two-calls.sse': [
    start,
    { type: 'thinking', index: 0, text: '**Reading**', id: reasoningId },
    { type: 'thinking', index: 0, text: ' the question.' },
    { type: 'thinking', index: 0, text: '\n\n' },
    { type: 'thinking', index: 0, text: 'Two cities: two calls.' },
    { type: 'thinking', index: 0, text: '', ...encrypted },
    { type: 'block-end', index: 0 },
    { type: 'text', index: 1, text: 'I will ' },
    { type: 'text', index: 1, text: 'look — ' },
    { type: 'text', index: 1, text: 'both 🌤️.' },
    { type: 'block-end', index: 1 },
    { type: 'tool-call-start', index: 2, id: 'call_Qa1', name: 'get_weather' },
    { type: 'tool-call-delta', index: 2, json: '{"city":' },
    { type: 'tool-call-delta', index: 2, json: '"Zürich"}' },
    { type: 'block-end', index: 2 },
    { type: 'tool-call-start', index: 3, id: 'call_Qa2', name: 'get_weather' },
    { type: 'tool-call-delta', index: 3, json: '{"city":"東京"}' },
    { type: 'block-end', index: 3 },
    { type: 'usage', usage },
    { type: 'finish', reason: 'tool-calls' },
  ],
  'web-search-citation.sse': [
    start,
    { type: 'text', index: 0, text: 'It is known' },
    { type: 'text', index: 0, text: '.' },
    {
      type: 'annotation',
      index: 0,
      annotation: { kind: 'url', url: 'https://example.com/a', title: 'A page', start: 0, end: 11 },
    },
    { type: 'block-end', index: 0 },
    { type: 'usage', usage: { ...noUsage, input: 300, output: 12, webSearches: 1 } },
    { type: 'finish', reason: 'stop' },
  ],
  'refusal.sse': [
    start,
    { type: 'refusal', index: 0, text: "I can't " },
    { type: 'refusal', index: 0, text: 'help with that.' },
    { type: 'block-end', index: 0 },
    { type: 'usage', usage: { ...noUsage, input: 30, output: 9 } },
    { type: 'finish', reason: 'refusal' },
  ],
  'incomplete.sse': [
    start,
    { type: 'text', index: 0, text: 'Once upon a' },
    { type: 'block-end', index: 0 },
    { type: 'usage', usage: { ...noUsage, input: 12, output: 16 } },
    { type: 'finish', reason: 'length' },
  ],
  'custom-tool.sse': [
    start,
    { type: 'tool-call-start', index: 0, id: 'call_P1', name: 'apply_patch' },
    { type: 'tool-call-delta', index: 0, json: '{"input":"*** Begin Patch\\n' },
    { type: 'tool-call-delta', index: 0, json: '+\\"hi\\" 😀\\n' },
    { type: 'tool-call-delta', index: 0, json: '"}' },
    { type: 'block-end', index: 0 },
    { type: 'usage', usage: { ...noUsage, input: 50, output: 20 } },
    { type: 'finish', reason: 'tool-calls' },
  ],
  'failed.sse': [
    start,
    {
      type: 'error',
      error: {
        kind: 'rate-limit',
        status: 429,
        code: 'rate_limit_exceeded',
        message: 'Rate limit reached for gpt-5.6 on tokens per min (TPM). Please try again in 1.3s.',
      },
    },
  ],
}

describe('reading Responses streams', () => {
  for (const [file, events] of Object.entries(streams)) {
    it(`reads and meters ${file}, whole and byte by byte`, () => {
      const bytes = readFixture(`openai-responses/${file}`)
      assert.deepEqual(readChunks(wire, [bytes]), events)
      assert.deepEqual(readChunks(wire, oneByOne(bytes)), events)
      const meter = readMeter(wire.meter('stream'), oneByOne(bytes))
      const counted = events.find((event) => event.type === 'usage')
      const failed = events.find((event) => event.type === 'error')
      assert.deepEqual(meter.usage, counted?.usage)
      assert.deepEqual(meter.error, failed?.error)
      assert.equal(meter.isFinished, failed === undefined)
    })
  }

  it('reads the same reply whole', () => {
    const events = wire.readResponse(readJsonFixture('openai-responses/reasoning-text-two-calls.json'))
    assert.deepEqual(events.slice(0, 5), [
      start,
      { type: 'thinking', index: 0, text: '**Reading** the question.\n\nTwo cities: two calls.', ...encrypted },
      { type: 'block-end', index: 0 },
      { type: 'text', index: 1, text: 'I will look — both 🌤️.' },
      { type: 'block-end', index: 1 },
    ])
    assert.deepEqual(events.slice(-2), [
      { type: 'usage', usage },
      { type: 'finish', reason: 'tool-calls' },
    ])
  })

  it('reads servers that send whole items without deltas, or name no events', () => {
    const reader = wire.readStream()
    const item = { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] }
    const read = (data: object) => reader.read({ event: '', data: JSON.stringify(data) })
    assert.deepEqual(read({ type: 'response.output_item.done', output_index: 0, item }), [
      { type: 'text', index: 0, text: 'Hi' },
      { type: 'block-end', index: 0 },
    ])
    const response = { id: 'resp_1', model: 'm', status: 'completed', output: [item] }
    assert.deepEqual(read({ type: 'response.completed', response }), [
      { type: 'start', id: 'resp_1', model: 'm' },
      { type: 'finish', reason: 'stop' },
    ])
    assert.deepEqual(reader.end(), [])
  })

  it('takes either the reasoning or its summary, not both', () => {
    const reader = wire.readStream()
    const read = (type: string, fields: object) =>
      reader.read({ event: type, data: JSON.stringify({ type, output_index: 0, item_id: 'rs_1', ...fields }) })
    const said = [
      ...read('response.reasoning_text.delta', { content_index: 0, delta: 'Long' }),
      ...read('response.reasoning_summary_text.delta', { summary_index: 0, delta: 'Short' }),
    ]
    assert.deepEqual(said, [{ type: 'thinking', index: 0, text: 'Long' }])
  })
})

describe('reading Responses requests', () => {
  const read = (body: object): ChatRequest => wire.readRequest({ model: 'm', input: 'Hi', ...body })

  it("reads a coding agent's request: free-text tools, namespaces, encrypted reasoning", () => {
    const request = wire.readRequest(readJsonFixture('openai-responses/agent-request.json'))
    assert.deepEqual(request.system, [
      { type: 'text', text: 'You are a coding agent.' },
      { type: 'text', text: '<permissions>ask</permissions>' },
    ])
    assert.deepEqual(
      request.messages.map(({ role, content }) => [role, ...content.map(({ type }) => type)]),
      [
        ['user', 'text'],
        ['user', 'text'],
        ['assistant', 'thinking', 'text', 'tool-call', 'tool-call', 'tool-call'],
        ['user', 'tool-result', 'tool-result', 'tool-result'],
      ],
    )
    const calls = request.messages[2]?.content.flatMap((block) => (block.type === 'tool-call' ? [block] : []))
    assert.deepEqual(
      calls?.map(({ id: callId, name, arguments: json }) => [callId, name, json]),
      [
        ['call_1', 'exec_command', '{"cmd":"ls"}'],
        ['call_2', 'apply_patch', '{"input":"*** Begin Patch"}'],
        ['call_3', 'mcp__docs__search', '{}'],
      ],
    )
    assert.match(JSON.stringify(request.tools[1]?.parameters), /lark grammar:\\nstart: begin_patch/)
    assert.deepEqual(request.reasoning, { enabled: true, effort: 'medium', summary: 'auto', encrypted: true })
  })

  it('says the same request again to its own wire', () => {
    const body = readJsonFixture('openai-responses/agent-request.json') as { [key: string]: unknown }
    const written = wire.writeRequest(wire.readRequest(body))
    const { input: _, ...settings } = written
    const { input: __, ...expected } = body
    assert.deepEqual(settings, expected)
    const items = written.input as { type: string }[]
    assert.deepEqual(
      items.map(({ type }) => type),
      [
        'message',
        'message',
        'message',
        'reasoning',
        'message',
        'function_call',
        'custom_tool_call',
        'function_call',
        'function_call_output',
        'custom_tool_call_output',
        'function_call_output',
      ],
    )
    assert.deepEqual(items[7], {
      type: 'function_call',
      call_id: 'call_3',
      name: 'search',
      namespace: 'mcp__docs',
      arguments: '{}',
    })
  })

  it('offers the tools that the conversation brings, each once, and gives their calls back by the names declared', () => {
    const bring = (description: string) => ({
      type: 'additional_tools',
      role: 'developer',
      tools: [
        { type: 'namespace', name: 'shell', tools: [{ type: 'function', name: 'run', description, parameters: {} }] },
        { type: 'custom', name: 'apply_patch' },
      ],
    })
    const request = read({ input: [bring('old'), { role: 'user', content: 'Hi' }, bring('new')] })
    assert.deepEqual(
      request.tools.map(({ name, description }) => [name, description]),
      [
        ['shell__run', 'new'],
        ['apply_patch', undefined],
      ],
    )
    assert.deepEqual(
      request.messages.map(({ role }) => role),
      ['user'],
    )
    const calls = reply([
      ...called(0, { id: 'call_1', name: 'shell__run' }, '{}'),
      ...called(1, { id: 'call_2', name: 'apply_patch' }, '{"input":"*** Begin"}'),
    ])
    const { output } = wire.writeResponse(calls, { ...writeContext, request })
    assert.deepEqual(
      (output as JsonObject[]).map(({ type, name, namespace }) => [type, namespace, name]),
      [
        ['function_call', 'shell', 'run'],
        ['custom_tool_call', undefined, 'apply_patch'],
      ],
    )
  })

  it('offers only the tools that allowed_tools leaves', () => {
    const tools = ['a', 'b', 'c'].map((name) => ({ type: 'function', name, parameters: {} }))
    const choice = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'b' }] }
    const request = read({ tools, tool_choice: choice })
    assert.deepEqual(
      request.tools.map(({ name }) => name),
      ['b'],
    )
    assert.deepEqual(request.toolChoice, { type: 'required' })
  })

  it('keeps what the provider stores apart from what is not stored at all', () => {
    assert.deepEqual(read({ store: false }).extra, undefined)
    assert.deepEqual(read({ previous_response_id: 'resp_1' }).extra, {
      'openai-responses': { previous_response_id: 'resp_1', store: true },
    })
  })

  it('never asks OpenAI to store what came from another wire', () => {
    const request: ChatRequest = { model: 'm', stream: false, system: [], messages: [], tools: [] }
    assert.equal(wire.writeRequest(request).store, false)
  })

  for (const [field, body] of Object.entries({
    input: { input: 7 },
    'input[0]': { input: [{ type: 'item_reference', id: 'msg_1' }] },
    'input[0].type': { input: [{ type: 'compaction', encrypted_content: 'c' }] },
    'input[0].role': { input: [{ role: 'tool', content: 'x' }] },
    'input[0].content[0].type': { input: [{ role: 'user', content: [{ type: 'input_video' }] }] },
    'input[0].content[0].image_url': { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 7 }] }] },
    'tools[0].name': { tools: [{ type: 'function' }] },
    tool_choice: { tool_choice: 'sometimes' },
    'reasoning.effort': { reasoning: { effort: 'huge' } },
    'text.format.type': { text: { format: { type: 'yaml' } } },
    max_output_tokens: { max_output_tokens: 'many' },
  })) {
    it(`names ${field} when it is wrong`, () => {
      assert.throws(
        () => read(body),
        (error) => error instanceof WireError && error.field === field,
      )
    })
  }
})
