import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type ChatEvent, noUsage, WireError, wires } from '../index.ts'
import { oneByOne, readChunks, readMeter } from '../testing/bytes.ts'
import { readFixture, readJsonFixture } from '../testing/fixture.ts'

const wire = wires.anthropic

const start: ChatEvent = { type: 'start', id: 'msg_01XFDUDYJgAACzvnptvVoYEL', model: 'claude-opus-4-6' }
const usageOf = (fields: object): ChatEvent => ({ type: 'usage', usage: { ...noUsage, ...fields } })
const signature = 'EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds'

interface Expectation {
  events: ChatEvent[]
  contentLength: number
  hasContent?: boolean
}

/** What each fixture says, and what the meter must say of it. */
const streams: Record<string, Expectation> = {
  'text.sse': {
    events: [
      start,
      usageOf({ input: 25, cacheRead: 2048, cacheWrite5m: 100, cacheWrite1h: 400, output: 1 }),
      { type: 'text', index: 0, text: 'Grüezi' },
      { type: 'text', index: 0, text: ' 世界 🌍\n"ok"' },
      { type: 'block-end', index: 0 },
      usageOf({ input: 25, cacheRead: 2048, cacheWrite5m: 100, cacheWrite1h: 400, output: 15 }),
      { type: 'finish', reason: 'stop-sequence', stopSequence: 'END' },
    ],
    contentLength: 'Grüezi 世界 🌍\n"ok"'.length,
  },
  'thinking-two-calls.sse': {
    events: [
      start,
      usageOf({ input: 472, output: 2 }),
      { type: 'thinking', index: 0, text: 'Two cities:' },
      { type: 'thinking', index: 0, text: ' two calls.' },
      { type: 'thinking', index: 0, text: '', signature, wire: 'anthropic' },
      { type: 'block-end', index: 0 },
      { type: 'text', index: 1, text: 'I will look.' },
      { type: 'block-end', index: 1 },
      { type: 'tool-call-start', index: 2, id: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6', name: 'get_weather' },
      { type: 'tool-call-delta', index: 2, json: '{"city": "Zü' },
      { type: 'tool-call-delta', index: 2, json: 'rich"}' },
      { type: 'block-end', index: 2 },
      { type: 'tool-call-start', index: 3, id: 'toolu_01U2y2gK45rBnl3uOUsO8Vq7', name: 'get_time' },
      { type: 'block-end', index: 3 },
      usageOf({ input: 472, output: 125, thinking: 64 }),
      { type: 'finish', reason: 'tool-calls' },
    ],
    contentLength: 'Two cities: two calls.I will look.{"city": "Zürich"}'.length,
  },
  'redacted-thinking.sse': {
    events: [
      start,
      usageOf({ input: 30, output: 1 }),
      { type: 'thinking', index: 0, text: '', signature: 'c2lnbmVkIG9ubHk=', wire: 'anthropic' },
      { type: 'block-end', index: 0 },
      {
        type: 'thinking',
        index: 1,
        text: '',
        encrypted: 'EmwKAhgBEgy3va3pzix/LafPsn4aDFIT2Xlxh0L5L8rLVyIwxtE3rAFBa8cr3qpPkNRj2YfWXGmKDxH4mPnZ5sQ7',
        wire: 'anthropic',
      },
      { type: 'block-end', index: 1 },
      { type: 'text', index: 2, text: 'Done.' },
      { type: 'block-end', index: 2 },
      usageOf({ input: 30, output: 44 }),
      { type: 'finish', reason: 'stop' },
    ],
    contentLength: 'Done.'.length,
  },
  'web-search.sse': {
    events: [
      start,
      usageOf({ input: 2679, output: 3 }),
      { type: 'text', index: 0, text: "I'll look it up." },
      { type: 'block-end', index: 0 },
      {
        type: 'annotation',
        index: 1,
        annotation: {
          kind: 'url',
          url: 'https://example.com/a',
          title: 'A page',
          quote: 'It is known that',
          raw: {
            type: 'web_search_result_location',
            cited_text: 'It is known that',
            url: 'https://example.com/a',
            title: 'A page',
            encrypted_index: 'Eo8BCioIAhgBIiQy',
          },
        },
      },
      { type: 'text', index: 1, text: 'It is known.' },
      { type: 'block-end', index: 1 },
      usageOf({ input: 10682, output: 510, webSearches: 1 }),
      { type: 'finish', reason: 'stop' },
    ],
    contentLength: 'I\'ll look it up.{"query":"x"}It is known.'.length,
  },
  'refusal.sse': {
    events: [
      start,
      usageOf({ input: 564, output: 1 }),
      { type: 'text', index: 0, text: 'To begin' },
      { type: 'block-end', index: 0 },
      usageOf({ input: 564, output: 22 }),
      { type: 'refusal', index: 1, text: 'This request was declined.' },
      { type: 'block-end', index: 1 },
      { type: 'finish', reason: 'refusal' },
    ],
    contentLength: 'To begin'.length,
  },
  'overloaded.sse': {
    events: [
      start,
      usageOf({ input: 100, output: 1 }),
      { type: 'text', index: 0, text: 'It was a' },
      { type: 'error', error: { kind: 'overloaded', status: 529, message: 'Overloaded' } },
    ],
    contentLength: 'It was a'.length,
  },
  'compaction-and-unknown.sse': {
    events: [
      start,
      usageOf({ input: 23_000, output: 1 }),
      { type: 'text', index: 0, text: 'On it.' },
      { type: 'block-end', index: 0 },
      usageOf({ input: 203_000, output: 4500 }),
      { type: 'finish', reason: 'pause' },
    ],
    contentLength: 'On it.'.length,
  },
}

describe('reading Messages streams', () => {
  for (const [file, { events, contentLength }] of Object.entries(streams)) {
    it(`reads and meters ${file}, whole and byte by byte`, () => {
      const bytes = readFixture(`anthropic/${file}`)
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

  it('has no content before the first block, whatever pings and usage have passed', () => {
    const [messageStart = '', ...rest] = readFixture('anthropic/text.sse')
      .toString('utf8')
      .split(/(?<=\n\n)/)
    const meter = wire.meter('stream')
    meter.push(Buffer.from(`${messageStart}event: ping\ndata: {"type":"ping"}\n\n: comment\n\n`))
    assert.equal(meter.hasContent, false)
    assert.equal(meter.usage?.cacheRead, 2048)
    meter.push(Buffer.from(rest.join('')))
    assert.equal(meter.hasContent, true)
  })

  it('reads a delta the same however it is spelled', () => {
    const start = { type: 'message_start', message: { id: 'msg_1', model: 'm' } }
    const delta = fc.record({
      kind: fc.constantFrom('text', 'thinking'),
      index: fc.constantFrom(0, 1, 7),
      text: fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })),
    })
    const frame = (event: { type: string }, json = JSON.stringify(event)) => `event: ${event.type}\ndata: ${json}\n\n`
    fc.assert(
      fc.property(fc.array(delta), fc.nat(3), (deltas, spaces) => {
        const opened = [0, 1].map((index) => ({
          type: 'content_block_start',
          index,
          content_block: index === 0 ? { type: 'text', text: '' } : { type: 'thinking', thinking: '' },
        }))
        const head = [start, ...opened].map((event) => frame(event))
        const plain = deltas.map(({ kind, index, text }) => {
          const said = { type: 'content_block_delta', index, delta: { type: `${kind}_delta`, [kind]: text } }
          return frame(said, `${JSON.stringify(said).slice(0, -1)}${' '.repeat(spaces)}}`)
        })
        const turned = deltas.map(({ kind, index, text }) =>
          frame({ delta: { [kind]: text, type: `${kind}_delta` }, index, type: 'content_block_delta' } as {
            type: string
          }),
        )
        const read = (frames: string[]) => readChunks(wire, [Buffer.from([...head, ...frames].join(''))])
        assert.deepEqual(read(plain), read(turned))
      }),
      { numRuns: 2000 },
    )
  })

  it('reads and meters servers that name no events, and tools whose input comes whole', () => {
    const events = [
      { type: 'message_start', message: { id: 'msg_1', model: 'm', usage: { input_tokens: 3, output_tokens: 0 } } },
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 't', name: 'look', input: { n: 1 } },
      },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 5 } },
      { type: 'message_stop' },
    ]
    const bytes = Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''))
    assert.deepEqual(readChunks(wire, [bytes]), [
      { type: 'start', id: 'msg_1', model: 'm' },
      usageOf({ input: 3 }),
      { type: 'tool-call-start', index: 0, id: 't', name: 'look' },
      { type: 'tool-call-delta', index: 0, json: '{"n":1}' },
      { type: 'block-end', index: 0 },
      usageOf({ input: 3, output: 5 }),
      { type: 'finish', reason: 'tool-calls' },
    ])
    const { usage, isFinished } = readMeter(wire.meter('stream'), [bytes])
    assert.deepEqual([usage?.output, isFinished], [5, true])
  })

  it('reads the same reply whole', () => {
    const body = readJsonFixture('anthropic/thinking-two-calls.json')
    assert.deepEqual(wire.readResponse(body), [
      start,
      { type: 'thinking', index: 0, text: 'Two cities: two calls.', signature, wire: 'anthropic' },
      { type: 'block-end', index: 0 },
      { type: 'text', index: 1, text: 'I will look.' },
      { type: 'block-end', index: 1 },
      { type: 'tool-call-start', index: 2, id: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6', name: 'get_weather' },
      { type: 'tool-call-delta', index: 2, json: '{"city":"Zürich"}' },
      { type: 'block-end', index: 2 },
      { type: 'tool-call-start', index: 3, id: 'toolu_01U2y2gK45rBnl3uOUsO8Vq7', name: 'get_time' },
      { type: 'tool-call-delta', index: 3, json: '{}' },
      { type: 'block-end', index: 3 },
      usageOf({ input: 472, output: 125, thinking: 64 }),
      { type: 'finish', reason: 'tool-calls' },
    ])
  })
})

