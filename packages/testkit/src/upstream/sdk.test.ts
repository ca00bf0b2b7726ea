import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { startFakeUpstream } from './fake-upstream.ts'

/**
 * The providers' own packages judge the fake: what they take a reply for is what it must be. They share no code with
 * it, or with the codecs that it will judge.
 */

const usage = { input: 100, output: 50, thinking: 9, cacheRead: 11, cacheWrite5m: 5, cacheWrite1h: 7 }
const rich = { text: '你好 world 🚀', thinking: 'let me see', tools: 2, usage } as const

describe('the Anthropic SDK reads the fake', () => {
  const question = { model: 'claude-x', max_tokens: 100, messages: [{ role: 'user' as const, content: 'hello' }] }

  test('streamed and whole, with thinking, text and parallel tool calls', async () => {
    await using upstream = await startFakeUpstream()
    upstream.always(rich)
    const client = new Anthropic({ baseURL: upstream.url, apiKey: 'k', maxRetries: 0 })
    const streamed = await client.messages.stream(question).finalMessage()
    const whole = await client.messages.create(question)
    assert.deepEqual(
      whole.content.map((block) => block.type),
      ['thinking', 'text', 'tool_use', 'tool_use'],
    )
    assert.deepEqual(JSON.parse(JSON.stringify(streamed.content)), JSON.parse(JSON.stringify(whole.content)))
    assert.equal(streamed.stop_reason, 'tool_use')
    assert.equal(whole.stop_reason, 'tool_use')
    for (const message of [streamed, whole]) {
      assert.equal(message.usage.input_tokens, 100)
      assert.equal(message.usage.output_tokens, 59)
      assert.equal(message.usage.cache_creation_input_tokens, 12)
      assert.equal(message.usage.cache_read_input_tokens, 11)
      assert.equal(message.usage.cache_creation?.ephemeral_1h_input_tokens, 7)
    }
  })

  test('token counts, model lists, errors before and inside a stream', async () => {
    await using upstream = await startFakeUpstream()
    const client = new Anthropic({ baseURL: upstream.url, apiKey: 'k', maxRetries: 0 })
    assert.ok((await client.messages.countTokens({ model: 'claude-x', messages: question.messages })).input_tokens > 3)
    const models = await client.models.list()
    assert.ok(models.data.some((model) => model.id === 'gpt-5'))
    assert.equal((await client.models.retrieve('gpt-5')).id, 'gpt-5')
    await assert.rejects(client.models.retrieve('unknown'), Anthropic.NotFoundError)
    upstream.script({ error: 529 }, { errorEvent: { afterEvents: 4, message: 'overloaded now' } })
    await assert.rejects(client.messages.create(question), { status: 529 })
    await assert.rejects(client.messages.stream(question).finalMessage(), /overloaded now/)
  })
})

