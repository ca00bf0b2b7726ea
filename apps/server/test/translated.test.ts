/** What upstreams are really sent of requests that were made for another. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ChatEvent, wires } from '@parley/wires'
import { type FakeUpstream, fetchWhole, startFakeUpstream, startHttpProxy } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

type Json = { readonly [name: string]: unknown }

let upstream: FakeUpstream
let server: TestServer
let key: string

before(async () => {
  upstream = await startFakeUpstream()
  server = await startServer()
  key = (await server.addKey()).key
})
after(async () => {
  await server?.[Symbol.asyncDispose]()
  await upstream?.close()
})

async function sent(path: string, body: Json): Promise<{ path: string; body: Json }> {
  const reply = await fetchWhole(`${server.url}${path}`, { headers: { 'x-api-key': key }, body })
  assert.equal(reply.status, 200, reply.text)
  const received = upstream.received.at(-1)
  return { path: received?.path ?? '', body: JSON.parse(received?.body.toString() ?? '{}') as Json }
}

const hello = [{ role: 'user', content: 'Hi' }]

describe('an account that speaks both of OpenAI’s wires', () => {
  before(async () => {
    const models = { 'gpt-5.6': 'gpt-5.6', 'gpt-4.1': 'gpt-4.1', 'claude-like': 'gpt-5-pro' }
    const wires = ['openai-chat', 'openai-responses']
    await server.addAccount({ name: 'both', kind: 'openai', base_url: upstream.url, api_key: 'x', models, wires })
  })

  for (const [model, more, path] of [
    ['gpt-5.6', {}, '/v1/responses'],
    ['claude-like', {}, '/v1/responses'],
    ['gpt-5.6', { stop_sequences: ['END'] }, '/v1/chat/completions'],
    ['gpt-4.1', {}, '/v1/chat/completions'],
  ] as const) {
    test(`is asked for ${model} with ${JSON.stringify(more)} on ${path}`, async () => {
      const asked = await sent('/v1/messages', { model, max_tokens: 500, messages: hello, ...more })
      assert.equal(asked.path, path)
    })
  }

  test('is asked on its clients’ own wire by those who speak it', async () => {
    const asked = await sent('/v1/chat/completions', { model: 'gpt-5.6', messages: hello })
    assert.equal(asked.path, '/v1/chat/completions')
  })
})

describe('a conversation that changes to its wire’s own upstream', () => {
  const thinking: ChatEvent[] = [
    { type: 'start', id: 'r', model: 'm' },
    { type: 'thinking', index: 0, text: 'Hm.', encrypted: 'ZW5j', id: 'rs_1', wire: 'openai-responses' },
    { type: 'block-end', index: 0 },
    { type: 'finish', reason: 'stop' },
  ]
  const { content: wrapped } = wires.anthropic.writeResponse(thinking, { id: 'r', model: 'm', createdAt: 1 })
  const answer = { type: 'text', text: 'Hello' }
  const asked = (content: unknown) => ({
    model: 'claude-sonnet-5',
    max_tokens: 500,
    messages: [...hello, { role: 'assistant', content }, ...hello],
  })

  before(async () => {
    const models = ['claude-sonnet-5']
    await server.addAccount({ name: 'claude', kind: 'anthropic', base_url: upstream.url, api_key: 'x', models })
  })

  for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
    test(`leaves the thinking of the other behind: ${path}`, async () => {
      const { body } = await sent(path, asked([...(wrapped as object[]), answer]))
      assert.deepEqual(body, asked([answer]))
    })
  }
})

describe('the dialect of a server that speaks OpenAI Chat', () => {
  const claudeCode = { max_tokens: 500, messages: hello, metadata: { user_id: 'u' }, stream: true }
  const usage = { include_usage: true }

  test('is the older one at a server that is only compatible, but for OpenAI’s thinking models', async () => {
    const models = ['llama-4', 'openai/gpt-5']
    await server.addAccount({ name: 'compatible', kind: 'openai', base_url: upstream.url, api_key: 'x', models })
    const fieldsFor = async (model: string) => {
      const { body } = await sent('/v1/messages', { ...claudeCode, model })
      return [body.max_tokens, body.max_completion_tokens, body.stream_options, body.user]
    }
    assert.deepEqual(await fieldsFor('llama-4'), [500, undefined, usage, 'u'])
    assert.deepEqual(await fieldsFor('openai/gpt-5'), [undefined, 500, usage, 'u'])
  })

  test('is OpenAI’s own on Azure', async () => {
    const account = { kind: 'azure-openai', base_url: upstream.url, api_key: 'x', models: ['my-deployment'] }
    await server.addAccount({ name: 'azure', ...account })
    const { body } = await sent('/v1/messages', { ...claudeCode, model: 'my-deployment' })
    assert.deepEqual([body.max_tokens, body.max_completion_tokens], [undefined, 500])
  })

  test('has no field at Mistral’s that Mistral refuses, and the usage comes unasked', async () => {
    await using proxy = await startHttpProxy({ leadsTo: { host: '127.0.0.1', port: upstream.port } })
    const account = { kind: 'openai', base_url: 'http://api.mistral.ai/v1', api_key: 'x', proxy: proxy.url }
    await server.addAccount({ name: 'mistral', ...account, models: ['mistral-large-latest'] })
    const model = 'mistral-large-latest'
    const { body } = await sent('/v1/messages', { ...claudeCode, model })
    assert.deepEqual(Object.keys(body).sort(), ['max_tokens', 'messages', 'model', 'stream'])

    const asked = { model, messages: hello, stream: true }
    assert.deepEqual((await sent('/v1/chat/completions', asked)).body, asked)
    const { key: limited } = await server.addKey({ limits: [{ what: 'tokens', per: 'total', max: 5_000 }] })
    const headers = { 'x-api-key': limited }
    await fetchWhole(`${server.url}/v1/chat/completions`, { headers, body: { model, messages: hello } })
    const short = JSON.parse(upstream.received.at(-1)?.body.toString() ?? '{}') as Json
    assert.deepEqual(Object.keys(short).sort(), ['max_tokens', 'messages', 'model'])
  })
})

test('a reply is not asked to become longer than the model can make it', async () => {
  const models = ['gpt-4o', 'gemini-2.0-flash']
  for (const [index, kind] of ['openai', 'gemini'].entries())
    await server.addAccount({ name: kind, kind, base_url: upstream.url, api_key: 'x', models: [models[index]] })
  const asked = { max_tokens: 32_000, messages: hello }
  assert.equal((await sent('/v1/messages', { ...asked, model: 'gpt-4o' })).body.max_tokens, 16_384)
  const { generationConfig } = (await sent('/v1/messages', { ...asked, model: 'gemini-2.0-flash' })).body
  assert.deepEqual(generationConfig, { maxOutputTokens: 8_192 })
  assert.equal((await sent('/v1/messages', { ...asked, max_tokens: 9, model: 'gpt-4o' })).body.max_tokens, 9)
})
