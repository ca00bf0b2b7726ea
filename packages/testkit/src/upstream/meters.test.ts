import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type WireName, wires } from '@parley/wires'
import { fetchWhole } from '../http-client.ts'
import type { Behaviour, UsageSaying } from './behaviour.ts'
import { startFakeUpstream } from './fake-upstream.ts'

/**
 * What the meters of `@parley/wires` read off the bytes is what the fake says it put there: usage, length, and whether
 * the reply was whole, in streams and whole bodies, well or badly formed, in chunks of any size.
 */

const paths: { readonly [wire in WireName]: { stream: string; json: string } } = {
  anthropic: { stream: '/v1/messages', json: '/v1/messages' },
  'openai-chat': { stream: '/v1/chat/completions', json: '/v1/chat/completions' },
  'openai-responses': { stream: '/v1/responses', json: '/v1/responses' },
  gemini: { stream: '/v1beta/models/m:streamGenerateContent?alt=sse', json: '/v1beta/models/m:generateContent' },
}

const question = {
  model: 'm',
  messages: [{ role: 'user', content: 'hello' }],
  input: 'hello',
  contents: [{ role: 'user', parts: [{ text: 'hello' }] }],
  stream_options: { include_usage: true },
}

const usage = {
  input: 1000,
  output: 50,
  thinking: 9,
  cacheRead: 11,
  cacheWrite5m: 5,
  cacheWrite1h: 7,
  audioInput: 3,
  audioOutput: 2,
  webSearches: 2,
  fileSearches: 1,
  serviceTier: 'fast',
}

const forms: readonly Behaviour[] = [
  {},
  { thinking: true, tools: 2 },
  { image: true },
  { refusal: true },
  { lineEnd: 'crlf', pings: 'comment' },
  { garbage: 'harmless', lineEnd: 'cr' },
  { end: 'before-final' },
  { cut: { afterEvents: 6 } },
  { cut: { insideCharacter: 4 } },
]

/** A Responses stream has usage in its last event only; saying it in the first is a lie that no known server tells. */
function sayingsOf(wire: WireName): readonly UsageSaying[] {
  return wire === 'openai-responses' ? ['default', 'none', 'last'] : ['default', 'none', 'every-chunk', 'first', 'last']
}

for (const wire of Object.keys(wires) as WireName[]) {
  for (const kind of ['stream', 'json'] as const) {
    test(`the ${wire} meter reads off a ${kind} what was said in it`, async () => {
      await using upstream = await startFakeUpstream()
      for (const sayUsage of sayingsOf(wire)) {
        for (const form of forms) {
          upstream.script({ ...form, sayUsage, usage })
          const body = { ...question, stream: kind === 'stream' }
          const reply = await fetchWhole(upstream.url + paths[wire][kind], { body })
          await upstream.idle()
          const served = upstream.served.at(-1)
          const what = `${sayUsage} ${JSON.stringify(form)}`
          for (const size of [1, 13, reply.body.length]) {
            const meter = wires[wire].meter(kind)
            for (let at = 0; at < reply.body.length; at += size) meter.push(reply.body.subarray(at, at + size))
            meter.end()
            assert.deepEqual(meter.usage, served?.said?.usage, what)
            assert.equal(meter.isFinished, served?.outcome === 'finished', what)
            if (meter.isFinished) assert.equal(meter.contentLength, served?.contentCharacters, what)
          }
        }
      }
    })
  }
}
