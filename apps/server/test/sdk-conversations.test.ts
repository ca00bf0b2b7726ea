import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import Anthropic from '@anthropic-ai/sdk'
import { type Content, type FunctionCall, GoogleGenAI } from '@google/genai'
import { type FakeUpstream, startFakeUpstream } from '@parley/testkit'
import { type JsonObject, type WireName, wireNames } from '@parley/wires'
import { generateObject, jsonSchema, type LanguageModel, stepCountIs, streamText, tool } from 'ai'
import OpenAI from 'openai'
import { startServer, type TestServer } from './harness.ts'

/**
 * Two turns with all that makes them hard: a picture, thinking whose signature is handed back, two parallel tool calls and
 * their results; and replies held to a schema. What each client shows is what its own types make of the reply; what reached
 * the upstream is read from the bytes it got.
 */

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
const cities = ['北京', 'Zürich'] as const
const weatherOf = (city: unknown) => `dry in ${String(city)}`
const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
} as const satisfies JsonObject
const parameters = { ...schema, required: [...schema.required] }
const description = 'The weather of a city'
const hello = { role: 'user' as const, content: 'Hello' }

interface Place {
  readonly url: string
  readonly key: string
  readonly model: string
}

interface Client {
  readonly name: string
  /** Its replies can carry thinking that is bound to its upstream, and it hands it back. */
  readonly handsThinkingBack: boolean
  /** Two turns; the second text. */
  converse(place: Place): Promise<{ readonly thinking: string; readonly text: string }>
  structured(place: Place): Promise<unknown>
  failure(
    place: Place,
  ): Promise<{ readonly status: number | undefined; readonly retryAfter: string | null | undefined }>
}

const anthropicOf = ({ url, key }: Place) => new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 })
const openaiOf = ({ url, key }: Place) => new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
const geminiOf = ({ url, key }: Place) => new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } })

const anthropicClient: Client = {
  name: '@anthropic-ai/sdk',
  handsThinkingBack: true,
  async converse(place) {
    const client = anthropicOf(place)
    const base = {
      model: place.model,
      max_tokens: 8000,
      thinking: { type: 'enabled' as const, budget_tokens: 2000 },
      tools: [{ name: 'get_weather', description, input_schema: parameters }],
    }
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data: pixel }
    const asked = {
      role: 'user' as const,
      content: [
        { type: 'image' as const, source },
        { type: 'text' as const, text: 'Where?' },
      ],
    }
    const first = await client.messages.stream({ ...base, messages: [asked] }).finalMessage()
    const results = first.content.flatMap((block) =>
      block.type === 'tool_use'
        ? {
            type: 'tool_result' as const,
            tool_use_id: block.id,
            content: weatherOf((block.input as { city: string }).city),
          }
        : [],
    )
    const messages = [
      asked,
      { role: 'assistant' as const, content: first.content },
      { role: 'user' as const, content: results },
    ]
    const second = await client.messages.create({ ...base, messages })
    return {
      thinking: first.content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
      text: second.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    }
  },
  async structured(place) {
    const message = await anthropicOf(place).messages.create({
      model: place.model,
      max_tokens: 1000,
      messages: [{ role: 'user', content: 'Which city?' }],
      output_config: { format: { type: 'json_schema', schema } },
    })
    const [block] = message.content
    return JSON.parse(block?.type === 'text' ? block.text : '')
  },
  async failure(place) {
    const asking = anthropicOf(place).messages.create({ model: place.model, max_tokens: 9, messages: [hello] })
    const error = await asking.catch((thrown: unknown) => thrown)
    assert.ok(error instanceof Anthropic.APIError)
    return { status: error.status, retryAfter: error.headers?.get('retry-after') }
  },
}

