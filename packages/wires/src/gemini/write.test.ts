import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type ChatEvent,
  type ChatRequest,
  createGeminiArrayWriter,
  type OutputFormat,
  type Reasoning,
  SseDecoder,
  type ToolDefinition,
  wires,
} from '../index.ts'
import { readChunks, streamOf, writeContext } from '../testing/bytes.ts'
import { called, reply, said } from '../testing/replies.ts'

const wire = wires.gemini

const base: ChatRequest = {
  model: 'gemini-3.5-pro',
  stream: false,
  system: [],
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  tools: [],
}

describe('writing Gemini requests', () => {
  it('goes to the path of the model and of the kind of reply', () => {
    assert.equal(
      wire.requestPath({ model: 'gemini-3.5-pro', stream: false }),
      '/v1beta/models/gemini-3.5-pro:generateContent',
    )
    assert.equal(
      wire.requestPath({ model: 'tunedModels/mine', stream: true }),
      '/v1beta/tunedModels/mine:streamGenerateContent?alt=sse',
    )
    assert.equal(wire.requestPath({ model: 'a?b#c', stream: false }), '/v1beta/models/a%3Fb%23c:generateContent')
  })

  const amounts: [string, Reasoning, object | undefined][] = [
    ['gemini-3.5-pro', { effort: 'minimal' }, { thinkingLevel: 'LOW' }],
    ['gemini-3.5-pro', { enabled: true, effort: 'max', budgetTokens: 9000 }, { thinkingLevel: 'HIGH' }],
    ['gemini-3.5-pro', { budgetTokens: 9000 }, { thinkingLevel: 'MEDIUM' }],
    ['gemini-3.5-pro', { enabled: true }, { thinkingBudget: -1 }],
    ['gemini-3.5-pro', { enabled: false }, { thinkingLevel: 'LOW' }],
    ['gemini-3-pro-preview', { effort: 'medium' }, { thinkingLevel: 'LOW' }],
    ['gemini-pro-latest', { enabled: false }, { thinkingLevel: 'LOW' }],
    ['gemini-3.6-flash', { enabled: false }, { thinkingLevel: 'MINIMAL' }],
    ['gemini-3.7-flash', { effort: 'minimal' }, { thinkingLevel: 'LOW' }],
    ['google/gemini-3.7-flash-lite', { effort: 'minimal' }, { thinkingLevel: 'MINIMAL' }],
    ['gemini-4-argon', { enabled: false }, { thinkingLevel: 'LOW' }],
    ['gemini-4-hydrogen', { effort: 'max' }, { thinkingLevel: 'XHIGH' }],
    ['gemini-2.0-flash', { enabled: true, effort: 'high', summary: 'auto' }, undefined],
    ['gemini-1.5-pro-002', { enabled: false }, undefined],
    ['gemini-2.5-flash-lite', { budgetTokens: 100 }, { thinkingBudget: 512 }],
    ['some-model', { effort: 'minimal' }, { thinkingLevel: 'MINIMAL' }],
    ['some-model', { enabled: false }, { thinkingBudget: 0 }],
    ['gemini-2.5-flash', { effort: 'medium' }, { thinkingBudget: 8192 }],
    ['gemini-2.5-flash', { effort: 'high', budgetTokens: 31_999 }, { thinkingBudget: 24_576 }],
    ['gemini-2.5-flash', { enabled: false, effort: 'high' }, { thinkingBudget: 0 }],
    ['gemini-2.5-pro', { enabled: false }, { thinkingBudget: 128 }],
    ['gemini-2.5-pro', { summary: 'omitted' }, { includeThoughts: false }],
    ['gemini-2.5-pro', {}, undefined],
  ]
  for (const [model, reasoning, expected] of amounts) {
    it(`tells ${model} to think ${JSON.stringify(reasoning)}`, () => {
      const { generationConfig } = wire.writeRequest({ ...base, model, reasoning }) as { generationConfig?: object }
      assert.deepEqual(generationConfig, expected && { thinkingConfig: expected })
    })
  }

  it('leaves out penalties where they are not taken', () => {
    const settingsOf = (model: string) =>
      wire.writeRequest({ ...base, model, presencePenalty: 0.5, frequencyPenalty: 0.5 }).generationConfig
    for (const model of ['gemini-1.5-pro', 'gemini-2.5-flash', 'gemini-3.5-pro', 'gemini-flash-latest'])
      assert.equal(settingsOf(model), undefined, model)
    for (const model of ['gemini-2.0-flash', 'some-model'])
      assert.deepEqual(settingsOf(model), { presencePenalty: 0.5, frequencyPenalty: 0.5 }, model)
  })

  it('asks in words for JSON where it is no setting beside tools', () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } } }
    const write = (model: string, output: OutputFormat, tools: ToolDefinition[]) => {
      const { systemInstruction, generationConfig } = wire.writeRequest({ ...base, model, output, tools })
      const [part] = (systemInstruction as { parts: { text: string }[] } | undefined)?.parts ?? []
      return [part?.text, generationConfig] as const
    }
    const tools = [{ name: 'look' }]
    const json = { type: 'json' } as const
    const withSchema = { type: 'json-schema', schema } as const
    assert.deepEqual(write('gemini-2.5-pro', json, tools), [
      'Reply with one valid JSON object and nothing else.',
      undefined,
    ])
    const [words, settings] = write('gemini-2.0-flash', withSchema, tools)
    assert.match(words ?? '', /"city":\{"type":"string"\}/)
    assert.equal(settings, undefined)
    const setting = { responseMimeType: 'application/json' }
    assert.deepEqual(write('gemini-2.5-pro', json, []), [undefined, setting])
    assert.deepEqual(write('gemini-3.5-pro', json, tools), [undefined, setting])
    assert.deepEqual(write('gemini-2.5-pro', { type: 'text' }, tools), [undefined, undefined])
  })

  it('writes schemas as JSON Schema without what Gemini refuses', () => {
    const parameters = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { const: { const: 'a' }, node: { $ref: '#/$defs/node', description: 'x' } },
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
      required: ['const'],
    }
    const { tools } = wire.writeRequest({ ...base, tools: [{ name: 'f', parameters }] })
    const parametersJsonSchema = {
      type: 'object',
      properties: { const: { enum: ['a'] }, node: { $ref: '#/$defs/node' } },
      $defs: parameters.$defs,
      required: ['const'],
    }
    assert.deepEqual(tools, [{ functionDeclarations: [{ name: 'f', parametersJsonSchema }] }])
  })

  const assistantCalls = (signature?: string): ChatRequest['messages'] => [
    ...base.messages,
    {
      role: 'assistant',
      content: [
        {
          type: 'tool-call',
          id: 'call_1',
          name: 'f',
          arguments: '{}',
          ...(signature === undefined ? {} : { signature }),
        },
        { type: 'tool-call', id: 'call_2', name: 'f', arguments: '{}' },
      ],
    },
  ]
  const signatures = (request: ChatRequest) => {
    const { contents } = wire.writeRequest(request) as unknown as {
      contents: { parts: { thoughtSignature?: string }[] }[]
    }
    return contents.at(-1)?.parts.map(({ thoughtSignature }) => thoughtSignature)
  }

  it('signs the first call of another model where the model insists on it, and reads that back as none', () => {
    const messages = assistantCalls()
    assert.deepEqual(signatures({ ...base, messages }), ['skip_thought_signature_validator', undefined])
    assert.deepEqual(signatures({ ...base, messages, model: 'gemini-2.5-pro' }), [undefined, undefined])
    const own = assistantCalls('c2ln')
    assert.deepEqual(signatures({ ...base, messages: own }), ['c2ln', undefined])
    const back = wire.readRequest(wire.writeRequest({ ...base, messages }), { model: base.model, stream: false })
    assert.deepEqual(back.messages, messages)
  })

  it('signs a first call that is not signed also where a later one is', () => {
    const messages = assistantCalls()
    const last = messages.at(-1)
    const second = last?.content[1]
    assert.ok(second?.type === 'tool-call')
    second.signature = 'c2ln'
    assert.deepEqual(signatures({ ...base, messages }), ['skip_thought_signature_validator', 'c2ln'])
  })

  it('shows the pictures of a result after it where a result holds words alone', () => {
    const png = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } } as const
    const words = (text: string) => ({ type: 'text' as const, text })
    const messages: ChatRequest['messages'] = [
      ...assistantCalls(),
      {
        role: 'user',
        content: [
          { type: 'tool-result', toolCallId: 'call_1', toolName: 'f', content: [words('a'), png] },
          { type: 'tool-result', toolCallId: 'call_2', toolName: 'f', content: [words('b')] },
          words('Which?'),
        ],
      },
    ]
    const partsFor = (model: string) => {
      const { contents } = wire.writeRequest({ ...base, model, messages })
      return (contents as { parts: object[] }[]).at(-1)?.parts
    }
    const resultOf = (id: string, output: string, more = {}) => ({
      functionResponse: { id, name: 'f', response: { output }, ...more },
    })
    const inlineData = { mimeType: 'image/png', data: 'AAAA' }
    for (const model of ['gemini-2.5-pro', 'gemini-2.0-flash'])
      assert.deepEqual(partsFor(model), [
        resultOf('call_1', 'a'),
        resultOf('call_2', 'b'),
        { text: 'From the result of the tool call call_1:' },
        { inlineData },
        { text: 'Which?' },
      ])
    assert.deepEqual(partsFor('gemini-3.5-pro'), [
      resultOf('call_1', 'a', { parts: [{ inlineData }] }),
      resultOf('call_2', 'b'),
      { text: 'Which?' },
    ])
  })

  it('gives results in other order and with several texts back as they were', () => {
    const texts = (...all: string[]) => all.map((text) => ({ type: 'text' as const, text }))
    const messages: ChatRequest['messages'] = [
      ...assistantCalls('c2ln'),
      {
        role: 'user',
        content: [
          { type: 'tool-result', toolCallId: 'call_2', toolName: 'f', content: texts('a', 'b') },
          { type: 'tool-result', toolCallId: 'call_1', toolName: 'f', content: texts('{"x":1}'), isError: true },
        ],
      },
    ]
    const written = wire.writeRequest({ ...base, messages })
    assert.deepEqual(wire.readRequest(written, { model: base.model, stream: false }).messages, messages)
  })
})

