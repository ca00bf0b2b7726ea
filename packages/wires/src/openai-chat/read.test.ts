import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ChatEvent, noUsage, WireError, wires } from '../index.ts'
import { oneByOne, readChunks, readMeter } from '../testing/bytes.ts'
import { readFixture, readJsonFixture } from '../testing/fixture.ts'

const wire = wires['openai-chat']

const createdAt = 1_763_600_000
const start: ChatEvent = {
  type: 'start',
  id: 'chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG',
  model: 'gpt-5.6-2026-09-15',
  createdAt,
}
const usageOf = (fields: object): ChatEvent => ({ type: 'usage', usage: { ...noUsage, ...fields } })

interface Expectation {
  events: ChatEvent[]
  contentLength: number
}

/** What each fixture says, and what the meter must say of it. */
const streams: Record<string, Expectation> = {
  'text.sse': {
    events: [
      start,
      { type: 'text', index: 0, text: 'Grüezi' },
      { type: 'text', index: 0, text: ' 世界 🌍\n"ok"' },
      { type: 'block-end', index: 0 },
      usageOf({ input: 86, cacheRead: 1920, output: 108, thinking: 192 }),
      { type: 'finish', reason: 'stop' },
    ],
    contentLength: 'Grüezi 世界 🌍\n"ok"'.length,
  },
  'two-calls.sse': {
    events: [
      start,
      { type: 'tool-call-start', index: 0, id: 'call_DdmO9pD3xa9XTPNJ32zg2hcA', name: 'get_weather' },
      { type: 'tool-call-delta', index: 0, json: '{"city":' },
      { type: 'tool-call-delta', index: 0, json: '"Zürich"}' },
      { type: 'block-end', index: 0 },
      { type: 'tool-call-start', index: 1, id: 'call_GyRmO9pD3xa9XTPNJ32zg2hcB', name: 'get_time' },
      { type: 'tool-call-delta', index: 1, json: '{}' },
      { type: 'block-end', index: 1 },
      usageOf({ input: 82, output: 40 }),
      { type: 'finish', reason: 'tool-calls' },
    ],
    contentLength: '{"city":"Zürich"}{}'.length,
  },
  'deepseek-reasoning.sse': {
    events: [
      { type: 'start', id: '41f92a68-8f8a-4b9d-9f27-08b41fd7c5b5', model: 'deepseek-reasoner', createdAt },
      { type: 'thinking', index: 0, text: 'First,' },
      { type: 'thinking', index: 0, text: ' 想.' },
      { type: 'block-end', index: 0 },
      { type: 'text', index: 1, text: 'Hi' },
      { type: 'block-end', index: 1 },
      usageOf({ input: 36, cacheRead: 64, output: 10, thinking: 20 }),
      { type: 'finish', reason: 'stop' },
    ],
    contentLength: 'First, 想.Hi'.length,
  },
  'openrouter-reasoning.sse': {
    events: [
      { type: 'start', id: 'gen-1763600000-AbC', model: 'anthropic/claude-opus-4.6', createdAt },
      { type: 'thinking', index: 0, text: 'Hm' },
      { type: 'thinking', index: 0, text: ' yes.' },
      {
        type: 'thinking',
        index: 0,
        text: '',
        signature: 'c2lnbmVk',
        wire: 'openai-chat',
        detail: { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0 },
      },
      { type: 'block-end', index: 0 },
      { type: 'text', index: 1, text: 'Yes.' },
      { type: 'block-end', index: 1 },
      usageOf({ input: 35, cacheRead: 10, cacheWrite5m: 5, output: 12, thinking: 8 }),
      { type: 'finish', reason: 'stop' },
    ],
    contentLength: 'Hm yes.Yes.'.length,
  },
  'vllm-usage-in-every-chunk.sse': {
    events: [
      { type: 'start', id: 'chatcmpl-6b1f', model: 'Qwen/Qwen3-32B', createdAt },
      usageOf({ input: 12 }),
      { type: 'thinking', index: 0, text: 'So' },
      usageOf({ input: 12, output: 1 }),
      { type: 'block-end', index: 0 },
      { type: 'text', index: 1, text: 'A' },
      usageOf({ input: 12, output: 2 }),
      { type: 'block-end', index: 1 },
      usageOf({ input: 12, output: 3 }),
      { type: 'finish', reason: 'length' },
    ],
    contentLength: 'SoA'.length,
  },
  'calls-all-at-index-0.sse': {
    events: [
      { type: 'start', id: 'chatcmpl-329', model: 'qwen3', createdAt },
      { type: 'tool-call-start', index: 0, id: 'call_a', name: 'look' },
      { type: 'tool-call-delta', index: 0, json: '{"n":1}' },
      { type: 'block-end', index: 0 },
      { type: 'tool-call-start', index: 1, id: 'call_b', name: 'look' },
      { type: 'tool-call-delta', index: 1, json: '{"n":2}' },
      { type: 'block-end', index: 1 },
      { type: 'finish', reason: 'tool-calls' },
    ],
    contentLength: '{"n":1}{"n":2}'.length,
  },
  'refusal.sse': {
    events: [
      start,
      { type: 'refusal', index: 0, text: "I can't" },
      { type: 'refusal', index: 0, text: ' help with that.' },
      { type: 'block-end', index: 0 },
      usageOf({ input: 30, output: 9 }),
      { type: 'finish', reason: 'refusal' },
    ],
    contentLength: "I can't help with that.".length,
  },
  'azure-content-filter.sse': {
    events: [
      start,
      { type: 'text', index: 0, text: 'So' },
      { type: 'block-end', index: 0 },
      usageOf({ input: 11, output: 2 }),
      { type: 'finish', reason: 'content-filter' },
    ],
    contentLength: 'So'.length,
  },
  'failed.sse': {
    events: [
      start,
      { type: 'text', index: 0, text: 'It was' },
      {
        type: 'error',
        error: {
          kind: 'server',
          status: 500,
          message: 'The server had an error while processing your request. Sorry about that!',
        },
      },
    ],
    contentLength: 'It was'.length,
  },
}

