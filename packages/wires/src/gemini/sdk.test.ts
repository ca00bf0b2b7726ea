import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, ThinkingLevel, Type } from '@google/genai'
import { generateText, jsonSchema, streamText, tool } from 'ai'
import { wires } from '../index.ts'
import { asJson } from '../testing/bytes.ts'
import { type DoorAnswer, openDoor } from '../testing/door.ts'
import { broken, called, overloaded, reply, said, thought, usageOfReply } from '../testing/replies.ts'

/** Google's own client and the AI SDK against this wire: what they accept is what counts. */

const wire = wires.gemini

function openGeminiDoor(answer: (call: number) => DoorAnswer) {
  return openDoor(wire, (_request, call) => answer(call))
}

function clientOf(url: string): GoogleGenAI {
  return new GoogleGenAI({ apiKey: 'AIza-test', httpOptions: { baseUrl: url, retryOptions: { attempts: 1 } } })
}

const model = 'gemini-3.5-pro'

const weather = {
  name: 'weather',
  description: 'The weather of a city',
  parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] },
}

const usageMetadata = {
  promptTokenCount: usageOfReply.input + usageOfReply.cacheRead,
  cachedContentTokenCount: usageOfReply.cacheRead,
  candidatesTokenCount: usageOfReply.output,
  thoughtsTokenCount: usageOfReply.thinking,
  totalTokenCount: 172,
}

