import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type FakeUpstream, startFakeUpstream } from '@parley/testkit'
import OpenAI from 'openai'
import { startServer, type TestServer } from './harness.ts'

const upstreams = [
  { model: 'claude-sonnet-4-5', account: { kind: 'anthropic' } },
  { model: 'gpt-5', account: { kind: 'openai', wires: ['openai-responses'] } },
] as const

describe('the state of /v1/responses', () => {
  let upstream: FakeUpstream
  let server: TestServer
  let client: OpenAI

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer()
    for (const { model, account } of upstreams)
      await server.addAccount({ name: model, ...account, base_url: upstream.url, api_key: 'secret', models: [model] })
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: (await server.addKey()).key, maxRetries: 0 })
  })
  beforeEach(() => upstream.clear())
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })
  const sent = () => upstream.received.at(-1)?.body.toString() ?? ''

  for (const { model, account } of upstreams) {
    describe(`before an upstream of kind ${account.kind}`, () => {
      for (const stream of [false, true]) {
        const ask = async (body: { input: string; previous_response_id?: string; store?: boolean }) =>
          stream
            ? await client.responses.stream({ model, ...body }).finalResponse()
            : await client.responses.create({ model, ...body })

        test(`${stream ? 'streamed' : 'whole'}: a conversation goes on from a reply`, async () => {
          upstream.script({ text: 'You are Ada.' }, { text: 'Ada.' })
          const first = await ask({ input: 'I am Ada.' })
          assert.equal(first.output_text, 'You are Ada.')
          const second = await ask({ input: 'Who am I?', previous_response_id: first.id })
          assert.equal(second.output_text, 'Ada.')
          assert.match(sent(), /I am Ada\..*You are Ada\..*Who am I\?/)
          assert.doesNotMatch(sent(), /previous_response_id/)
        })

        test(`${stream ? 'streamed' : 'whole'}: a reply is found again, its input too, until it is deleted`, async () => {
          const { id, output_text: text } = await ask({ input: 'Keep this.' })
          assert.equal((await client.responses.retrieve(id)).output_text, text)
          const [item] = (await client.responses.inputItems.list(id)).data
          assert.ok(item?.type === 'message' && JSON.stringify(item.content).includes('Keep this.'))
          await client.responses.delete(id)
          await assert.rejects(client.responses.retrieve(id), OpenAI.NotFoundError)
          await assert.rejects(ask({ input: 'Go on.', previous_response_id: id }), { param: 'previous_response_id' })
        })

        test(`${stream ? 'streamed' : 'whole'}: what must not be stored is not`, async () => {
          const { id } = await ask({ input: 'Forget this.', store: false })
          await assert.rejects(client.responses.retrieve(id), OpenAI.NotFoundError)
        })
      }
    })
  }

  test('a request that refers to nothing reaches an upstream of its wire byte by byte', async () => {
    const body = '{ "model":"gpt-5",  "input":"As it is", "unknown": 1.0 }'
    const headers = { authorization: `Bearer ${client.apiKey}`, 'content-type': 'application/json' }
    const reply = await fetch(`${server.url}/v1/responses`, { method: 'POST', headers, body })
    assert.equal(reply.status, 200, await reply.text())
    assert.equal(sent(), body)
  })

  test('state that only one upstream account would have is refused by name', async () => {
    const body = { model: 'gpt-5', input: 'Hi' }
    await assert.rejects(client.responses.create({ ...body, background: true }), { status: 400, param: 'background' })
    await assert.rejects(client.responses.create({ ...body, conversation: 'conv_1' }), { param: 'conversation' })
    assert.equal(upstream.received.length, 0)
  })

  test('switched off, it is refused by name', async () => {
    await using off = await startServer({ env: { KEEP_RESPONSES_DAYS: '0' } })
    const { key } = await off.addKey()
    const there = new OpenAI({ baseURL: `${off.url}/v1`, apiKey: key, maxRetries: 0 })
    const body = { model: 'gpt-3.5-turbo', input: 'Hi' }
    const { id } = await there.responses.create(body)
    await assert.rejects(there.responses.create({ ...body, previous_response_id: id }), {
      status: 400,
      param: 'previous_response_id',
    })
  })
})
