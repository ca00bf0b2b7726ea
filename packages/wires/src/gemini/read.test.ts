import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ChatEvent, type ChatRequest, noUsage, WireError, wires } from '../index.ts'
import { oneByOne, readChunks, readMeter } from '../testing/bytes.ts'
import { readFixture, readJsonFixture } from '../testing/fixture.ts'

const wire = wires.gemini

const start: ChatEvent = { type: 'start', id: 'mAitaLmkHPPlz7IPvtfUqQ4', model: 'gemini-3.5-pro' }

/** Events without the usage that stands for nothing because a later one came. */
function withLastUsage(events: ChatEvent[]): ChatEvent[] {
  const last = events.findLast(({ type }) => type === 'usage')
  return events.filter((event) => event.type !== 'usage' || event === last)
}

/** What each fixture says, and what the meter must say of it. */
const streams: Record<string, ChatEvent[]> = {
  'thoughts-text-signature.sse': [
    start,
    { type: 'thinking', index: 0, text: '**Weighing** it.' },
    { type: 'thinking', index: 0, text: ' Done.' },
    { type: 'block-end', index: 0 },
    { type: 'text', index: 1, text: 'Grüezi ' },
    { type: 'text', index: 1, text: '東京 🌤️' },
    { type: 'block-end', index: 1 },
    { type: 'thinking', index: 2, text: '', signature: 'CiQBcsjafA==', wire: 'gemini' },
    { type: 'block-end', index: 2 },
    { type: 'usage', usage: { ...noUsage, input: 120, output: 9, thinking: 40 } },
    { type: 'finish', reason: 'stop' },
  ],
  'two-calls-without-ids.sse': [
    start,
    { type: 'tool-call-start', index: 0, id: 'first', name: 'get_weather', signature: 'CiQBcsjafB==' },
    { type: 'tool-call-delta', index: 0, json: '{"city":"Zürich"}' },
    { type: 'block-end', index: 0 },
    { type: 'tool-call-start', index: 1, id: 'second', name: 'get_weather' },
    { type: 'tool-call-delta', index: 1, json: '{"city":"東京"}' },
    { type: 'block-end', index: 1 },
    { type: 'usage', usage: { ...noUsage, input: 80, output: 24 } },
    { type: 'finish', reason: 'tool-calls' },
  ],
  'grounded.sse': [
    start,
    { type: 'text', index: 0, text: 'Zürich ist schön.' },
    { type: 'text', index: 0, text: ' Ja.' },
    {
      type: 'annotation',
      index: 0,
      annotation: {
        kind: 'url',
        url: 'https://example.com/z',
        title: 'example.com',
        quote: 'Zürich ist schön.',
        start: 0,
        end: 17,
      },
    },
    { type: 'block-end', index: 0 },
    { type: 'usage', usage: { ...noUsage, input: 70, output: 6 } },
    { type: 'finish', reason: 'stop' },
  ],
  'blocked-prompt.sse': [
    start,
    { type: 'usage', usage: { ...noUsage, input: 12 } },
    { type: 'finish', reason: 'content-filter' },
  ],
  'filtered.sse': [
    start,
    { type: 'text', index: 0, text: 'As for' },
    { type: 'block-end', index: 0 },
    { type: 'usage', usage: { ...noUsage, input: 9, output: 2 } },
    { type: 'finish', reason: 'content-filter' },
  ],
}

describe('reading Gemini streams', () => {
  for (const [file, expected] of Object.entries(streams)) {
    it(`reads and meters ${file}, whole and byte by byte`, () => {
      const bytes = readFixture(`gemini/${file}`)
      const events = readChunks(wire, [bytes])
      assert.deepEqual(withMadeIds(withLastUsage(events)), withMadeIds(expected))
      assert.deepEqual(readChunks(wire, oneByOne(bytes)), events)
      const meter = readMeter(wire.meter('stream'), oneByOne(bytes))
      assert.deepEqual(meter.usage, expected.find((event) => event.type === 'usage')?.usage)
      assert.deepEqual([meter.isFinished, meter.hasContent, meter.error], [true, true, undefined])
    })
  }

  it('makes ids that are the same each time and differ between calls and replies', () => {
    const idsOf = (text: string) =>
      readChunks(wire, [Buffer.from(text)]).flatMap((event) => (event.type === 'tool-call-start' ? [event.id] : []))
    const text = readFixture('gemini/two-calls-without-ids.sse').toString('utf8')
    const ids = idsOf(text)
    assert.deepEqual(idsOf(text), ids)
    assert.equal(new Set([...ids, ...idsOf(text.replaceAll('mAitaLmkHPPlz7IPvtfUqQ4', 'other'))]).size, 4)
    for (const id of ids) assert.match(id, /^call_[\w-]{24}$/)
  })

  it('reads a whole reply with all kinds of parts', () => {
    assert.deepEqual(wire.readResponse(readJsonFixture('gemini/whole.json')), [
      start,
      { type: 'thinking', index: 0, text: '**Weighing** it.' },
      { type: 'block-end', index: 0 },
      { type: 'text', index: 1, text: 'Here.' },
      { type: 'block-end', index: 1 },
      { type: 'tool-call-start', index: 2, id: 'fc-7', name: 'draw', signature: 'CiQBcsjafB==' },
      { type: 'tool-call-delta', index: 2, json: '{}' },
      { type: 'block-end', index: 2 },
      { type: 'image', index: 3, mediaType: 'image/png', data: 'iVBORw0KGgo=' },
      { type: 'block-end', index: 3 },
      { type: 'usage', usage: { ...noUsage, input: 120, output: 30, thinking: 40 } },
      { type: 'finish', reason: 'tool-calls' },
    ])
  })

  it('reads when to come back out of an error', () => {
    const error = wire.readError(429, {}, readFixture('gemini/rate-limit.json'))
    assert.deepEqual([error.kind, error.code, error.retryAfterMs], ['rate-limit', 'RESOURCE_EXHAUSTED', 34_075])
  })

  it('knows a wrong key by its details', () => {
    const body = {
      error: {
        code: 400,
        message: 'API key not valid.',
        status: 'INVALID_ARGUMENT',
        details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }],
      },
    }
    assert.equal(wire.readError(400, {}, Buffer.from(JSON.stringify([body]))).kind, 'authentication')
  })
})