describe('the Google client on the Gemini wire', () => {
  it('reads a whole reply', async () => {
    await using door = await openGeminiDoor(() => reply(said(0, 'Hello', ' there')))
    const response = await clientOf(door.url).models.generateContent({ model, contents: 'Hi' })
    assert.equal(response.text, 'Hello there')
    assert.deepEqual(asJson(response.usageMetadata), usageMetadata)
    assert.deepEqual([response.modelVersion, response.responseId], [model, 'reply1'])
    assert.equal(response.candidates?.[0]?.finishReason, 'STOP')
    assert.deepEqual(door.requests[0]?.messages, [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }])
  })

  it('streams thoughts, text and two calls', async () => {
    const events = [
      ...thought(0, 'Two cities.', 'SIGNATURE'),
      ...said(1, 'Let me', ' look.'),
      ...called(2, { id: 'toolu_1', name: 'weather' }, '{"city":"Paris"}'),
      ...called(3, { id: 'toolu_2', name: 'weather' }, '{"city":"Rome"}'),
    ]
    await using door = await openGeminiDoor(() => reply(events, 'tool-calls'))
    const stream = await clientOf(door.url).models.generateContentStream({
      model,
      contents: 'Weather?',
      config: {
        tools: [{ functionDeclarations: [weather] }],
        toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } },
        thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.LOW },
      },
    })
    const seen = { text: '', thoughts: '', calls: [] as unknown[], last: undefined as unknown }
    for await (const chunk of stream) {
      const parts = chunk.candidates?.[0]?.content?.parts ?? []
      seen.thoughts += parts.map((part) => (part.thought ? part.text : '')).join('')
      seen.text += parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join('')
      seen.calls.push(...(chunk.functionCalls ?? []))
      seen.last = chunk.usageMetadata
    }
    assert.deepEqual([seen.thoughts, seen.text], ['Two cities.', 'Let me look.'])
    assert.deepEqual(seen.calls, [
      { id: 'toolu_1', name: 'weather', args: { city: 'Paris' } },
      { id: 'toolu_2', name: 'weather', args: { city: 'Rome' } },
    ])
    assert.deepEqual({ ...(seen.last as object) }, usageMetadata)
    const { tools, toolChoice, reasoning } = door.requests[0] ?? {}
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    assert.deepEqual(tools, [{ name: 'weather', description: 'The weather of a city', parameters }])
    assert.deepEqual([toolChoice, reasoning], [{ type: 'required' }, { enabled: true, effort: 'low', summary: 'auto' }])
  })

  it('keeps a streamed reply in its history and hands it back joined, with its signatures', async () => {
    const first = [...thought(0, 'Greet.', 'SIGNATURE'), ...said(1, 'Hel', 'lo')]
    await using door = await openGeminiDoor((call) => reply(call === 0 ? first : said(0, 'Bye')))
    const chat = clientOf(door.url).chats.create({ model })
    for await (const chunk of await chat.sendMessageStream({ message: 'Hi' })) assert.ok(chunk.candidates)
    const last = await chat.sendMessage({ message: 'Bye' })
    assert.equal(last.text, 'Bye')
    assert.deepEqual(door.requests[1]?.messages, [
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', text: 'Greet.', signature: 'SIGNATURE', wire: 'anthropic' },
          { type: 'text', text: 'Hello' },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'Bye' }] },
    ])
  })

  it('runs the tool loop: results go to the calls that they answer, with ids and without', async () => {
    const calls = [
      ...called(0, { id: 'toolu_1', name: 'weather', signature: 'Q0FMTA==' }, '{"city":"Paris"}'),
      ...called(1, { id: 'toolu_2', name: 'weather' }, '{"city":"Rome"}'),
    ]
    await using door = await openGeminiDoor((call) => (call === 0 ? reply(calls, 'tool-calls') : reply(said(0, 'Dry'))))
    const client = clientOf(door.url)
    const asked = await client.models.generateContent({ model, contents: 'Weather?' })
    const content = asked.candidates?.[0]?.content
    assert.ok(content)
    const results = [
      { functionResponse: { id: 'toolu_1', name: 'weather', response: { output: 'dry' } } },
      { functionResponse: { name: 'weather', response: { error: 'no such city' } } },
    ]
    const contents = [{ role: 'user', parts: [{ text: 'Weather?' }] }, content, { role: 'user', parts: results }]
    const answered = await client.models.generateContent({ model, contents })
    assert.equal(answered.text, 'Dry')
    const [, assistant, user] = door.requests[1]?.messages ?? []
    assert.deepEqual(assistant?.content, [
      { type: 'tool-call', id: 'toolu_1', name: 'weather', arguments: '{"city":"Paris"}', signature: 'Q0FMTA==' },
      { type: 'tool-call', id: 'toolu_2', name: 'weather', arguments: '{"city":"Rome"}' },
    ])
    const result = { type: 'tool-result', toolName: 'weather' }
    assert.deepEqual(user?.content, [
      { ...result, toolCallId: 'toolu_1', content: [{ type: 'text', text: 'dry' }] },
      { ...result, toolCallId: 'toolu_2', content: [{ type: 'text', text: 'no such city' }], isError: true },
    ])
  })

  it('sends images, a schema and settings that the neutral form has', async () => {
    await using door = await openGeminiDoor(() => reply(said(0, '{"animal":"cat"}')))
    const response = await clientOf(door.url).models.generateContent({
      model,
      contents: [{ text: 'What is this?' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }],
      config: {
        systemInstruction: 'Be brief.',
        temperature: 0.5,
        topP: 0.9,
        topK: 40,
        seed: 7,
        maxOutputTokens: 200,
        stopSequences: ['END'],
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object', properties: { animal: { type: 'string' } } },
        safetySettings: [],
      },
    })
    assert.equal(response.text, '{"animal":"cat"}')
    const { messages, tools: _, model: asked, ...settings } = door.requests[0] ?? {}
    assert.equal(asked, model)
    assert.deepEqual(messages?.[0]?.content, [
      { type: 'text', text: 'What is this?' },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
    ])
    assert.deepEqual(settings, {
      stream: false,
      system: [{ type: 'text', text: 'Be brief.' }],
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      seed: 7,
      maxTokens: 200,
      stop: ['END'],
      output: { type: 'json-schema', schema: { type: 'object', properties: { animal: { type: 'string' } } } },
      extra: { gemini: { safetySettings: [] } },
    })
  })

  for (const [reason, shown] of [
    ['length', 'MAX_TOKENS'],
    ['content-filter', 'SAFETY'],
  ] as const) {
    it(`ends with ${shown} for ${reason}`, async () => {
      await using door = await openGeminiDoor(() => reply(said(0, 'Once upon a'), reason))
      const response = await clientOf(door.url).models.generateContent({ model, contents: 'Tell' })
      assert.equal(response.candidates?.[0]?.finishReason, shown)
    })
  }

  const errors = [
    { error: { kind: 'authentication', status: 401, message: 'Bad key' }, status: 401, code: 'UNAUTHENTICATED' },
    {
      error: { kind: 'invalid-request', status: 400, message: 'Bad', param: 'contents' },
      status: 400,
      code: 'INVALID_ARGUMENT',
    },
    {
      error: { kind: 'rate-limit', status: 429, message: 'Slow', retryAfterMs: 1500 },
      status: 429,
      code: 'RESOURCE_EXHAUSTED',
    },
    { error: overloaded, status: 503, code: 'UNAVAILABLE' },
  ] as const

  for (const { error, status, code } of errors) {
    it(`throws its own error for ${error.kind}`, async () => {
      await using door = await openGeminiDoor(() => ({ error }))
      await assert.rejects(clientOf(door.url).models.generateContent({ model, contents: 'Hi' }), (thrown) => {
        assert.ok(thrown instanceof ApiError)
        assert.equal(thrown.status, status)
        for (const part of [error.message, code]) assert.ok(thrown.message.includes(part), thrown.message)
        if ('retryAfterMs' in error) assert.ok(thrown.message.includes('"retryDelay":"1.5s"'), thrown.message)
        return true
      })
    })
  }

  it('throws when the reply fails in the middle', async () => {
    await using door = await openGeminiDoor(() => broken(overloaded))
    const stream = await clientOf(door.url).models.generateContentStream({ model, contents: 'Hi' })
    const texts: string[] = []
    await assert.rejects(
      async () => {
        for await (const chunk of stream) texts.push(chunk.text ?? '')
      },
      (thrown) => thrown instanceof ApiError && thrown.status === 503,
    )
    assert.deepEqual(texts, ['It was a dark and'])
  })
})