describe('the OpenAI SDK reads the fake', () => {
  const question = { model: 'gpt-x', messages: [{ role: 'user' as const, content: 'hello' }] }

  test('chat completions, streamed and whole', async () => {
    await using upstream = await startFakeUpstream()
    upstream.always(rich)
    const client = new OpenAI({ baseURL: `${upstream.url}/v1`, apiKey: 'k', maxRetries: 0 })
    const streamed = await client.chat.completions
      .stream({ ...question, stream_options: { include_usage: true } })
      .finalChatCompletion()
    const whole = await client.chat.completions.create(question)
    for (const completion of [streamed, whole]) {
      const [choice] = completion.choices
      assert.equal(choice?.message.content, '你好 world 🚀')
      assert.equal(choice.message.tool_calls?.length, 2)
      assert.equal(choice.finish_reason, 'tool_calls')
      assert.equal(completion.usage?.prompt_tokens, 123)
      assert.equal(completion.usage.completion_tokens, 59)
      assert.equal(completion.usage.prompt_tokens_details?.cached_tokens, 11)
      assert.equal(completion.usage.completion_tokens_details?.reasoning_tokens, 9)
    }
    const argumentsOf = (completion: typeof whole): unknown[] =>
      (completion.choices[0]?.message.tool_calls ?? []).map((call) =>
        call.type === 'function' ? JSON.parse(call.function.arguments) : call,
      )
    assert.deepEqual(argumentsOf(streamed), argumentsOf(whole))
  })

  test('usage of a chat stream comes only when it is asked for', async () => {
    await using upstream = await startFakeUpstream()
    const client = new OpenAI({ baseURL: `${upstream.url}/v1`, apiKey: 'k', maxRetries: 0 })
    const stream = await client.chat.completions.create({ ...question, stream: true })
    for await (const chunk of stream) assert.ok(!('usage' in chunk))
    await upstream.idle()
    assert.equal(upstream.served[0]?.usageSaid, 'none')
    assert.ok((upstream.served[0]?.usage.output ?? 0) > 0)
  })

  test('responses, streamed and whole', async () => {
    await using upstream = await startFakeUpstream()
    upstream.always(rich)
    const client = new OpenAI({ baseURL: `${upstream.url}/v1`, apiKey: 'k', maxRetries: 0 })
    const streamed = await client.responses.stream({ model: 'gpt-x', input: 'hello' }).finalResponse()
    const whole = await client.responses.create({ model: 'gpt-x', input: 'hello' })
    for (const response of [streamed, whole]) {
      assert.equal(response.status, 'completed')
      assert.equal(response.output_text, '你好 world 🚀')
      assert.deepEqual(
        response.output.map((item) => item.type),
        ['reasoning', 'message', 'function_call', 'function_call'],
      )
      assert.equal(response.usage?.input_tokens, 123)
      assert.equal(response.usage.output_tokens, 59)
      assert.equal(response.usage.input_tokens_details.cached_tokens, 11)
      assert.equal(response.usage.output_tokens_details.reasoning_tokens, 9)
    }
  })

  test('completions, embeddings, models, refusals, errors before and inside a stream', async () => {
    await using upstream = await startFakeUpstream()
    const client = new OpenAI({ baseURL: `${upstream.url}/v1`, apiKey: 'k', maxRetries: 0 })
    let text = ''
    const stream = await client.completions.create({ model: 'm', prompt: 'hello', stream: true })
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? ''
    assert.equal(text, (await client.completions.create({ model: 'm', prompt: 'hello' })).choices[0]?.text)
    const embeddings = await client.embeddings.create({ model: 'm', input: ['一', 'two'], dimensions: 5 })
    assert.deepEqual(
      embeddings.data.map((item) => item.embedding.length),
      [5, 5],
    )
    assert.ok((await client.models.list()).data.length > 1)
    upstream.script({ refusal: true }, { error: 429 }, { errorEvent: { afterEvents: 2, message: 'broke off' } })
    const refused = await client.chat.completions.create(question)
    assert.match(refused.choices[0]?.message.refusal ?? '', /抱歉/)
    await assert.rejects(client.chat.completions.create(question), OpenAI.RateLimitError)
    await assert.rejects(client.chat.completions.stream(question).finalChatCompletion(), /broke off/)
  })
})

describe('the Gemini SDK reads the fake', () => {
  const question = { model: 'gemini-x', contents: 'hello' }

  test('streamed and whole, with thoughts, function calls and an image', async () => {
    await using upstream = await startFakeUpstream()
    upstream.always({ ...rich, image: true })
    const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: upstream.url } })
    const whole = await client.models.generateContent(question)
    let text = ''
    let calls = 0
    let last = whole
    for await (const chunk of await client.models.generateContentStream(question)) {
      text +=
        chunk.candidates?.[0]?.content?.parts?.map((part) => (part.thought ? '' : (part.text ?? ''))).join('') ?? ''
      calls += chunk.functionCalls?.length ?? 0
      last = chunk
    }
    assert.equal(text, '你好 world 🚀')
    assert.equal(whole.functionCalls?.length, 2)
    assert.equal(calls, 2)
    assert.ok(whole.data)
    for (const response of [last, whole]) {
      assert.equal(response.candidates?.[0]?.finishReason, 'STOP')
      assert.deepEqual(
        [
          response.usageMetadata?.promptTokenCount,
          response.usageMetadata?.candidatesTokenCount,
          response.usageMetadata?.thoughtsTokenCount,
          response.usageMetadata?.cachedContentTokenCount,
          response.usageMetadata?.totalTokenCount,
        ],
        [123, 50, 9, 11, 182],
      )
    }
  })

  test('token counts, embeddings, models and errors', async () => {
    await using upstream = await startFakeUpstream()
    const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: upstream.url } })
    assert.ok(((await client.models.countTokens(question)).totalTokens ?? 0) > 3)
    assert.ok(((await client.models.embedContent({ model: 'e', contents: ['a', 'b'] })).embeddings ?? []).length > 0)
    const names: (string | undefined)[] = []
    for await (const model of await client.models.list()) names.push(model.name)
    assert.ok(names.includes('models/gemini-2.5-pro'))
    upstream.script({ error: 403 })
    await assert.rejects(client.models.generateContent(question), { status: 403 })
  })
})