const openaiChatClient: Client = {
  name: 'openai, chat',
  handsThinkingBack: false,
  async converse(place) {
    const client = openaiOf(place)
    const base = {
      model: place.model,
      reasoning_effort: 'low' as const,
      tools: [{ type: 'function' as const, function: { name: 'get_weather', description, parameters } }],
    }
    const image_url = { url: `data:image/png;base64,${pixel}` }
    const asked = {
      role: 'user' as const,
      content: [
        { type: 'image_url' as const, image_url },
        { type: 'text' as const, text: 'Where?' },
      ],
    }
    const first = await client.chat.completions.create({ ...base, messages: [asked] })
    const message = first.choices[0]?.message ?? assert.fail('no choice')
    const results = (message.tool_calls ?? []).flatMap((call) =>
      call.type === 'function'
        ? {
            role: 'tool' as const,
            tool_call_id: call.id,
            content: weatherOf((JSON.parse(call.function.arguments) as { city: string }).city),
          }
        : [],
    )
    const messages = [asked, message, ...results]
    const second = await client.chat.completions.stream({ ...base, messages }).finalChatCompletion()
    const { reasoning_content: thinking = '' } = message as { reasoning_content?: string }
    return { thinking, text: second.choices[0]?.message.content ?? '' }
  },
  async structured(place) {
    const completion = await openaiOf(place).chat.completions.create({
      model: place.model,
      messages: [{ role: 'user', content: 'Which city?' }],
      response_format: { type: 'json_schema', json_schema: { name: 'city', schema, strict: true } },
    })
    return JSON.parse(completion.choices[0]?.message.content ?? '')
  },
  failure: (place) => openaiFailure(openaiOf(place).chat.completions.create({ model: place.model, messages: [hello] })),
}

async function openaiFailure(asking: Promise<unknown>): ReturnType<Client['failure']> {
  const error = await asking.catch((thrown: unknown) => thrown)
  assert.ok(error instanceof OpenAI.APIError)
  return { status: error.status, retryAfter: error.headers?.get('retry-after') }
}

const openaiResponsesClient: Client = {
  name: 'openai, responses',
  handsThinkingBack: true,
  async converse(place) {
    const client = openaiOf(place)
    const base = {
      model: place.model,
      store: false,
      reasoning: { effort: 'low' as const, summary: 'auto' as const },
      include: ['reasoning.encrypted_content' as const],
      tools: [{ type: 'function' as const, name: 'get_weather', description, parameters, strict: true }],
    }
    const asked = {
      role: 'user' as const,
      content: [
        { type: 'input_image' as const, detail: 'auto' as const, image_url: `data:image/png;base64,${pixel}` },
        { type: 'input_text' as const, text: 'Where?' },
      ],
    }
    const first = await client.responses.stream({ ...base, input: [asked] }).finalResponse()
    const output = first.output.map(({ ...item }) => {
      if ('parsed_arguments' in item) delete item.parsed_arguments
      return item
    })
    const results = first.output.flatMap((item) =>
      item.type === 'function_call'
        ? {
            type: 'function_call_output' as const,
            call_id: item.call_id,
            output: weatherOf((JSON.parse(item.arguments) as { city: string }).city),
          }
        : [],
    )
    const input = [asked, ...output, ...results] as OpenAI.Responses.ResponseInput
    const second = await client.responses.create({ ...base, input })
    return {
      thinking: first.output
        .flatMap((item) => (item.type === 'reasoning' ? item.summary.map(({ text }) => text) : []))
        .join(''),
      text: second.output_text,
    }
  },
  async structured(place) {
    const response = await openaiOf(place).responses.create({
      model: place.model,
      input: 'Which city?',
      text: { format: { type: 'json_schema', name: 'city', schema, strict: true } },
    })
    return JSON.parse(response.output_text)
  },
  failure: (place) => openaiFailure(openaiOf(place).responses.create({ model: place.model, input: 'x' })),
}

const geminiClient: Client = {
  name: '@google/genai',
  handsThinkingBack: true,
  async converse(place) {
    const client = geminiOf(place)
    const declaration = { name: 'get_weather', description, parametersJsonSchema: schema }
    const base = {
      model: place.model,
      config: { tools: [{ functionDeclarations: [declaration] }], thinkingConfig: { includeThoughts: true } },
    }
    const asked: Content = {
      role: 'user',
      parts: [{ inlineData: { mimeType: 'image/png', data: pixel } }, { text: 'Where?' }],
    }
    const first = await client.models.generateContent({ ...base, contents: [asked] })
    const said = first.candidates?.[0]?.content ?? assert.fail('no content')
    const respond = ({ id, name = '', args }: FunctionCall) => ({
      functionResponse: { ...(id !== undefined && { id }), name, response: { output: weatherOf(args?.['city']) } },
    })
    const answered: Content = { role: 'user', parts: (first.functionCalls ?? []).map(respond) }
    let text = ''
    const contents = [asked, said, answered]
    for await (const chunk of await client.models.generateContentStream({ ...base, contents })) text += chunk.text ?? ''
    return { thinking: (said.parts ?? []).map((part) => (part.thought ? part.text : '')).join(''), text }
  },
  async structured(place) {
    const reply = await geminiOf(place).models.generateContent({
      model: place.model,
      contents: 'Which city?',
      config: { responseMimeType: 'application/json', responseJsonSchema: schema },
    })
    return JSON.parse(reply.text ?? '')
  },
  async failure(place) {
    const asking = geminiOf(place).models.generateContent({ model: place.model, contents: 'x' })
    const error = (await asking.catch((thrown: unknown) => thrown)) as { status?: number }
    return { status: error.status, retryAfter: undefined }
  },
}