describe('the AI SDK on the Gemini wire', () => {
  const modelOf = (url: string) =>
    createGoogleGenerativeAI({ apiKey: 'AIza-test', baseURL: `${url}/v1beta` })('gemini-3.5-pro')

  it('runs a tool loop over streams', async () => {
    const first = reply(
      [
        ...thought(0, 'Two cities.', 'SIGNATURE'),
        ...called(1, { id: 'toolu_1', name: 'weather' }, '{"city":"Paris"}'),
        ...called(2, { id: 'toolu_2', name: 'weather' }, '{"city":"Rome"}'),
      ],
      'tool-calls',
    )
    await using door = await openGeminiDoor((call) => (call === 0 ? first : reply(said(0, 'Dry', ' in both'))))
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
    const [, assistant, user] = door.requests[1]?.messages ?? []
    const calls = assistant?.content.flatMap((block) => (block.type === 'tool-call' ? [block.id] : []))
    const results = user?.content.flatMap((block) => (block.type === 'tool-result' ? [block] : []))
    assert.equal(new Set(calls).size, 2)
    assert.deepEqual(
      results?.map(({ toolCallId }) => toolCallId),
      calls,
    )
    assert.deepEqual(results?.[1]?.content, [{ type: 'text', text: 'dry in Rome' }])
  })

  it('reads usage and the finish reason of a whole reply', async () => {
    await using door = await openGeminiDoor(() => reply(said(0, 'Once'), 'length'))
    const { text, usage, finishReason } = await generateText({ model: modelOf(door.url), prompt: 'Tell' })
    assert.deepEqual([text, finishReason], ['Once', 'length'])
    assert.equal(usage.inputTokens, usageOfReply.input + usageOfReply.cacheRead)
    assert.equal(usage.outputTokens, usageOfReply.output + usageOfReply.thinking)
  })
})
