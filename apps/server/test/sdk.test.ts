import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { type GenerateContentResponse, GoogleGenAI } from '@google/genai'
import { type FakeUpstream, startFakeUpstream } from '@parley/testkit'
import OpenAI from 'openai'
import { startServer, type TestServer } from './harness.ts'

/** What each official client got, in words that are the same for all. */
interface Got {
  readonly text: string
  readonly tools: readonly { readonly name: string; readonly input: unknown }[]
  readonly finish: string
  readonly inputTokens: number
  readonly outputTokens: number
}

interface Client {
  readonly name: string
  readonly wire: string
  readonly finish: { readonly stop: string; readonly tools: string; readonly length: string }
  ask(options: { url: string; key: string; model: string; stream: boolean; tools?: boolean }): Promise<Got>
  /** The status that the client's own error class has. */
  statusOf(error: unknown): number | undefined
}

const prompt = '请介绍一下你自己'
const weather = {
  name: 'get_weather',
  description: 'The weather of a city',
  schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
} as const

const anthropicClient: Client = {
  name: '@anthropic-ai/sdk',
  wire: 'anthropic',
  finish: { stop: 'end_turn', tools: 'tool_use', length: 'max_tokens' },
  async ask({ url, key, model, stream, tools }) {
    const client = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 })
    const body = {
      model,
      max_tokens: 1000,
      messages: [{ role: 'user' as const, content: prompt }],
      ...(tools && {
        tools: [
          {
            name: weather.name,
            description: weather.description,
            input_schema: { ...weather.schema, required: ['city'] },
          },
        ],
      }),
    }
    const message = stream ? await client.messages.stream(body).finalMessage() : await client.messages.create(body)
    return {
      text: message.content.flatMap((block) => (block.type === 'text' ? block.text : [])).join(''),
      tools: message.content.flatMap((block) =>
        block.type === 'tool_use' ? { name: block.name, input: block.input } : [],
      ),
      finish: String(message.stop_reason),
      inputTokens: message.usage.input_tokens,
      outputTokens: message.usage.output_tokens,
    }
  },
  statusOf: (error) => (error instanceof Anthropic.APIError ? error.status : undefined),
}

const openaiTool = {
  name: weather.name,
  description: weather.description,
  parameters: { ...weather.schema, required: ['city'] },
}

const openaiChatClient: Client = {
  name: 'openai, chat',
  wire: 'openai-chat',
  finish: { stop: 'stop', tools: 'tool_calls', length: 'length' },
  async ask({ url, key, model, stream, tools }) {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
    const body = {
      model,
      messages: [{ role: 'user' as const, content: prompt }],
      ...(tools && { tools: [{ type: 'function' as const, function: openaiTool }] }),
    }
    const completion = stream
      ? await client.chat.completions.stream({ ...body, stream_options: { include_usage: true } }).finalChatCompletion()
      : await client.chat.completions.create(body)
    const choice = completion.choices[0] ?? assert.fail('no choice')
    return {
      text: choice.message.content ?? '',
      tools: (choice.message.tool_calls ?? []).flatMap((call) =>
        call.type === 'function'
          ? { name: call.function.name, input: JSON.parse(call.function.arguments) as unknown }
          : [],
      ),
      finish: choice.finish_reason,
      inputTokens: completion.usage?.prompt_tokens ?? -1,
      outputTokens: completion.usage?.completion_tokens ?? -1,
    }
  },
  statusOf: (error) => (error instanceof OpenAI.APIError ? error.status : undefined),
}

const openaiResponsesClient: Client = {
  name: 'openai, responses',
  wire: 'openai-responses',
  finish: { stop: 'completed', tools: 'completed', length: 'incomplete' },
  async ask({ url, key, model, stream, tools }) {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
    const body = {
      model,
      input: prompt,
      store: false,
      ...(tools && { tools: [{ type: 'function' as const, ...openaiTool, strict: null }] }),
    }
    const response = stream ? await client.responses.stream(body).finalResponse() : await client.responses.create(body)
    return {
      text: response.output_text,
      tools: response.output.flatMap((item) =>
        item.type === 'function_call' ? { name: item.name, input: JSON.parse(item.arguments) as unknown } : [],
      ),
      finish: String(response.status),
      inputTokens: response.usage?.input_tokens ?? -1,
      outputTokens: response.usage?.output_tokens ?? -1,
    }
  },
  statusOf: (error) => (error instanceof OpenAI.APIError ? error.status : undefined),
}

