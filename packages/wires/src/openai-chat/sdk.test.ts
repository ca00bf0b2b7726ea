import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, jsonSchema, streamText, tool } from 'ai'
import OpenAI, { APIError, AuthenticationError, BadRequestError, InternalServerError, RateLimitError } from 'openai'
import type { ChatCompletion, ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions'
import { wires } from '../index.ts'
import { type DoorAnswer, openDoor } from '../testing/door.ts'
import { broken, called, overloaded, reply, said, thought, usageOfReply } from '../testing/replies.ts'

/** OpenAI's own client and the AI SDK against this wire: what they accept is what counts. */

function openChatDoor(answer: (call: number) => DoorAnswer) {
  return openDoor(wires['openai-chat'], (_request, call) => answer(call))
}

function clientOf(url: string): OpenAI {
  return new OpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1`, maxRetries: 0 })
}

const weather: ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

const ask = { model: 'gpt-test', messages: [{ role: 'user' as const, content: 'Hi' }] }

const twoCalls = [
  ...called(2, { id: 'toolu_1', name: 'weather' }, '{"city":"Paris"}'),
  ...called(3, { id: 'toolu_2', name: 'weather' }, '{"city":"Rome"}'),
]

function assertIsWhole(completion: ChatCompletion): void {
  assert.match(completion.id, /^chatcmpl-/)
  assert.equal(completion.model, 'gpt-test')
  assert.equal(completion.created, 1_780_000_000)
  assert.equal(completion.usage?.prompt_tokens, 140)
  assert.equal(completion.usage.prompt_tokens_details?.cached_tokens, 40)
  assert.equal(completion.usage.completion_tokens, 32)
  assert.equal(completion.usage.completion_tokens_details?.reasoning_tokens, 12)
  assert.equal(completion.usage.total_tokens, 172)
}

describe('the openai client on the Chat Completions wire', () => {
  it('reads a whole reply', async () => {
    await using door = await openChatDoor(() => reply(said(0, 'Hello', ' there')))
    const completion = await clientOf(door.url).chat.completions.create(ask)
    assertIsWhole(completion)
    assert.equal(completion.choices[0]?.message.content, 'Hello there')
    assert.equal(completion.choices[0].finish_reason, 'stop')
  })

  it('accumulates a stream with thinking, text and two calls into one completion', async () => {
    const events = [...thought(0, 'Two cities.', 'SIGNATURE'), ...said(1, 'Let me', ' look.'), ...twoCalls]
    await using door = await openChatDoor(() => reply(events, 'tool-calls'))
    const stream = clientOf(door.url).chat.completions.stream({
      ...ask,
      tools: [weather],
      stream_options: { include_usage: true },
    })
    const texts: string[] = []
    stream.on('content', (text) => texts.push(text))
    const completion = await stream.finalChatCompletion()
    assert.deepEqual(texts, ['Let me', ' look.'])
    assertIsWhole(completion)
    const [choice] = completion.choices
    assert.equal(choice?.finish_reason, 'tool_calls')
    assert.equal(choice.message.content, 'Let me look.')
    assert.deepEqual(
      choice.message.tool_calls?.map((call) => call.type === 'function' && [call.id, call.function.arguments]),
      [
        ['call_via_toolu_1', '{"city":"Paris"}'],
        ['call_via_toolu_2', '{"city":"Rome"}'],
      ],
    )
  })

  it('sends no usage that was not asked for', async () => {
    await using door = await openChatDoor(() => reply(said(0, 'Hi')))
    const stream = await clientOf(door.url).chat.completions.create({ ...ask, stream: true })
    for await (const chunk of stream) assert.ok(chunk.choices.length === 1 && chunk.usage === undefined)
  })

  it('hands thinking and calls back so that the upstream gets its own ids and proofs', async () => {
    const encrypted = { encrypted: 'SEALED', id: 'rs_1', wire: 'openai-responses' } as const
    const first = [
      ...thought(0, 'Two cities.', 'SIGNATURE'),
      { type: 'thinking', index: 1, text: '', ...encrypted } as const,
      { type: 'block-end', index: 1 } as const,
      ...twoCalls,
    ]
    await using door = await openChatDoor((call) => (call === 0 ? reply(first, 'tool-calls') : reply(said(0, 'Dry'))))
    const client = clientOf(door.url)
    const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: 'Weather?' }]
    const completion = await client.chat.completions.create({ ...ask, messages, tools: [weather] })
    const message = completion.choices[0]?.message
    assert.ok(message)
    messages.push(message)
    for (const call of message.tool_calls ?? []) messages.push({ role: 'tool', tool_call_id: call.id, content: 'dry' })
    await client.chat.completions.create({ ...ask, messages, tools: [weather] })
    const [, assistant, user] = door.requests[1]?.messages ?? []
    assert.deepEqual(assistant?.content, [
      { type: 'thinking', text: 'Two cities.', signature: 'SIGNATURE', wire: 'anthropic' },
      { type: 'thinking', text: '', ...encrypted },
      { type: 'tool-call', id: 'toolu_1', name: 'weather', arguments: '{"city":"Paris"}' },
      { type: 'tool-call', id: 'toolu_2', name: 'weather', arguments: '{"city":"Rome"}' },
    ])
    assert.deepEqual(
      user?.content.map((block) => block.type === 'tool-result' && block.toolCallId),
      ['toolu_1', 'toolu_2'],
    )
  })

  it('parses replies by a JSON schema', async () => {
    await using door = await openChatDoor(() => reply(said(0, '{"city":', '"Paris"}')))
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    const completion = await clientOf(door.url).chat.completions.parse({
      ...ask,
      response_format: { type: 'json_schema', json_schema: { name: 'place', schema, strict: true } },
    })
    assert.deepEqual(completion.choices[0]?.message.parsed, { city: 'Paris' })
    assert.deepEqual(door.requests[0]?.output, { type: 'json-schema', name: 'place', schema, strict: true })
  })

  it('sends images, files, audio and settings that the neutral form has', async () => {
    await using door = await openChatDoor(() => reply(said(0, 'A cat')))
    await clientOf(door.url).chat.completions.create({
      ...ask,
      max_completion_tokens: 200,
      reasoning_effort: 'high',
      seed: 7,
      stop: 'END',
      user: 'user-7',
      prompt_cache_key: 'session-1',
      verbosity: 'low',
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
            { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' } },
            { type: 'input_audio', input_audio: { data: 'CCCC', format: 'wav' } },
          ],
        },
      ],
    })
    const { system, messages, reasoning, maxTokens, seed, stop, userId, cacheKey, extra } = door.requests[0] ?? {}
    assert.deepEqual(system, [{ type: 'text', text: 'Be brief.' }])
    assert.deepEqual(messages?.[0]?.content, [
      { type: 'text', text: 'What is this?' },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' }, detail: 'low' },
      { type: 'image', source: { kind: 'url', url: 'https://example.com/cat.png' } },
      { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'BBBB' }, title: 'a.pdf' },
      { type: 'audio', source: { kind: 'base64', mediaType: 'audio/wav', data: 'CCCC' }, format: 'wav' },
    ])
    assert.deepEqual(reasoning, { enabled: true, effort: 'high' })
    assert.deepEqual([maxTokens, seed, stop, userId, cacheKey], [200, 7, ['END'], 'user-7', 'session-1'])
    assert.deepEqual(extra, { 'openai-chat': { verbosity: 'low' } })
  })

  it('says why a reply ended, and shows a refusal as one', async () => {
    const refusal = [{ type: 'refusal', index: 0, text: 'No.' } as const, { type: 'block-end', index: 0 } as const]
    await using door = await openChatDoor((call) =>
      call === 0 ? reply(said(0, 'Once'), 'length') : reply(refusal, 'refusal'),
    )
    const client = clientOf(door.url)
    const cut = await client.chat.completions.create(ask)
    assert.equal(cut.choices[0]?.finish_reason, 'length')
    const refused = await client.chat.completions.stream(ask).finalChatCompletion()
    assert.deepEqual([refused.choices[0]?.message.refusal, refused.choices[0]?.finish_reason], ['No.', 'stop'])
  })

  const errors = [
    { error: { kind: 'authentication', status: 401, message: 'Bad key' }, type: AuthenticationError, status: 401 },
    {
      error: { kind: 'invalid-request', status: 400, message: 'Bad', param: 'top_k' },
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
      await using door = await openChatDoor(() => ({ error }))
      await assert.rejects(clientOf(door.url).chat.completions.create(ask), (thrown) => {
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
    await using door = await openChatDoor(() => broken(overloaded))
    const stream = await clientOf(door.url).chat.completions.create({ ...ask, stream: true })
    const texts: string[] = []
    await assert.rejects(async () => {
      for await (const chunk of stream) texts.push(chunk.choices[0]?.delta.content ?? '')
    }, APIError)
    assert.equal(texts.join(''), 'It was a dark and')
  })
})

describe('the AI SDK on the Chat Completions wire', () => {
  const modelOf = (url: string) => createOpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1` }).chat('gpt-test')

  it('runs a tool loop over streams', async () => {
    const first = reply([...thought(0, 'Two cities.', 'SIGNATURE'), ...twoCalls], 'tool-calls')
    await using door = await openChatDoor((call) => (call === 0 ? first : reply(said(0, 'Dry', ' in both'))))
    const result = streamText({
      model: modelOf(door.url),
      prompt: 'Weather?',
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
    await using door = await openChatDoor(() => reply(said(0, 'Once'), 'length'))
    const { text, usage, finishReason } = await generateText({ model: modelOf(door.url), prompt: 'Tell' })
    assert.deepEqual([text, finishReason], ['Once', 'length'])
    assert.equal(usage.inputTokens, usageOfReply.input + usageOfReply.cacheRead)
    assert.equal(usage.outputTokens, usageOfReply.output + usageOfReply.thinking)
  })
})