/** The `ai` package: one interface, a provider for each wire. */
function aiClient(name: string, modelOf: (place: Place) => LanguageModel, handsThinkingBack: boolean): Client {
  return {
    name: `ai, ${name}`,
    handsThinkingBack,
    async converse(place) {
      const result = streamText({
        model: modelOf(place),
        maxRetries: 0,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'file', data: pixel, mediaType: 'image/png' },
              { type: 'text', text: 'Where?' },
            ],
          },
        ],
        tools: {
          get_weather: tool({
            description,
            inputSchema: jsonSchema<{ city: string }>(schema),
            execute: ({ city }) => weatherOf(city),
          }),
        },
        providerOptions: {
          anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } },
          openai: { reasoningEffort: 'low', reasoningSummary: 'auto', forceReasoning: true },
          google: { thinkingConfig: { includeThoughts: true } },
        },
        stopWhen: stepCountIs(2),
      })
      const [first] = await result.steps
      return { thinking: first?.reasoningText ?? '', text: await result.text }
    },
    async structured(place) {
      const { object } = await generateObject({
        model: modelOf(place),
        schema: jsonSchema<{ city: string }>(schema),
        prompt: 'Which city?',
      })
      return object
    },
    async failure(place) {
      const result = generateObject({ model: modelOf(place), schema: jsonSchema(schema), prompt: 'x', maxRetries: 0 })
      const error = (await result.catch((thrown: unknown) => thrown)) as {
        statusCode?: number
        responseHeaders?: { [name: string]: string }
      }
      return { status: error.statusCode, retryAfter: error.responseHeaders?.['retry-after'] }
    },
  }
}

/** What the `ai` package makes of a stream: its text, and whether it was told that it failed. */
async function streamWith(model: LanguageModel): Promise<{ text: string; errors: unknown[] }> {
  const errors: unknown[] = []
  let text = ''
  const onError = ({ error }: { error: unknown }) => void errors.push(error)
  const { fullStream } = streamText({ model, prompt: 'x', maxRetries: 0, onError })
  for await (const part of fullStream) if (part.type === 'text-delta') text += part.text
  return { text, errors }
}

const openaiProvider = ({ url, key }: Place) => createOpenAI({ baseURL: `${url}/v1`, apiKey: key })
const providers: { readonly [name: string]: (place: Place) => LanguageModel } = {
  anthropic: ({ url, key, model }) => createAnthropic({ baseURL: `${url}/v1`, apiKey: key })(model),
  'openai chat': (place) => openaiProvider(place).chat(place.model),
  'openai responses': (place) => openaiProvider(place).responses(place.model),
  google: ({ url, key, model }) => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: key })(model),
}

const clients = [
  anthropicClient,
  openaiChatClient,
  openaiResponsesClient,
  geminiClient,
  ...Object.entries(providers).map(([name, modelOf]) => aiClient(name, modelOf, name !== 'openai chat')),
]

const upstreams: { readonly [wire in WireName]: { readonly model: string; readonly account: object } } = {
  anthropic: { model: 'claude-sonnet-4-5', account: { kind: 'anthropic' } },
  'openai-chat': { model: 'gpt-4-compatible', account: { kind: 'openai', wires: ['openai-chat'] } },
  'openai-responses': { model: 'gpt-5', account: { kind: 'openai', wires: ['openai-responses'] } },
  gemini: { model: 'gemini-2.5-pro', account: { kind: 'gemini' } },
}