describe('reading Messages requests', () => {
  it("reads a coding agent's request", () => {
    const request = wire.readRequest(readJsonFixture('anthropic/agent-request.json'))
    assert.deepEqual(
      request.messages.map(({ role, content }) => [role, ...content.map(({ type }) => type)]),
      [
        ['user', 'text'],
        ['system', 'text'],
        ['assistant', 'thinking', 'thinking', 'text', 'tool-call', 'tool-call'],
        ['user', 'tool-result', 'tool-result', 'text'],
      ],
    )
    assert.deepEqual(
      request.system.map(({ cache }) => cache),
      [undefined, { ttl: '1h' }, { ttl: '1h' }],
    )
    assert.deepEqual(request.reasoning, { enabled: true, effort: 'high', summary: 'auto' })
    assert.deepEqual([request.toolChoice, request.parallelToolCalls], [{ type: 'auto' }, false])
    assert.equal(request.userId, '{"device_id":"d","account_uuid":"","session_id":"s"}')
    assert.deepEqual(request.extra?.anthropic, {
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      output_config: { task_budget: { type: 'tokens', total: 100_000 } },
    })
  })

  it('says the same request again to its own wire', () => {
    const body = readJsonFixture('anthropic/agent-request.json') as object
    const request = wire.readRequest(body)
    const written = wire.writeRequest(request)
    assert.deepEqual(wire.readRequest(written), request)
    const { messages: _, tools: __, ...settings } = written
    assert.deepEqual({ ...body, ...settings }, body)
  })

  it('can be sent to every other wire', () => {
    const request = wire.readRequest(readJsonFixture('anthropic/agent-request.json'))
    const { parallelToolCalls: _, ...free } = request
    for (const other of Object.values(wires)) {
      const body = JSON.stringify(other.writeRequest({ ...free, model: 'm' }))
      for (const said of [
        'You are a coding agent.',
        'Look at a.png',
        'Some tools load later.',
        'iVBORw0KGgo',
        'ToolSearch',
      ]) {
        assert.ok(body.includes(said), `${other.name} must say ${said}`)
      }
    }
  })

  it('reads a schema under its older name too', () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false }
    const format = { type: 'json_schema', schema }
    const body = { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] }
    for (const fields of [{ output_format: format }, { output_config: { format } }]) {
      assert.deepEqual(wire.readRequest({ ...body, ...fields }).output, { type: 'json-schema', schema })
    }
  })

  const refused: [string, object][] = [
    ['model', { model: 1 }],
    ['messages', { messages: 'Hi' }],
    ['messages[0].role', { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages[0].content[0].type', { messages: [{ role: 'user', content: [{ type: 'video' }] }] }],
    [
      'messages[0].content[0].source.type',
      { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'x' } }] }] },
    ],
    ['messages[0].content[0].tool_use_id', { messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] }],
    ['tool_choice.type', { tool_choice: { type: 'maybe' } }],
    ['max_tokens', { max_tokens: 1.5 }],
    ['stop_sequences[0]', { stop_sequences: [1] }],
    ['output_format.type', { output_format: { type: 'xml' } }],
    ['output_config.effort', { output_config: { effort: 'huge' } }],
  ]
  for (const [field, part] of refused) {
    it(`names ${field} when it is wrong`, () => {
      const body = { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }], ...part }
      assert.throws(
        () => wire.readRequest(body),
        (error) => error instanceof WireError && error.field === field && error.message.includes(field),
      )
    })
  }
})
