import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses'
import { accumulateResponse } from 'openai/lib/responses/ResponseAccumulator'
import { type ChatEvent, type ChatRequest, SseDecoder, WireError, wires } from '../index.ts'
import { asJson, readChunks, streamOf, writeContext } from '../testing/bytes.ts'
import { called, overloaded, reply, said } from '../testing/replies.ts'

const wire = wires['openai-responses']

const base: ChatRequest = {
  model: 'gpt-test',
  stream: false,
  system: [],
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  tools: [],
}

function eventsOf(events: ChatEvent[]): ResponseStreamEvent[] {
  return new SseDecoder().push(streamOf(wire, events)).map(({ event, data }) => {
    const said = JSON.parse(data) as ResponseStreamEvent
    assert.equal(said.type, event)
    return said
  })
}

/** What OpenAI's strict accumulator makes of the stream, which must be what its last event shows. */
function accumulate(events: ChatEvent[]): Response {
  let snapshot: Response | undefined
  for (const event of eventsOf(events).slice(0, -1)) snapshot = accumulateResponse(event, snapshot)
  assert.ok(snapshot)
  return snapshot
}

describe('writing Responses replies', () => {
  it('says each event at once', () => {
    const write = wire.writeStream(writeContext)
    const written = reply(said(0, 'a', 'b')).map((event) => write(event) !== '')
    assert.deepEqual(written, [true, true, true, true, false, true])
  })

  const interleaved: ChatEvent[] = [
    { type: 'text', index: 0, text: 'Let me ' },
    { type: 'tool-call-start', index: 1, id: 'call_1', name: 'f' },
    { type: 'tool-call-start', index: 2, id: 'call_2', name: 'f' },
    { type: 'tool-call-delta', index: 2, json: '{"b"' },
    { type: 'text', index: 0, text: 'look.' },
    { type: 'tool-call-delta', index: 1, json: '{"a":1}' },
    { type: 'tool-call-delta', index: 2, json: ':2}' },
    { type: 'block-end', index: 2 },
    { type: 'block-end', index: 0 },
  ]
  const cited: ChatEvent[] = [
    { type: 'text', index: 0, text: 'Known' },
    {
      type: 'annotation',
      index: 0,
      annotation: { kind: 'url', url: 'https://a.example', title: 'A', start: 0, end: 5 },
    },
    { type: 'block-end', index: 0 },
    { type: 'text', index: 1, text: ', and more' },
    { type: 'annotation', index: 1, annotation: { kind: 'file', fileId: 'file-1', title: 'a.pdf' } },
    { type: 'block-end', index: 1 },
    { type: 'image', index: 2, mediaType: 'image/png', data: 'AAAA' },
    { type: 'block-end', index: 2 },
    { type: 'text', index: 3, text: 'There.' },
    { type: 'block-end', index: 3 },
  ]

  for (const [title, blocks] of Object.entries({ 'interleaved blocks': interleaved, 'sources and images': cited })) {
    it(`adds up to what the last event shows: ${title}`, () => {
      const events = reply(blocks)
      const last = eventsOf(events).at(-1)
      assert.ok(last?.type === 'response.completed')
      assert.deepEqual(asJson(accumulate(events).output), last.response.output)
      assert.deepEqual(asJson(wire.writeResponse(events, writeContext)), asJson(last.response))
    })
  }

  it('keeps texts that follow one another in one message, and ends blocks that were left open', () => {
    const output = accumulate(reply(interleaved)).output
    assert.deepEqual(
      output.map((item) => item.type === 'function_call' && item.arguments),
      [false, '{"a":1}', '{"b":2}'],
    )
    const messages = accumulate(reply(cited)).output.map((item) => item.type === 'message' && item.content.length)
    assert.deepEqual(messages, [2, false, 1])
  })

  it('fails the reply after the error, also when nothing had begun', () => {
    const failed = eventsOf([
      ...reply(said(0, 'a')).slice(0, 2),
      { type: 'error', error: { ...overloaded, retryAfterMs: 1300 } },
    ])
    assert.deepEqual(
      failed.slice(-2).map(({ type }) => type),
      ['error', 'response.failed'],
    )
    const last = failed.at(-1)
    assert.ok(last?.type === 'response.failed')
    assert.deepEqual(last.response.error, {
      code: 'server_is_overloaded',
      message: 'Overloaded Please try again in 1.3s.',
    })
    const early = eventsOf([{ type: 'error', error: overloaded }])
    assert.deepEqual(
      early.map(({ type }) => type),
      ['error', 'response.failed'],
    )
  })

  it('fails a stream of which it knows nothing, and says which prompts are too long by their own code', () => {
    const long = { kind: 'invalid-request', status: 400, message: 'Too long', code: 'context_length_exceeded' } as const
    const codes = [long, { ...long, code: 'INVALID_ARGUMENT' }].map((error) => {
      const [first, last] = new SseDecoder().push(Buffer.from(wire.writeStreamError(error)))
      assert.equal(first?.event, 'error')
      const said = JSON.parse(last?.data ?? '') as { type: string; response: { error: { code: string } } }
      assert.equal(said.type, 'response.failed')
      return said.response.error.code
    })
    assert.deepEqual(codes, ['context_length_exceeded', 'invalid_prompt'])
  })

  it('fails a reply whose tool call the model did not manage', () => {
    const events = reply(called(0, { id: 'call_1', name: 'f' }, '{"a":'), 'malformed-tool-call')
    assert.equal(readChunks(wire, [streamOf(wire, events)]).at(-1)?.type, 'error')
  })

  it('throws for a whole reply that failed', () => {
    assert.throws(() => wire.writeResponse([{ type: 'error', error: overloaded }], writeContext), WireError)
  })

  it('answers with the settings of the request', () => {
    const body = {
      model: 'gpt-test',
      input: 'Hi',
      instructions: 'Be brief.',
      temperature: 0.2,
      max_output_tokens: 300,
      metadata: { team: 'blue' },
      previous_response_id: 'resp_0',
      reasoning: { effort: 'low' },
      text: { verbosity: 'low', format: { type: 'json_object' } },
      tool_choice: { type: 'function', name: 'f' },
      tools: [{ type: 'function', name: 'f', parameters: {}, strict: true }],
      parallel_tool_calls: false,
    }
    const request = wire.readRequest(body)
    const response = wire.writeResponse(reply(said(0, 'Hi')), { ...writeContext, request })
    const { input: _, model: __, reasoning, ...echoed } = body
    for (const [key, value] of Object.entries(echoed)) assert.deepEqual(response[key], value, key)
    assert.deepEqual(response.reasoning, { ...reasoning, summary: null })
    assert.deepEqual([response.store, response.model], [true, 'model-1'])
  })
})