const geminiClient: Client = {
  name: '@google/genai',
  wire: 'gemini',
  finish: { stop: 'STOP', tools: 'STOP', length: 'MAX_TOKENS' },
  async ask({ url, key, model, stream, tools }) {
    const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } })
    const body = {
      model,
      contents: prompt,
      ...(tools && {
        config: {
          tools: [
            {
              functionDeclarations: [
                { name: weather.name, description: weather.description, parametersJsonSchema: weather.schema },
              ],
            },
          ],
        },
      }),
    }
    const chunks: GenerateContentResponse[] = []
    if (stream) for await (const chunk of await client.models.generateContentStream(body)) chunks.push(chunk)
    else chunks.push(await client.models.generateContent(body))
    const last = chunks.at(-1) ?? assert.fail('no chunk')
    return {
      text: chunks.map((chunk) => chunk.text ?? '').join(''),
      tools: chunks
        .flatMap((chunk) => chunk.functionCalls ?? [])
        .map((call) => ({ name: String(call.name), input: call.args })),
      finish: String(last.candidates?.[0]?.finishReason),
      inputTokens: last.usageMetadata?.promptTokenCount ?? -1,
      outputTokens: last.usageMetadata?.candidatesTokenCount ?? -1,
    }
  },
  statusOf: (error) => (error as { status?: number }).status,
}

const clients = [anthropicClient, openaiChatClient, openaiResponsesClient, geminiClient]

const upstreams = [
  { model: 'claude-sonnet-4-5', account: { kind: 'anthropic' } },
  { model: 'gpt-4-compatible', account: { kind: 'openai', wires: ['openai-chat'] } },
  { model: 'gpt-5', account: { kind: 'openai', wires: ['openai-responses'] } },
  { model: 'gemini-2.5-pro', account: { kind: 'gemini' } },
] as const

describe('official clients, with nothing but a base URL and a key', () => {
  let upstream: FakeUpstream
  let server: TestServer
  let key: string

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer({ env: { PROVIDER_MAX_IDLE_MS: '2000' } })
    for (const { model, account } of upstreams) {
      await server.addAccount({
        name: model,
        ...account,
        base_url: upstream.url,
        api_key: 'upstream-secret',
        models: [model],
      })
    }
    key = (await server.addKey()).key
  })
  beforeEach(() => {
    upstream.clear()
    for (const { id } of server.app.upstreams.admin.list()) server.app.upstreams.admin.reset(id)
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })

  for (const client of clients) {
    for (const { model, account } of upstreams) {
      const to = 'wires' in account ? account.wires[0] : account.kind
      describe(`${client.name} → ${to}`, () => {
        for (const stream of [false, true]) {
          const how = stream ? 'streamed' : 'whole'
          const ask = (tools = false) => client.ask({ url: server.url, key, model, stream, tools })

          test(`${how}: text, stop reason and usage arrive as the upstream gave them`, async () => {
            const text = '你好，世界 👋 — "quoted" and\nnew lines'
            upstream.always({ text, usage: { input: 21, output: 13 } })
            const got = await ask()
            assert.equal(upstream.served[0]?.wire, to, 'every direction is one of its own')
            assert.deepEqual(got, { text, tools: [], finish: client.finish.stop, inputTokens: 21, outputTokens: 13 })
          })

          test(`${how}: two parallel tool calls`, async () => {
            const tools = [
              { name: 'get_weather', arguments: { city: '北京' } },
              { name: 'get_weather', arguments: { city: 'Zürich' } },
            ]
            upstream.always({ text: '', tools })
            const got = await ask(true)
            assert.deepEqual(
              got.tools,
              tools.map(({ name, arguments: input }) => ({ name, input })),
            )
            assert.equal(got.finish, client.finish.tools)
          })

          test(`${how}: a reply that met its limit says so`, async () => {
            upstream.always({ finish: 'length' })
            assert.equal((await ask()).finish, client.finish.length)
          })

          test(`${how}: an overloaded upstream is that client's own status for it`, async () => {
            upstream.always({ error: 529 })
            // Only Anthropic has 529; what comes from the client's own wire passes as it is.
            const isTheirs = client.wire === 'anthropic' || client.wire === to
            await assert.rejects(ask(), (error) => {
              assert.equal(client.statusOf(error), isTheirs ? 529 : 503, String(error))
              return true
            })
          })

          for (const status of [400, 429, 503]) {
            test(`${how}: the upstream's ${status} is the client's own error class`, async () => {
              upstream.always({ error: status })
              await assert.rejects(ask(), (error) => {
                const got = client.statusOf(error)
                assert.ok(status === 503 ? [503, 529].includes(got ?? 0) : got === status, `${got}: ${String(error)}`)
                return true
              })
            })
          }
        }

        for (const status of [429, 503, 529]) {
          test(`an error in the middle of a stream (${status}) is thrown with the upstream's words`, async () => {
            const message = 'The engine is on fire'
            upstream.always({ words: 20, errorEvent: { afterEvents: 6, status, message } })
            const asking = client.ask({ url: server.url, key, model, stream: true })
            await assert.rejects(asking, (error) => {
              assert.match(error instanceof Error ? `${error.message} ${String(error.cause)}` : '', /on fire/)
              return true
            })
          })
        }

        test('a stream that is cut is thrown', async () => {
          upstream.always({ words: 20, cut: { afterEvents: 6 } })
          await assert.rejects(client.ask({ url: server.url, key, model, stream: true }))
        })
      })
    }

    test(`${client.name}: a bad key is a 401`, async () => {
      const model = upstreams[0].model
      await assert.rejects(
        client.ask({ url: server.url, key: 'cr_wrong', model, stream: false }),
        (error) => client.statusOf(error) === 401,
      )
    })
  }
})
