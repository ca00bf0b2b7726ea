import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createAnthropic } from '@ai-sdk/anthropic'
import Anthropic, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  RateLimitError,
} from '@anthropic-ai/sdk'
import type { Message, MessageParam, Tool } from '@anthropic-ai/sdk/resources/messages'
import { generateText, jsonSchema, streamText, tool } from 'ai'
import { wires } from '../index.ts'
import { type DoorAnswer, openDoor } from '../testing/door.ts'
import { broken, called, overloaded, reply, said, thought, usageOfReply } from '../testing/replies.ts'

/** Anthropic's own client and the AI SDK against this wire: what they accept is what counts. */

function openAnthropicDoor(answer: (call: number) => DoorAnswer) {
  return openDoor(wires.anthropic, (_request, call) => answer(call))
}

function clientOf(url: string): Anthropic {
  return new Anthropic({ apiKey: 'sk-test', baseURL: url, maxRetries: 0 })
}

const weather: Tool = {
  name: 'weather',
  description: 'The weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

const ask = { model: 'claude-test', max_tokens: 1000, messages: [{ role: 'user' as const, content: 'Hi' }] }

function assertIsWhole(message: Message): void {
  assert.match(message.id, /^msg_/)
  assert.equal(message.model, 'claude-test')
  assert.equal(message.role, 'assistant')
  assert.deepEqual(
    [message.usage.input_tokens, message.usage.cache_read_input_tokens, message.usage.output_tokens],
    [100, 40, 32],
  )
  assert.equal(message.usage.output_tokens_details?.thinking_tokens, 12)
}

const twoCalls = [
  ...called(2, { id: 'call_1', name: 'weather' }, '{"city":"Paris"}'),
  ...called(3, { id: 'call_2', name: 'weather' }, '{"city":"Rome"}'),
]

describe('the Anthropic client on the Messages wire', () => {
  it('reads a whole reply', async () => {
    await using door = await openAnthropicDoor(() => reply(said(0, 'Hello', ' there')))
    const message = await clientOf(door.url).messages.create(ask)
    assert.deepEqual(message.content, [{ type: 'text', text: 'Hello there', citations: null }])
    assert.equal(message.stop_reason, 'end_turn')
    assertIsWhole(message)
  })

  it('accumulates a stream with thinking, text and two calls into one message', async () => {
    const events = [...thought(0, 'Two cities.', 'SIGNATURE'), ...said(1, 'Let me', ' look.'), ...twoCalls]
    await using door = await openAnthropicDoor(() => reply(events, 'tool-calls'))
    const stream = clientOf(door.url).messages.stream({ ...ask, tools: [weather] })
    const texts: string[] = []
    stream.on('text', (text) => texts.push(text))
    const message = await stream.finalMessage()
    assert.deepEqual(texts, ['Let me', ' look.'])
    assertIsWhole(message)
    assert.equal(message.stop_reason, 'tool_use')
    const { content } = message
    assert.deepEqual(content[0], { type: 'thinking', thinking: 'Two cities.', signature: 'SIGNATURE' })
    assert.deepEqual(
      content.flatMap((block) => (block.type === 'tool_use' ? [[block.id, block.input]] : [])),
      [
        ['toolu_via_call_1', { city: 'Paris' }],
        ['toolu_via_call_2', { city: 'Rome' }],
      ],
    )
  })

  it('hands thinking and calls back so that the upstream gets its own ids and proofs', async () => {
    const encrypted = { encrypted: 'SEALED', id: 'rs_1', wire: 'openai-responses' } as const
    const first = [
      { type: 'thinking', index: 0, text: 'Two', ...encrypted } as const,
      { type: 'block-end', index: 0 } as const,
      ...thought(1, 'cities.', 'SIGNATURE'),
      ...called(2, { id: 'call_1', name: 'weather', signature: 'CALL-SIGNATURE' }, '{"city":"Paris"}'),
      ...called(3, { id: 'call_2', name: 'weather' }, '{"city":"Rome"}'),
    ]
    await using door = await openAnthropicDoor((call) =>
      call === 0 ? reply(first, 'tool-calls') : reply(said(0, 'Dry')),
    )
    const client = clientOf(door.url)
    const messages: MessageParam[] = [{ role: 'user', content: 'Weather?' }]
    const { content } = await client.messages.stream({ ...ask, messages, tools: [weather] }).finalMessage()
    messages.push({ role: 'assistant', content: content as Exclude<MessageParam['content'], string> })
    const results = content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []))
    messages.push({
      role: 'user',
      content: results.map((id) => ({ type: 'tool_result', tool_use_id: id, content: 'dry', is_error: false })),
    })
    await client.messages.create({ ...ask, messages, tools: [weather] })
    const [, assistant, user] = door.requests[1]?.messages ?? []
    assert.deepEqual(assistant?.content, [
      { type: 'thinking', text: 'Two', ...encrypted },
      { type: 'thinking', text: 'cities.', signature: 'SIGNATURE', wire: 'anthropic' },
      { type: 'tool-call', id: 'call_1', name: 'weather', arguments: '{"city":"Paris"}', signature: 'CALL-SIGNATURE' },
      { type: 'tool-call', id: 'call_2', name: 'weather', arguments: '{"city":"Rome"}' },
    ])
    assert.deepEqual(
      user?.content.map((block) => block.type === 'tool-result' && block.toolCallId),
      ['call_1', 'call_2'],
    )
  })

  it('puts blocks that come interleaved one after another', async () => {
    const interleaved = [
      { type: 'tool-call-start', index: 0, id: 'call_1', name: 'weather' },
      { type: 'tool-call-start', index: 1, id: 'call_2', name: 'weather', signature: 'CALL-SIGNATURE' },
      { type: 'tool-call-delta', index: 1, json: '{"city":"Rome"}' },
      { type: 'tool-call-delta', index: 0, json: '{"city":"Paris"}' },
      { type: 'block-end', index: 1 },
      { type: 'block-end', index: 0 },
    ] as const
    await using door = await openAnthropicDoor(() => reply([...interleaved], 'tool-calls'))
    const { content } = await clientOf(door.url).messages.stream(ask).finalMessage()
    assert.deepEqual(
      content.map((block) => (block.type === 'tool_use' ? block.input : block.type)),
      [{ city: 'Paris' }, 'redacted_thinking', { city: 'Rome' }],
    )
  })

  it('sends images, documents, settings, cache marks and instructions that the neutral form has', async () => {
    await using door = await openAnthropicDoor(() => reply(said(0, 'A cat')))
    await clientOf(door.url).messages.create({
      ...ask,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: 'high', format: { type: 'json_schema', schema: { type: 'object' } } },
      metadata: { user_id: 'user-7' },
      service_tier: 'standard_only',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
            { type: 'image', source: { type: 'url', url: 'https://example.com/cat.png' } },
            {
              type: 'document',
              source: { type: 'base64', media_type: 'application/pdf', data: 'BBBB' },
              title: 'a.pdf',
              citations: { enabled: true },
            },
          ],
        },
        { role: 'assistant', content: 'A cat.' },
        { role: 'system', content: 'Answer in French now.' },
      ],
    })
    const { system, messages, reasoning, output, userId, serviceTier, extra } = door.requests[0] ?? {}
    assert.deepEqual(system, [{ type: 'text', text: 'Be brief.', cache: { ttl: '1h' } }])
    assert.deepEqual(messages?.[0]?.content, [
      { type: 'text', text: 'What is this?' },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
      { type: 'image', source: { kind: 'url', url: 'https://example.com/cat.png' } },
      {
        type: 'document',
        source: { kind: 'base64', mediaType: 'application/pdf', data: 'BBBB' },
        title: 'a.pdf',
        citations: true,
      },
    ])
    assert.deepEqual(messages?.[2], { role: 'system', content: [{ type: 'text', text: 'Answer in French now.' }] })
    assert.deepEqual(reasoning, { enabled: true, effort: 'high', summary: 'auto' })
    assert.deepEqual(output, { type: 'json-schema', schema: { type: 'object' } })
    assert.deepEqual([userId, serviceTier, extra], ['user-7', 'default', undefined])
  })

  it('says why a reply ended', async () => {
    await using door = await openAnthropicDoor((call) => reply(said(0, 'Once'), call === 0 ? 'length' : 'refusal'))
    const reasons = [
      await clientOf(door.url).messages.create(ask),
      await clientOf(door.url).messages.stream(ask).finalMessage(),
    ].map((message) => message.stop_reason)
    assert.deepEqual(reasons, ['max_tokens', 'refusal'])
  })

  const errors = [
    { error: { kind: 'authentication', status: 401, message: 'Bad key' }, type: AuthenticationError, status: 401 },
    { error: { kind: 'invalid-request', status: 400, message: 'Bad' }, type: BadRequestError, status: 400 },
    {
      error: { kind: 'rate-limit', status: 429, message: 'Slow', retryAfterMs: 1500 },
      type: RateLimitError,
      status: 429,
    },
    { error: { ...overloaded, status: 503 }, type: InternalServerError, status: 529 },
  ] as const

  for (const { error, type, status } of errors) {
    it(`throws its own error for ${error.kind}`, async () => {
      await using door = await openAnthropicDoor(() => ({ error }))
      await assert.rejects(clientOf(door.url).messages.create(ask), (thrown) => {
        assert.ok(thrown instanceof type)
        assert.equal(thrown.status, status)
        assert.ok(thrown.message.includes(error.message))
        if ('retryAfterMs' in error) assert.equal(thrown.headers?.get('retry-after'), '2')
        return true
      })
    })
  }

  it('throws when the reply fails in the middle', async () => {
    await using door = await openAnthropicDoor(() => broken(overloaded))
    const stream = clientOf(door.url).messages.stream(ask)
    const texts: string[] = []
    stream.on('text', (text) => texts.push(text))
    await assert.rejects(
      stream.finalMessage(),
      (thrown) => thrown instanceof APIError && /Overloaded/.test(thrown.message),
    )
    assert.deepEqual(texts, ['It was a dark and'])
  })
})

describe('the AI SDK on the Messages wire', () => {
  const modelOf = (url: string) => createAnthropic({ apiKey: 'sk-test', baseURL: `${url}/v1` })('claude-test')

  it('runs a tool loop over streams', async () => {
    const first = reply([...thought(0, 'Two cities.', 'SIGNATURE'), ...twoCalls], 'tool-calls')
    await using door = await openAnthropicDoor((call) => (call === 0 ? first : reply(said(0, 'Dry', ' in both'))))
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
        ['call_1', [{ type: 'text', text: 'dry in Paris' }]],
        ['call_2', [{ type: 'text', text: 'dry in Rome' }]],
      ],
    )
  })

  it('reads usage and the finish reason of a whole reply', async () => {
    await using door = await openAnthropicDoor(() => reply(said(0, 'Once'), 'length'))
    const { text, usage, finishReason } = await generateText({ model: modelOf(door.url), prompt: 'Tell' })
    assert.deepEqual([text, finishReason], ['Once', 'length'])
    assert.equal(usage.inputTokens, usageOfReply.input + usageOfReply.cacheRead)
    assert.equal(usage.outputTokens, usageOfReply.output + usageOfReply.thinking)
  })
})