describe('writing Responses requests', () => {
  it('puts one instruction into its field and further ones before the conversation', () => {
    const system = ['One', 'Two', 'Three'].map((text) => ({ type: 'text' as const, text }))
    const { instructions, input } = wire.writeRequest({ ...base, system })
    assert.equal(instructions, 'One')
    assert.deepEqual((input as unknown[])[0], {
      type: 'message',
      role: 'developer',
      content: [
        { type: 'input_text', text: 'Two' },
        { type: 'input_text', text: 'Three' },
      ],
    })
    assert.deepEqual(wire.readRequest(wire.writeRequest({ ...base, system })).system, system)
  })

  it('tells long names of users by their hash and never asks for fewer tokens than OpenAI gives', () => {
    const { user, max_output_tokens: tokens } = wire.writeRequest({ ...base, userId: 'x'.repeat(65), maxTokens: 1 })
    assert.match(JSON.stringify(user), /^"[0-9a-f]{64}"$/)
    assert.equal(tokens, 16)
  })

  it('is not strict about tools unless it is asked to be', () => {
    const tools = [{ name: 'f' }, { name: 'g', strict: true }]
    assert.deepEqual(
      (wire.writeRequest({ ...base, tools }).tools as { strict: boolean }[]).map(({ strict }) => strict),
      [false, true],
    )
  })

  it('asks for encrypted reasoning where it could not be handed back otherwise', () => {
    const includeOf = (request: ChatRequest) => wire.writeRequest(request).include
    assert.deepEqual(includeOf({ ...base, reasoning: { enabled: true, effort: 'high' } }), [
      'reasoning.encrypted_content',
    ])
    assert.equal(includeOf({ ...base, reasoning: { enabled: false } }), undefined)
    const stored = wire.readRequest({ model: 'm', input: 'Hi', reasoning: { effort: 'high' } })
    assert.equal(includeOf(stored), undefined)
  })

  it('gives documents back as they were', () => {
    const content: ChatRequest['messages'][number] = {
      role: 'user',
      content: [
        { type: 'document', source: { kind: 'text', text: 'Grüezi' }, title: 'a.txt' },
        { type: 'document', source: { kind: 'text', text: 'Grüezi' } },
        { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'AAAA' } },
        { type: 'document', source: { kind: 'url', url: 'https://a.example/a.pdf' } },
        { type: 'document', source: { kind: 'file', fileId: 'file-1' } },
        { type: 'image', source: { kind: 'file', fileId: 'file-2' } },
      ],
    }
    const request = { ...base, messages: [content] }
    assert.deepEqual(wire.readRequest(wire.writeRequest(request)).messages, [content])
  })
})