describe('reading Chat Completions streams', () => {
  for (const [file, { events, contentLength }] of Object.entries(streams)) {
    it(`reads and meters ${file}, whole and byte by byte`, () => {
      const bytes = readFixture(`openai-chat/${file}`)
      assert.deepEqual(readChunks(wire, [bytes]), events)
      assert.deepEqual(readChunks(wire, oneByOne(bytes)), events)
      const counted = events.findLast((event) => event.type === 'usage')
      const failed = events.find((event) => event.type === 'error')
      const expected = {
        usage: counted?.usage,
        hasContent: true,
        isFinished: failed === undefined,
        error: failed?.error,
        isAtBoundary: true,
        contentLength,
      }
      assert.deepEqual(readMeter(wire.meter('stream'), [bytes]), expected)
      assert.deepEqual(readMeter(wire.meter('stream'), oneByOne(bytes)), expected)
    })
  }

  it('has no content before the first delta that says something', () => {
    const chunks = readFixture('openai-chat/deepseek-reasoning.sse')
      .toString('utf8')
      .split(/(?<=\n\n)/)
    const meter = wire.meter('stream')
    const seen = chunks.slice(0, 3).map((chunk) => {
      meter.push(Buffer.from(chunk))
      return meter.hasContent
    })
    assert.deepEqual(seen, [false, true, true])
  })

  it('keeps the fragments of calls together when they come interleaved or without an index', () => {
    const delta = (...calls: object[]) => ({ choices: [{ index: 0, delta: { tool_calls: calls } }] })
    const read = (chunks: object[]) => {
      const bytes = Buffer.from(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''))
      return readChunks(wire, [bytes]).flatMap((event) =>
        event.type === 'tool-call-start'
          ? [`${event.index}=${event.id}`]
          : event.type === 'tool-call-delta'
            ? [`${event.index}:${event.json}`]
            : [],
      )
    }
    const first = { id: 'a', function: { name: 'f', arguments: '' } }
    const second = { id: 'b', function: { name: 'g', arguments: '' } }
    const fragment = (text: string) => ({ function: { arguments: text } })
    assert.deepEqual(
      read([
        delta({ index: 0, ...first }, { index: 1, ...second }),
        delta({ index: 0, ...fragment('{}') }),
        delta({ index: 1, ...fragment('{"n":') }),
        delta({ index: 1, ...fragment('1}') }),
      ]),
      ['0=a', '1=b', '0:{}', '1:{"n":', '1:1}'],
    )
    assert.deepEqual(read([delta(first), delta(fragment('{}')), delta(second), delta(fragment('{}'))]), [
      '0=a',
      '0:{}',
      '1=b',
      '1:{}',
    ])
  })

  it('reads whole replies', () => {
    const calls = wire.readResponse(readJsonFixture('openai-chat/two-calls.json'))
    assert.deepEqual(
      calls.filter(({ type }) => type === 'tool-call-start' || type === 'finish'),
      [
        { type: 'tool-call-start', index: 0, id: 'call_DdmO9pD3xa9XTPNJ32zg2hcA', name: 'get_weather' },
        { type: 'tool-call-start', index: 1, id: 'call_GyRmO9pD3xa9XTPNJ32zg2hcB', name: 'get_time' },
        { type: 'finish', reason: 'tool-calls' },
      ],
    )
    const found = wire.readResponse(readJsonFixture('openai-chat/web-search.json'))
    const annotation = { kind: 'url', url: 'https://example.com/a', title: 'A page', start: 0, end: 11 }
    assert.deepEqual(found[2], { type: 'annotation', index: 0, annotation })
  })
})