/** Results by the id of their call, as an upstream of this wire was told them. */
const resultsOf: { readonly [wire in WireName]: (body: string) => [string | undefined, string | undefined][] } = {
  anthropic: (body) => pairs(body, /"type":"tool_result"[^}]*?"tool_use_id":"([^"]+)".*?(dry in [^"]+)"/g),
  'openai-chat': (body) => pairs(body, /"role":"tool"[^}]*?"tool_call_id":"([^"]+)".*?(dry in [^"]+)"/g),
  'openai-responses': (body) =>
    pairs(body, /"type":"function_call_output"[^}]*?"call_id":"([^"]+)".*?(dry in [^"]+)"/g),
  gemini: (body) => pairs(body, /"functionResponse":\{[^}]*?"id":"([^"]+)".*?(dry in [^"]+)"/g),
}

function pairs(body: string, pattern: RegExp): [string | undefined, string | undefined][] {
  return [...body.matchAll(pattern)].map(([, id, text]) => [id, text])
}

/** "signature of", in base64: what every signature of the fake begins with. */
const signature = 'c2lnbmF0dXJlIG9m'

describe('conversations of official clients', () => {
  let upstream: FakeUpstream
  let server: TestServer
  let key: string

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer()
    for (const { model, account } of Object.values(upstreams))
      await server.addAccount({ name: model, ...account, base_url: upstream.url, api_key: 'secret', models: [model] })
    key = (await server.addKey()).key
  })
  const resetAccounts = () => {
    for (const { id } of server.app.upstreams.admin.list()) server.app.upstreams.admin.reset(id)
  }
  beforeEach(() => {
    upstream.clear()
    resetAccounts()
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })

  for (const [name, modelOf] of Object.entries(providers)) {
    for (const wire of wireNames) {
      test(`ai, ${name} → ${wire}: a stream that fails in the middle is told from one that ends`, async () => {
        const model = modelOf({ url: server.url, key, model: upstreams[wire].model })
        upstream.script(
          { words: 20 },
          // One after another: what comes in one read with its error has not begun, and is tried again.
          { words: 20, errorEvent: { afterEvents: 8 }, eventEveryMs: 5 },
          { words: 20, cut: { afterEvents: 8 } },
        )
        const whole = await streamWith(model)
        assert.deepEqual(whole.errors, [])
        for (const fault of ['error', 'cut']) {
          resetAccounts()
          const { text, errors } = await streamWith(model)
          assert.ok(text.length > 0 && whole.text.startsWith(text) && text !== whole.text, fault)
          assert.equal(errors.length, 1, fault)
        }
      })
    }
  }

  for (const client of clients) {
    for (const wire of wireNames) {
      const place = (): Place => ({ url: server.url, key, model: upstreams[wire].model })

      test(`${client.name} → ${wire}: a picture, thinking, two tools and their results`, async () => {
        upstream.script(
          {
            thinking: 'Let me look.',
            text: '',
            tools: cities.map((city) => ({ name: 'get_weather', arguments: { city } })),
          },
          { text: 'Dry in both.' },
        )
        const { thinking, text } = await client.converse(place())
        assert.equal(text, 'Dry in both.')
        if (client.handsThinkingBack) assert.equal(thinking, 'Let me look.')

        const [first, second] = upstream.received.map(({ body }) => body.toString())
        assert.ok(first?.includes(pixel), 'the picture')
        const results = resultsOf[wire](second ?? '')
        assert.deepEqual(
          results.map(([, said]) => said),
          cities.map(weatherOf),
        )
        for (const [index, [id]] of results.entries()) {
          assert.match(id ?? '', new RegExp(`^(?:toolu_|call_)?call[0-9a-z]+n${index}$`), "the upstream's own id")
        }
        const isBound = client.handsThinkingBack && wire !== 'openai-chat'
        if (isBound) assert.ok(second?.includes(signature), 'the signature of its thinking')
      })

      test(`${client.name} → ${wire}: a reply held to a schema`, async () => {
        upstream.always({ json: { city: '北京' } })
        assert.deepEqual(await client.structured(place()), { city: '北京' })
        assert.match(upstream.received[0]?.body.toString() ?? '', /"required":\s*\["city"\]/)
      })

      test(`${client.name} → ${wire}: a limit says when to come again, a refused account is not the caller's fault`, async () => {
        upstream.always({ error: 429, headers: { 'retry-after': '7' } })
        const limited = await client.failure(place())
        assert.equal(limited.status, 429)
        if (limited.retryAfter !== undefined) assert.equal(limited.retryAfter, '7')
        resetAccounts()
        upstream.always({ error: 401 })
        assert.ok([503, 529].includes((await client.failure(place())).status ?? 0))
      })
    }
  }
})
