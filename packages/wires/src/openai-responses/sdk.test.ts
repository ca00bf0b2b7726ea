import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, jsonSchema, streamText, tool } from 'ai'
import OpenAI, { APIError, AuthenticationError, BadRequestError, InternalServerError, RateLimitError } from 'openai'
import type { Response, ResponseInput, Tool } from 'openai/resources/responses/responses'
import { wires } from '../index.ts'
import { type DoorAnswer, openDoor } from '../testing/door.ts'
import { broken, called, overloaded, reply, said, thought, usageOfReply } from '../testing/replies.ts'

/** OpenAI's own client and the AI SDK against this wire: what they accept is what counts. */

const wire = wires['openai-responses']

function openResponsesDoor(answer: (call: number) => DoorAnswer) {
  return openDoor(wire, (_request, call) => answer(call))
}

function clientOf(url: string): OpenAI {
  return new OpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1`, maxRetries: 0 })
}

const weather: Tool = {
  type: 'function',
  name: 'weather',
  description: 'The weather of a city',
  strict: true,
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
}

function assertIsWhole(response: Response): void {
  assert.match(response.id, /^resp_/)
  assert.equal(response.object, 'response')
  assert.equal(response.status, 'completed')
  assert.equal(response.model, 'gpt-test')
  assert.deepEqual(response.usage, {
    input_tokens: 140,
    input_tokens_details: { cached_tokens: 40, cache_write_tokens: 0 },
    output_tokens: 32,
    output_tokens_details: { reasoning_tokens: 12 },
    total_tokens: 172,
  })
}

describe('the openai client on the Responses wire', () => {
  it('reads a whole reply', async () => {
    await using door = await openResponsesDoor(() => reply(said(0, 'Hello', ' there')))
    const response = await clientOf(door.url).responses.create({ model: 'gpt-test', input: 'Hi', store: false })
    assert.equal(response.output_text, 'Hello there')
    assertIsWhole(response)
    assert.deepEqual(door.requests[0]?.messages, [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }])
  })

  it('accumulates a stream with thinking, text and two calls into the reply that the stream ends with', async () => {
    const calls = [
      ...called(2, { id: 'toolu_1', name: 'weather' }, '{"city":"Paris"}'),
      ...called(3, { id: 'toolu_2', name: 'weather' }, '{"city":"Rome"}'),
    ]
    const events = [...thought(0, 'Two cities.', 'SIGNATURE'), ...said(1, 'Let me', ' look.'), ...calls]
    await using door = await openResponsesDoor(() => reply(events, 'tool-calls'))
    const stream = clientOf(door.url).responses.stream({ model: 'gpt-test', input: 'Weather?', tools: [weather] })
    const numbers: number[] = []
    const summaries: string[] = []
    for await (const event of stream) {
      if ('sequence_number' in event) numbers.push(event.sequence_number)
      if (event.type === 'response.reasoning_summary_text.delta') summaries.push(event.delta)
    }
    const response = await stream.finalResponse()
    assert.deepEqual(numbers, [...numbers.keys()])
    assert.deepEqual(summaries, ['Two cities.'])
    assert.equal(response.output_text, 'Let me look.')
    assertIsWhole(response)
    const parsed = response.output.flatMap((item) => (item.type === 'function_call' ? [item.parsed_arguments] : []))
    assert.deepEqual(parsed, [{ city: 'Paris' }, { city: 'Rome' }])
    assert.deepEqual(
      response.output.map(({ type }) => type),
      ['reasoning', 'message', 'function_call', 'function_call'],
    )
  })

  it('hands thinking and calls back so that the upstream gets its own ids and signatures', async () => {
    const first = [
      ...thought(0, 'Two cities.', 'SIGNATURE'),
      ...called(1, { id: 'toolu_1', name: 'weather', signature: 'CALL-SIGNATURE' }, '{"city":"Paris"}'),
      ...called(2, { id: 'toolu_2', name: 'weather' }, '{"city":"Rome"}'),
    ]
    await using door = await openResponsesDoor((call) =>
      call === 0 ? reply(first, 'tool-calls') : reply(said(0, 'Sunny')),
    )
    const client = clientOf(door.url)
    const input: ResponseInput = [{ role: 'user', content: 'Weather?' }]
    const response = await client.responses.create({ model: 'gpt-test', input, tools: [weather] })
    input.push(...(response.output as ResponseInput))
    for (const item of response.output) {
      if (item.type !== 'function_call') continue
      input.push({ type: 'function_call_output', call_id: item.call_id, output: `dry: ${item.arguments}` })
    }
    const last = await client.responses.create({ model: 'gpt-test', input, tools: [weather] })
    assert.equal(last.output_text, 'Sunny')
    const texts = (text: string) => [{ type: 'text', text }]
    assert.deepEqual(door.requests[1]?.messages, [
      { role: 'user', content: texts('Weather?') },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', text: 'Two cities.', signature: 'SIGNATURE', wire: 'anthropic' },
          {
            type: 'tool-call',
            id: 'toolu_1',
            name: 'weather',
            arguments: '{"city":"Paris"}',
            signature: 'CALL-SIGNATURE',
          },
          { type: 'tool-call', id: 'toolu_2', name: 'weather', arguments: '{"city":"Rome"}' },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool-result', toolCallId: 'toolu_1', content: texts('dry: {"city":"Paris"}') },
          { type: 'tool-result', toolCallId: 'toolu_2', content: texts('dry: {"city":"Rome"}') },
        ],
      },
    ])
  })

  it('calls free-text and namespaced tools by the names that the client gave them', async () => {
    const patch = '*** Begin Patch\n"é" 😀'
    const calls = [
      ...called(0, { id: 'call_1', name: 'apply_patch' }, JSON.stringify({ input: patch })),
      ...called(1, { id: 'call_2', name: 'mcp__search' }, '{"query":"x"}'),
    ]
    await using door = await openResponsesDoor(() => reply(calls, 'tool-calls'))
    const tools: Tool[] = [
      { type: 'custom', name: 'apply_patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
      {
        type: 'namespace',
        name: 'mcp',
        description: '',
        tools: [{ type: 'function', name: 'search', parameters: {} }],
      },
    ]
    const stream = clientOf(door.url).responses.stream({ model: 'gpt-test', input: 'Go', tools })
    const deltas: string[] = []
    stream.on('response.custom_tool_call_input.delta', ({ delta }) => deltas.push(delta))
    const { output } = await stream.finalResponse()
    const [custom, search] = output
    assert.equal(deltas.length, 2)
    assert.equal(deltas.join(''), patch)
    assert.ok(custom?.type === 'custom_tool_call' && search?.type === 'function_call')
    assert.deepEqual([custom.name, custom.input], ['apply_patch', patch])
    assert.deepEqual([search.namespace, search.name, search.arguments], ['mcp', 'search', '{"query":"x"}'])
    assert.deepEqual(
      door.requests[0]?.tools.map(({ name }) => name),
      ['apply_patch', 'mcp__search'],
    )
  })

  it('parses replies by a JSON schema', async () => {
    await using door = await openResponsesDoor(() => reply(said(0, '{"city":', '"Paris"}')))
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    const response = await clientOf(door.url).responses.parse({
      model: 'gpt-test',
      input: 'Where?',
      text: { format: { type: 'json_schema', name: 'place', schema, strict: true } },
    })
    assert.deepEqual(response.output_parsed, { city: 'Paris' })
    assert.deepEqual(door.requests[0]?.output, { type: 'json-schema', name: 'place', schema, strict: true })
  })

  it('sends images, files and settings that the neutral form has', async () => {
    await using door = await openResponsesDoor(() => reply(said(0, 'A cat')))
    await clientOf(door.url).responses.create({
      model: 'gpt-test',
      instructions: 'Be brief.',
      reasoning: { effort: 'high', summary: 'concise' },
      include: ['reasoning.encrypted_content'],
      max_output_tokens: 200,
      prompt_cache_key: 'session-1',
      store: false,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is this?' },
            { type: 'input_image', detail: 'low', image_url: 'data:image/png;base64,AAAA' },
            { type: 'input_image', detail: 'auto', image_url: 'https://example.com/cat.png' },
            { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' },
          ],
        },
      ],
    })
    const { system, messages, reasoning, maxTokens, cacheKey, extra } = door.requests[0] ?? {}
    assert.deepEqual(system, [{ type: 'text', text: 'Be brief.' }])
    assert.deepEqual(messages?.[0]?.content, [
      { type: 'text', text: 'What is this?' },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' }, detail: 'low' },
      { type: 'image', source: { kind: 'url', url: 'https://example.com/cat.png' }, detail: 'auto' },
      { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'BBBB' }, title: 'a.pdf' },
    ])
    assert.deepEqual(reasoning, { enabled: true, effort: 'high', summary: 'concise', encrypted: true })
    assert.deepEqual([maxTokens, cacheKey, extra], [200, 'session-1', undefined])
  })

  it('says why a reply is incomplete', async () => {
    await using door = await openResponsesDoor(() => reply(said(0, 'Once upon a'), 'length'))
    const stream = clientOf(door.url).responses.stream({ model: 'gpt-test', input: 'Tell' })
    const { status, incomplete_details: details, output_text: text } = await stream.finalResponse()
    assert.deepEqual([status, details, text], ['incomplete', { reason: 'max_output_tokens' }, 'Once upon a'])
  })

  it('shows a refusal as one', async () => {
    await using door = await openResponsesDoor(() =>
      reply(
        [
          { type: 'refusal', index: 0, text: 'No.' },
          { type: 'block-end', index: 0 },
        ],
        'refusal',
      ),
    )
    const stream = clientOf(door.url).responses.stream({ model: 'gpt-test', input: 'Do it' })
    const { output, status } = await stream.finalResponse()
    const part = output[0]?.type === 'message' ? output[0].content[0] : undefined
    assert.equal(part?.type === 'refusal' && part.refusal, 'No.')
    assert.equal(status, 'completed')
  })

  const errors = [
    { error: { kind: 'authentication', status: 401, message: 'Bad key' }, type: AuthenticationError, status: 401 },
    {
      error: { kind: 'invalid-request', status: 400, message: 'Bad', param: 'input' },
      type: BadRequestError,
      status: 400,
    },
    {
      error: { kind: 'rate-limit', status: 429, message: 'Slow', retryAfterMs: 1500 },
      type: RateLimitError,
      status: 429,
    },
    { error: overloaded, type: InternalServerError, status: 503 },
  ] as const

  for (const { error, type, status } of errors) {
    it(`throws its own error for ${error.kind}`, async () => {
      await using door = await openResponsesDoor(() => ({ error }))
      await assert.rejects(clientOf(door.url).responses.create({ model: 'gpt-test', input: 'Hi' }), (thrown) => {
        assert.ok(thrown instanceof type)
        assert.equal(thrown.status, status)
        assert.ok(thrown.message.includes(error.message))
        if ('param' in error) assert.equal(thrown.param, error.param)
        if ('retryAfterMs' in error) assert.equal(thrown.headers?.get('retry-after'), '2')
        return true
      })
    })
  }

  it('throws when the reply fails in the middle', async () => {
    await using door = await openResponsesDoor(() => broken(overloaded))
    const stream = await clientOf(door.url).responses.create({ model: 'gpt-test', input: 'Hi', stream: true })
    const texts: string[] = []
    await assert.rejects(async () => {
      for await (const event of stream) if (event.type === 'response.output_text.delta') texts.push(event.delta)
    }, APIError)
    assert.deepEqual(texts, ['It was a dark and'])
  })
})

describe('the AI SDK on the Responses wire', () => {
  const modelOf = (url: string) => createOpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1` }).responses('gpt-test')

  it('runs a tool loop over streams', async () => {
    const first = reply(
      [
        ...thought(0, 'Two cities.', 'SIGNATURE'),
        ...called(1, { id: 'toolu_1', name: 'weather' }, '{"city":"Paris"}'),
        ...called(2, { id: 'toolu_2', name: 'weather' }, '{"city":"Rome"}'),
      ],
      'tool-calls',
    )
    await using door = await openResponsesDoor((call) => (call === 0 ? first : reply(said(0, 'Dry', ' in both'))))
    const result = streamText({
      model: modelOf(door.url),
      prompt: 'Weather?',
      providerOptions: { openai: { store: false } },
      tools: {
        weather: tool({
          inputSchema: jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } } }),
          execute: ({ city }) => `dry in ${city}`,
        }),
      },
      stopWhen: ({ steps }) => steps.length === 2,
    })
    assert.equal(await result.text, 'Dry in both')
    assert.equal(await result.finishReason, 'stop')
    const results = door.requests[1]?.messages.at(-1)?.content
    assert.deepEqual(
      results?.map((block) => block.type === 'tool-result' && [block.toolCallId, block.content]),
      [
        ['toolu_1', [{ type: 'text', text: 'dry in Paris' }]],
        ['toolu_2', [{ type: 'text', text: 'dry in Rome' }]],
      ],
    )
  })

  it('reads usage and the finish reason of a whole reply', async () => {
    await using door = await openResponsesDoor(() => reply(said(0, 'Once'), 'length'))
    const { text, usage, finishReason } = await generateText({ model: modelOf(door.url), prompt: 'Tell' })
    assert.deepEqual([text, finishReason], ['Once', 'length'])
    assert.equal(usage.inputTokens, usageOfReply.input + usageOfReply.cacheRead)
    assert.equal(usage.outputTokens, usageOfReply.output + usageOfReply.thinking)
  })
})
