import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type FakeUpstream, startFakeUpstream } from '@parley/testkit'
import { type WireName, wireNames } from '@parley/wires'
import { startServer, type TestServer } from './harness.ts'

const models: { readonly [wire in WireName]: string } = {
  anthropic: 'claude-sonnet-4-5',
  'openai-chat': 'gpt-4-compatible',
  'openai-responses': 'gpt-5',
  gemini: 'gemini-2.5-pro',
}
const accounts: { readonly [wire in WireName]: object } = {
  anthropic: { kind: 'anthropic' },
  'openai-chat': { kind: 'openai', wires: ['openai-chat'] },
  'openai-responses': { kind: 'openai', wires: ['openai-responses'] },
  gemini: { kind: 'gemini' },
}

const messages = [{ role: 'user', content: 'x' }]
const doors: { readonly [wire in WireName]: (model: string) => { readonly path: string; readonly body: object } } = {
  anthropic: (model) => ({ path: '/v1/messages', body: { model, max_tokens: 99, stream: true, messages } }),
  'openai-chat': (model) => ({ path: '/v1/chat/completions', body: { model, stream: true, messages } }),
  'openai-responses': (model) => ({ path: '/v1/responses', body: { model, stream: true, input: 'x' } }),
  gemini: (model) => ({
    path: `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
    body: { contents: [{ role: 'user', parts: [{ text: 'x' }] }] },
  }),
}

const words = Array.from({ length: 12 }, (_, index) => `word${index} `)
/** Past every wire's envelope, before the end of the text. */
const eventsUntilHold = 8

describe('a stream is live from any upstream at any door', () => {
  let upstream: FakeUpstream
  let server: TestServer
  let key: string

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer()
    for (const wire of wireNames) {
      const [name, base] = [models[wire], { base_url: upstream.url, api_key: 'secret' }]
      await server.addAccount({ name, ...accounts[wire], ...base, models: [name] })
    }
    key = (await server.addKey()).key
  })
  beforeEach(() => upstream.clear())
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })

  for (const door of wireNames) {
    for (const wire of wireNames) {
      test(`${door} ← ${wire}: what the upstream has said so far has arrived, while it is silent`, {
        timeout: 20_000,
      }, async () => {
        const { promise: released, resolve: release } = Promise.withResolvers<void>()
        upstream.always({ text: words.join(''), hold: { afterEvents: eventsUntilHold, until: released } })
        const { path, body } = doors[door](models[wire])
        const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
        const reply = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
        const served = await upstream.waitFor(() => upstream.served.find(({ events }) => events === eventsUntilHold))
        const said = words.join('').slice(0, served.contentCharacters).trim().split(' ')
        assert.ok(said.length > 1 && said.length < words.length, `${said.length} words`)

        let received = ''
        const decoder = new TextDecoder()
        assert.ok(reply.body)
        for await (const chunk of reply.body) {
          received += decoder.decode(chunk as Uint8Array, { stream: true })
          // Were anything held back here, this would wait for the upstream, and the upstream for this.
          if (received.includes(said.at(-1) ?? '')) release()
        }
        for (const word of words) assert.ok(received.includes(word.trim()), word)
      })
    }
  }
})