describe('writing Gemini replies', () => {
  it('says each piece of text at once', () => {
    const write = wire.writeStream(writeContext)
    const written = reply(said(0, 'a', 'b', 'c')).map((event) => write(event) !== '')
    assert.deepEqual(written, [false, true, true, true, false, false, true])
  })

  it('ends as malformed when the arguments of a call are no object', () => {
    const events = reply(called(0, { id: 'call_1', name: 'f' }, '{"a":'), 'tool-calls')
    const read = readChunks(wire, [streamOf(wire, events)])
    assert.deepEqual(read.at(-1), { type: 'finish', reason: 'malformed-tool-call' })
    assert.deepEqual(wire.readResponse(wire.writeResponse(events, writeContext)).at(-1), read.at(-1))
  })

  it('counts the places of sources in bytes', () => {
    const annotation = {
      kind: 'url',
      url: 'https://a.example',
      title: 'A',
      quote: '東京 🌤',
      start: 7,
      end: 12,
    } as const
    const events: ChatEvent[] = reply([
      { type: 'text', index: 0, text: 'Grüezi 東京 🌤️' },
      { type: 'annotation', index: 0, annotation },
      { type: 'block-end', index: 0 },
    ])
    for (const read of [
      readChunks(wire, [streamOf(wire, events)]),
      wire.readResponse(wire.writeResponse(events, writeContext)),
    ]) {
      assert.deepEqual(
        read.find((event) => event.type === 'annotation'),
        events[2],
      )
    }
  })

  it('carries the opaque thinking of other wires as base64', () => {
    const opaque = { encrypted: 'gAAAA', id: 'rs_1', wire: 'openai-responses' } as const
    const events = reply([
      { type: 'thinking', index: 0, text: 'Hm.', ...opaque },
      { type: 'block-end', index: 0 },
    ])
    const body = wire.writeResponse(events, writeContext) as unknown as {
      candidates: { content: { role: string; parts: { thoughtSignature: string }[] } }[]
    }
    const content = body.candidates[0]?.content
    assert.match(content?.parts[0]?.thoughtSignature ?? '', /^[A-Za-z0-9+/]+=*$/)
    const { messages } = wire.readRequest({ contents: [content] }, { model: 'm', stream: false })
    assert.deepEqual(messages[0]?.content, [{ type: 'thinking', text: 'Hm.', ...opaque }])
    const { contents } = wire.writeRequest({ ...base, messages })
    assert.deepEqual(contents, [], 'no Gemini upstream gets what it did not make')
  })

  it('makes one JSON array of a stream', () => {
    const stream = new SseDecoder().push(streamOf(wire, reply(said(0, 'a', 'b'))))
    const writer = createGeminiArrayWriter()
    const text = stream.map((event) => writer.write(event)).join('') + writer.end()
    assert.deepEqual(
      JSON.parse(text),
      stream.map(({ data }) => JSON.parse(data) as unknown),
    )
    const empty = createGeminiArrayWriter()
    assert.deepEqual(JSON.parse(empty.end()), [])
  })
})