/** Made ids are hashes: what counts is tested by itself. */
function withMadeIds(events: ChatEvent[]): ChatEvent[] {
  return events.map((event) => (event.type === 'tool-call-start' ? { ...event, id: 'made' } : event))
}

describe('reading Gemini requests', () => {
  const read = (body: object): ChatRequest =>
    wire.readRequest({ contents: [{ parts: [{ text: 'Hi' }] }], ...body }, { model: 'gemini-3.5-pro', stream: false })

  it('reads snake_case, and leaves the names that clients chose alone', () => {
    const request = wire.readRequest(readJsonFixture('gemini/request.json'), { model: 'm', stream: true })
    assert.deepEqual(request, {
      model: 'm',
      stream: true,
      system: [
        { type: 'text', text: 'Be brief.' },
        { type: 'text', text: 'Be kind.' },
      ],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Compare' },
            { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
            {
              type: 'document',
              source: {
                kind: 'file',
                fileId: 'https://generativelanguage.googleapis.com/v1beta/files/abc',
                mediaType: 'application/pdf',
              },
            },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', text: 'Hm.', signature: 'CiQBcsjafA==', wire: 'gemini' },
            { type: 'tool-call', id: 'call_0', name: 'look', arguments: '{"snake_case":1}', signature: 'CiQBcsjafB==' },
            { type: 'tool-call', id: 'call_1', name: 'find', arguments: '{}' },
            { type: 'tool-call', id: 'call_2', name: 'look', arguments: '{}' },
          ],
        },
        {
          role: 'user',
          content: [
            { ...result('call_1', 'find'), content: [{ type: 'text', text: '{"items":[1]}' }] },
            { ...result('call_0', 'look'), content: [{ type: 'text', text: 'first' }] },
            { ...result('call_2', 'look'), content: [{ type: 'text', text: 'second' }], isError: true },
            { type: 'text', text: 'Go on' },
          ],
        },
      ],
      tools: [
        {
          name: 'look',
          description: 'Looks',
          parameters: {
            type: 'object',
            properties: {
              snake_case: { type: ['integer', 'null'] },
              list: { type: 'array', minItems: 1, items: { type: 'string', enum: ['a'] } },
            },
            required: ['list'],
          },
        },
        { name: 'find', parameters: { type: 'object', properties: {} } },
      ],
      toolChoice: { type: 'tool', name: 'look' },
      maxTokens: 256,
      temperature: 0.2,
      topP: 0.9,
      topK: 40,
      stop: ['END'],
      output: { type: 'json-schema', schema: { type: 'object', properties: { ok: { type: 'boolean' } } } },
      reasoning: { budgetTokens: 1024, summary: 'auto' },
      extra: {
        gemini: {
          safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
          generationConfig: { mediaResolution: 'MEDIA_RESOLUTION_LOW' },
        },
      },
    })
  })

  function result(toolCallId: string, toolName: string) {
    return { type: 'tool-result' as const, toolCallId, toolName }
  }

  it('says extra fields again to its own wire', () => {
    const request = read({
      cachedContent: 'cachedContents/1',
      generationConfig: { responseModalities: ['TEXT'], seed: 1 },
    })
    const { contents: _, ...settings } = wire.writeRequest(request)
    assert.deepEqual(settings, {
      cachedContent: 'cachedContents/1',
      generationConfig: { responseModalities: ['TEXT'], seed: 1 },
    })
  })

  for (const [field, body] of Object.entries({
    contents: { contents: 'Hi' },
    'contents[0].role': { contents: [{ role: 'system', parts: [] }] },
    'contents[0].parts[0]': { contents: [{ role: 'model', parts: [{ serverToolCall: { name: 'x' } }] }] },
    'contents[0].parts[0].functionResponse': {
      contents: [{ role: 'user', parts: [{ functionResponse: { name: 'f', response: {} } }] }],
    },
    'contents[0].parts[0].inlineData.mimeType': { contents: [{ parts: [{ inlineData: { data: 'AAAA' } }] }] },
    'generationConfig.candidateCount': { generationConfig: { candidateCount: 2 } },
    'generationConfig.temperature': { generationConfig: { temperature: 'hot' } },
    'generationConfig.thinkingConfig.thinkingLevel': {
      generationConfig: { thinkingConfig: { thinkingLevel: 'HUGE' } },
    },
    'toolConfig.functionCallingConfig.mode': { toolConfig: { functionCallingConfig: { mode: 'SOMETIMES' } } },
    'tools[0].functionDeclarations[0].name': { tools: [{ functionDeclarations: [{}] }] },
  })) {
    it(`names ${field} when it is wrong`, () => {
      assert.throws(
        () => read(body),
        (error) => error instanceof WireError && error.field === field,
      )
    })
  }

  it('refuses a schema that is nested without end', () => {
    const deep = '{"items":'.repeat(5000) + '{}' + '}'.repeat(5000)
    const tools = [{ functionDeclarations: [{ name: 'f', parameters: JSON.parse(deep) as object }] }]
    assert.throws(() => read({ tools }), WireError)
  })
})
