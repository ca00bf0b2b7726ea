import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createOpenAI } from '@ai-sdk/openai'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { type FakeUpstream, startFakeUpstream } from '@parley/testkit'
import { embedMany } from 'ai'
import OpenAI from 'openai'
import { startServer, type TestServer } from './harness.ts'

/** Counting, embedding, completing: with the official clients, at upstreams of their own wire and of others. */

const accounts = [
  { model: 'claude-sonnet-4-5', kind: 'anthropic' },
  { model: 'gpt-4-compatible', kind: 'openai' },
  { model: 'gpt-5', kind: 'openai', wires: ['openai-responses'] },
  { model: 'gemini-2.5-pro', kind: 'gemini' },
  { model: 'text-embedding-3-small', kind: 'openai' },
  { model: 'gemini-embedding-001', kind: 'gemini' },
  { model: 'azure-deployment', kind: 'azure-openai' },
]

describe('what is asked besides replies', () => {
  let upstream: FakeUpstream
  let server: TestServer
  let openai: OpenAI
  let anthropic: Anthropic
  let gemini: GoogleGenAI
  let key: string

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer()
    for (const { model, ...account } of accounts) {
      const models = { [model]: model, [`public-${model}`]: model }
      await server.addAccount({ name: model, ...account, base_url: upstream.url, api_key: 'secret', models })
    }
    key = (await server.addKey()).key
    openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: key, maxRetries: 0 })
    anthropic = new Anthropic({ baseURL: server.url, apiKey: key, maxRetries: 0 })
    gemini = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: server.url } })
  })
  beforeEach(async () => {
    upstream.clear()
    await server.settledRecords()
    await server.app.store.database.deleteFrom('usage_record').execute()
    for (const { id } of server.app.upstreams.admin.list()) server.app.upstreams.admin.reset(id)
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })
  const theRecord = async () => {
    const [record, ...others] = await server.settledRecords()
    assert.deepEqual(others, [])
    return record ?? assert.fail('no record')
  }

  describe('tokens', () => {
    const messages = [{ role: 'user' as const, content: 'How long is this? '.repeat(20) }]
    const tools = [{ name: 'look', description: 'Looks', input_schema: { type: 'object' as const, properties: {} } }]

    test('Anthropic’s count is the upstream’s where it speaks the wire, and costs nothing', async () => {
      const { input_tokens: tokens } = await anthropic.messages.countTokens({ model: 'claude-sonnet-4-5', messages })
      assert.equal(upstream.served[0]?.path, '/v1/messages/count_tokens')
      assert.ok(tokens > 50)
      const record = await theRecord()
      assert.deepEqual([record.http_status, record.input_tokens, record.cost_nanos], [200, 0, 0])
    })

    test('Gemini’s too, with the model’s own name where the account maps it', async () => {
      const { totalTokens } = await gemini.models.countTokens({ model: 'public-gemini-2.5-pro', contents: 'Hello' })
      assert.ok((totalTokens ?? 0) > 3)
      assert.equal(upstream.served[0]?.path, '/v1beta/models/gemini-2.5-pro:countTokens')
    })

    for (const model of ['gpt-4-compatible', 'gemini-2.5-pro', 'gpt-3.5-turbo']) {
      test(`are counted here for ${model}`, async () => {
        const few = await anthropic.messages.countTokens({ model, messages: [{ role: 'user', content: 'Hi' }] })
        const more = await anthropic.messages.countTokens({ model, messages, tools })
        assert.ok(few.input_tokens < 12 && more.input_tokens > 100 && more.input_tokens < 150, `${more.input_tokens}`)
        assert.equal(upstream.received.length, 0)
        const records = await server.settledRecords()
        assert.deepEqual(
          records.map(({ input_tokens: input, http_status: status }) => [input, status]),
          [
            [0, 200],
            [0, 200],
          ],
        )
      })
    }

    test('Gemini’s form is answered for others’ models', async () => {
      const { totalTokens = 0 } = await gemini.models.countTokens({
        model: 'claude-sonnet-4-5',
        contents: 'Hello there',
      })
      assert.ok(totalTokens > 2 && totalTokens < 12)
    })
  })

  describe('embeddings', () => {
    for (const model of ['text-embedding-3-small', 'gemini-embedding-001', 'public-text-embedding-3-small']) {
      test(`OpenAI’s client gets those of ${model}, and they are billed`, async () => {
        const { data, usage } = await openai.embeddings.create({ model, input: ['one', 'two'], dimensions: 8 })
        assert.deepEqual(
          data.map(({ embedding }) => embedding.length),
          [8, 8],
        )
        assert.notDeepEqual(data[0]?.embedding, data[1]?.embedding)
        const record = await theRecord()
        assert.ok(record.input_tokens > 0 && record.output_tokens === 0)
        if (!model.startsWith('gemini')) assert.equal(record.input_tokens, usage.prompt_tokens)
        assert.ok(!upstream.received[0]?.body.includes('public-'))
      })
    }

    test('as numbers or as base64, the same ones', async () => {
      const ask = { model: 'gemini-embedding-001', input: 'one' }
      const [numbers, encoded] = [
        await openai.embeddings.create({ ...ask, encoding_format: 'float' }),
        await openai.embeddings.create({ ...ask, encoding_format: 'base64' }),
      ]
      const text = encoded.data[0]?.embedding as unknown as string
      const floats = new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer)
      assert.deepEqual([...floats], numbers.data[0]?.embedding)
    })

    for (const model of ['gemini-embedding-001', 'text-embedding-3-small']) {
      test(`Google’s client gets those of ${model}`, async () => {
        const { embeddings } = await gemini.models.embedContent({ model, contents: ['one', 'two'] })
        assert.deepEqual(
          embeddings?.map(({ values }) => values?.length),
          [8, 8],
        )
        assert.ok((await theRecord()).input_tokens > 0)
      })
    }

    test('the AI SDK gets them', async () => {
      const provider = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: key })
      const { embeddings } = await embedMany({ model: provider.embedding('gemini-embedding-001'), values: ['a', 'b'] })
      assert.equal(embeddings.length, 2)
    })

    test('a model whose upstream has none is refused by name, token numbers at Gemini too', async () => {
      const bad = openai.embeddings.create({ model: 'claude-sonnet-4-5', input: 'x' })
      await assert.rejects(bad, { status: 400, param: 'model' })
      const numbers = openai.embeddings.create({ model: 'gemini-embedding-001', input: [[1, 2]] })
      await assert.rejects(numbers, { status: 400, param: 'input[0]' })
      assert.equal(upstream.received.length, 0)
    })

    test('an error of the upstream arrives', async () => {
      upstream.always({ error: 429 })
      await assert.rejects(openai.embeddings.create({ model: 'gemini-embedding-001', input: 'x' }), { status: 429 })
    })
  })

  test('Azure is asked at its deployments, for everything', async () => {
    const model = 'azure-deployment'
    await openai.embeddings.create({ model, input: 'x' })
    await openai.completions.create({ model, prompt: 'x' })
    await openai.chat.completions.create({ model, messages: [{ role: 'user', content: 'x' }] })
    await openai.responses.create({ model, input: 'x', store: false })
    await anthropic.messages.create({ model, max_tokens: 9, messages: [{ role: 'user', content: 'x' }] })
    await gemini.models.embedContent({ model, contents: 'x' })
    const deployment = `/openai/deployments/${model}`
    assert.deepEqual(
      upstream.received.map(({ path, headers }) => [path.split('?')[0], headers['api-key']]),
      [
        [`${deployment}/embeddings`, 'secret'],
        [`${deployment}/completions`, 'secret'],
        [`${deployment}/chat/completions`, 'secret'],
        ['/openai/v1/responses', 'secret'],
        [`${deployment}/chat/completions`, 'secret'],
        [`${deployment}/embeddings`, 'secret'],
      ],
    )
  })

  describe('models', () => {
    const id = 'public-gemini-2.5-pro'

    test('are listed and found in the form of each client', async () => {
      assert.ok((await openai.models.list()).data.some((model) => model.id === id))
      assert.equal((await openai.models.retrieve(id)).object, 'model')
      assert.ok((await anthropic.models.list()).data.some((model) => model.id === id))
      assert.equal((await anthropic.models.retrieve(id)).type, 'model')
      const listed: (string | undefined)[] = []
      for await (const { name } of await gemini.models.list()) listed.push(name)
      assert.ok(listed.includes(`models/${id}`))
      assert.equal((await gemini.models.get({ model: id })).name, `models/${id}`)
      const older = new GoogleGenAI({ apiKey: key, apiVersion: 'v1beta', httpOptions: { baseUrl: server.url } })
      assert.equal((await older.models.get({ model: id })).name, `models/${id}`)
    })

    test('that nobody serves are each client’s own 404', async () => {
      await assert.rejects(openai.models.retrieve('none'), OpenAI.NotFoundError)
      await assert.rejects(anthropic.models.retrieve('none'), Anthropic.NotFoundError)
      await assert.rejects(gemini.models.get({ model: 'none' }), { status: 404 })
      const reply = await fetch(`${server.url}/v1beta/models/none`, { headers: { authorization: `Bearer ${key}` } })
      assert.equal(((await reply.json()) as { error: { status: string } }).error.status, 'NOT_FOUND')
    })
  })

  describe('compaction', () => {
    for (const model of ['claude-sonnet-4-5', 'gpt-4-compatible', 'gemini-2.5-pro']) {
      test(`of ${model}: what the user said, and a summary that the next request is told`, async () => {
        upstream.always({ text: 'All is well.', usage: { input: 12, output: 5 } })
        const input = [{ role: 'user' as const, content: 'Is all well?' }]
        const compacted = await openai.responses.compact({ model, input })
        assert.deepEqual(
          [compacted.object, ...compacted.output.map(({ type }) => type)],
          ['response.compaction', 'message', 'compaction'],
        )
        assert.equal(compacted.usage.output_tokens, 5)
        assert.equal((await theRecord()).output_tokens, 5)
        await openai.responses.create({
          model,
          input: compacted.output as OpenAI.Responses.ResponseInput,
          store: false,
        })
        assert.match(upstream.received.at(-1)?.body.toString() ?? '', /Is all well\?.*All is well\./s)
      })
    }

    test('is passed on to an upstream that speaks Responses', async () => {
      await openai.responses.compact({ model: 'gpt-5', input: 'Hi' })
      const [received] = upstream.received
      assert.equal(received?.path, '/v1/responses/compact')
      assert.equal(received?.body.toString(), '{"model":"gpt-5","input":"Hi"}')
    })
  })

  describe('legacy completions', () => {
    for (const model of ['gpt-4-compatible', 'claude-sonnet-4-5', 'gpt-5', 'gemini-2.5-pro']) {
      test(`of ${model}, whole and streamed`, async () => {
        upstream.always({ text: '你好 world', usage: { input: 12, output: 5 } })
        const ask = { model, prompt: 'Say hello', max_tokens: 50 }
        const whole = await openai.completions.create(ask)
        assert.deepEqual([whole.choices[0]?.text, whole.choices[0]?.finish_reason], ['你好 world', 'stop'])
        assert.equal(whole.usage?.completion_tokens, 5)
        let text = ''
        let finish: string | undefined
        for await (const chunk of await openai.completions.create({ ...ask, stream: true })) {
          const [choice] = chunk.choices
          assert.ok(choice, 'a client that did not ask for usage gets no event without choices')
          text += choice.text
          finish = choice.finish_reason ?? finish
        }
        assert.deepEqual([text, finish], ['你好 world', 'stop'])
        const records = await server.settledRecords()
        assert.deepEqual(
          records.map(({ input_tokens: input, output_tokens: output, usage_source: source }) => [
            input,
            output,
            source,
          ]),
          [
            [12, 5, 'upstream'],
            [12, 5, 'upstream'],
          ],
        )
        const isPassedOn = upstream.served[0]?.path === '/v1/completions'
        assert.equal(isPassedOn, model === 'gpt-4-compatible')
      })
    }

    for (const model of ['gpt-4-compatible', 'claude-sonnet-4-5']) {
      test(`of ${model} end in their own form when a limit is reached in the middle`, async () => {
        const limited = await server.addKey({ limits: [{ what: 'tokens', per: 'day', max: 1500 }] })
        const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: limited.key, maxRetries: 0 })
        upstream.always({ words: 20_000 })
        const pieces: OpenAI.Completion[] = []
        for await (const piece of await client.completions.create({ model, prompt: 'x', stream: true }))
          pieces.push(piece)
        assert.ok(pieces.every(({ object }) => object === 'text_completion'))
        assert.equal(pieces.at(-1)?.choices[0]?.finish_reason, 'length')
        assert.ok(pieces.length < 10_000)
      })
    }

    test('the simulator completes as well', async () => {
      const { choices } = await openai.completions.create({ model: 'gpt-3.5-turbo', prompt: 'Hi', max_tokens: 50 })
      assert.ok((choices[0]?.text.length ?? 0) > 0)
    })

    test('what a chat cannot say is refused by name; a stream that fails ends in an error', async () => {
      const ask = { model: 'claude-sonnet-4-5', prompt: 'x' }
      await assert.rejects(openai.completions.create({ ...ask, echo: true }), { status: 400, param: 'echo' })
      await assert.rejects(openai.completions.create({ ...ask, prompt: ['a', 'b'] }), { status: 400, param: 'prompt' })
      for (const model of ['claude-sonnet-4-5', 'gpt-4-compatible']) {
        // One after another: what comes in one read with its error has not begun, and has a status.
        upstream.script({ words: 20, errorEvent: { afterEvents: 6 }, eventEveryMs: 5 })
        const stream = await openai.completions.create({ model, prompt: 'x', stream: true })
        await assert.rejects(async () => {
          for await (const chunk of stream) assert.ok(chunk)
        })
      }
    })
  })
})