describe('reading Chat Completions requests', () => {
  it('reads a request with everything', () => {
    const { messages, tools, extra, ...settings } = wire.readRequest(readJsonFixture('openai-chat/request.json'))
    assert.deepEqual(messages, [
      {
        role: 'user',
        name: 'ann',
        content: [
          { type: 'text', text: 'Compare', cache: { ttl: '1h' } },
          { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' }, detail: 'high' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', text: 'Look first.' },
          { type: 'tool-call', id: 'toolu_01A', name: 'look', arguments: '{"n":1}' },
          { type: 'tool-call', id: 'call_2', name: 'look', arguments: '{"n":2}' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool-result', toolCallId: 'toolu_01A', content: [{ type: 'text', text: 'one' }] },
          { type: 'tool-result', toolCallId: 'call_2', content: [{ type: 'text', text: 'two' }] },
        ],
      },
      { role: 'system', content: [{ type: 'text', text: 'Answer in French.' }] },
      { role: 'user', content: [{ type: 'text', text: 'And?' }] },
    ])
    assert.deepEqual(
      tools.map(({ name }) => name),
      ['look'],
    )
    assert.deepEqual(settings, {
      model: 'gpt-5.6',
      stream: true,
      system: [
        { type: 'text', text: 'You are helpful.' },
        { type: 'text', text: 'Be brief.' },
      ],
      toolChoice: { type: 'required' },
      parallelToolCalls: false,
      maxTokens: 500,
      temperature: 0.2,
      topP: 0.9,
      stop: ['END'],
      seed: 7,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      output: { type: 'json' },
      reasoning: { enabled: true, effort: 'xhigh' },
      userId: 'user-7',
      metadata: { team: 'blue' },
      serviceTier: 'flex',
      cacheKey: 'k',
    })
    assert.deepEqual(extra, {
      'openai-chat': { stream_options: { include_usage: true }, verbosity: 'low', store: false, logit_bias: {} },
    })
  })

  it('hands thinking back only while tools run, as the servers want it that think aloud', () => {
    const request = wire.readRequest(readJsonFixture('openai-chat/request.json'))
    const reasoningIn = (messages: typeof request.messages) =>
      (wire.writeRequest({ ...request, messages }).messages as { reasoning_content?: string }[]).flatMap(
        (message) => message.reasoning_content ?? [],
      )
    assert.deepEqual(reasoningIn(request.messages.slice(0, 3)), ['Look first.'])
    assert.deepEqual(reasoningIn(request.messages), [])
  })

  it('keeps the names of those who speak, and says them in words to wires that have no field for them', () => {
    const image = { type: 'image_url', image_url: { url: 'https://a.example/a.png' } }
    const messages = [
      { role: 'system', name: 'example', content: 'Say hello.' },
      { role: 'user', name: 'Ann', content: 'Hello' },
      { role: 'assistant', name: 'Bea', content: 'Hello Ann' },
      { role: 'user', name: 'Cem', content: [image] },
    ]
    const request = wire.readRequest({ model: 'm', messages })
    assert.deepEqual(wire.writeRequest(request).messages, [
      { role: 'system', content: 'example: Say hello.' },
      ...messages.slice(1),
    ])
    assert.deepEqual(wires.anthropic.writeRequest(request).messages, [
      { role: 'user', content: [{ type: 'text', text: 'Ann: Hello' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Hello Ann' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Cem:' },
          { type: 'image', source: { type: 'url', url: 'https://a.example/a.png' } },
        ],
      },
    ])
    const wrong = { model: 'm', messages: [{ role: 'user', name: 7, content: 'Hello' }] }
    assert.throws(() => wire.readRequest(wrong), { name: 'WireError', field: 'messages[0].name' })
  })

  it('reads the switches of compatible servers', () => {
    const reasoningOf = (fields: object) => wire.readRequest({ model: 'm', messages: [], ...fields }).reasoning
    assert.deepEqual(reasoningOf({ reasoning_effort: 'none' }), { enabled: false })
    assert.deepEqual(reasoningOf({ reasoning: { effort: 'low', exclude: true } }), {
      enabled: true,
      effort: 'low',
      summary: 'omitted',
    })
    assert.deepEqual(reasoningOf({ reasoning: { max_tokens: 2000 } }), { enabled: true, budgetTokens: 2000 })
    assert.deepEqual(reasoningOf({ thinking: { type: 'disabled' } }), { enabled: false })
    assert.deepEqual(reasoningOf({ enable_thinking: true, thinking_budget: 50 }), { enabled: true, budgetTokens: 50 })
    assert.equal(reasoningOf({}), undefined)
  })

  const refused: [string, object][] = [
    ['model', { model: null }],
    ['messages', { messages: {} }],
    ['messages[0].role', { messages: [{ role: 'function', content: 'x' }] }],
    ['messages[0].content[0].type', { messages: [{ role: 'user', content: [{ type: 'video_url' }] }] }],
    [
      'messages[0].content[0].image_url.url',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
    ],
    ['messages[0].tool_call_id', { messages: [{ role: 'tool', content: 'x' }] }],
    [
      'messages[0].tool_calls[0].function',
      { messages: [{ role: 'assistant', tool_calls: [{ id: 'a', type: 'custom' }] }] },
    ],
    ['tools[0].function', { tools: [{ type: 'function' }] }],
    ['response_format.type', { response_format: { type: 'grammar' } }],
    ['reasoning_effort', { reasoning_effort: 'huge' }],
    ['metadata.a', { metadata: { a: 1 } }],
  ]
  for (const [field, part] of refused) {
    it(`names ${field} when it is wrong`, () => {
      assert.throws(
        () => wire.readRequest({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...part }),
        (error) => error instanceof WireError && error.field === field && error.message.includes(field),
      )
    })
  }
})
