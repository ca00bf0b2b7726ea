import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchWhole } from '../http-client.ts'
import type { UsageSaying } from './behaviour.ts'
import { startFakeUpstream } from './fake-upstream.ts'

const paths = {
  anthropic: '/v1/messages',
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  gemini: '/v1beta/models/m:streamGenerateContent?alt=sse',
} as const

/** What a caller knows of the usage of a whole stream, and of one that was cut after five events. */
const expected: {
  readonly [wire in keyof typeof paths]: { readonly [saying in UsageSaying]: readonly [string, string] }
} = {
  anthropic: {
    default: ['whole', 'partly'],
    none: ['none', 'none'],
    'every-chunk': ['whole', 'partly'],
    first: ['whole', 'whole'],
    last: ['whole', 'partly'],
  },
  'openai-chat': {
    default: ['none', 'none'],
    none: ['none', 'none'],
    'every-chunk': ['whole', 'partly'],
    first: ['whole', 'whole'],
    last: ['whole', 'none'],
  },
  'openai-responses': {
    default: ['whole', 'none'],
    none: ['none', 'none'],
    'every-chunk': ['whole', 'partly'],
    first: ['whole', 'whole'],
    last: ['whole', 'none'],
  },
  gemini: {
    default: ['whole', 'partly'],
    none: ['none', 'none'],
    'every-chunk': ['whole', 'partly'],
    first: ['whole', 'whole'],
    last: ['whole', 'none'],
  },
}

const question = {
  model: 'm',
  stream: true,
  messages: [{ role: 'user', content: 'hello' }],
  input: 'hello',
  contents: [],
}

for (const [wire, path] of Object.entries(paths) as [keyof typeof paths, string][]) {
  for (const [saying, [inFull, whenCut]] of Object.entries(expected[wire]) as [
    UsageSaying,
    readonly [string, string],
  ][]) {
    test(`${wire} says usage "${saying}": ${inFull} of it in a full stream, ${whenCut} in a cut one`, async () => {
      await using upstream = await startFakeUpstream()
      const usage = { input: 1000, cacheRead: 200, output: 40, thinking: 7 }
      upstream.script({ sayUsage: saying, usage }, { sayUsage: saying, usage, cut: { afterEvents: 5 } })
      for (let call = 0; call < 2; call++) await fetchWhole(upstream.url + path, { body: question })
      await upstream.idle()
      assert.deepEqual(
        upstream.served.map((served) => served.usageSaid),
        [inFull, whenCut],
      )
      const [served] = upstream.served
      assert.deepEqual([served?.usage.input, served?.usage.cacheRead, served?.usage.output], [1000, 200, 40])
      if (inFull === 'whole') assert.deepEqual(served?.said?.usage, served?.usage)
    })
  }
}

test('OpenAI Chat says usage when the request asks for it, even with cached and audio tokens inside its sums', async () => {
  await using upstream = await startFakeUpstream()
  upstream.script({
    usage: { input: 10, cacheRead: 4, cacheWrite1h: 3, audioInput: 2, output: 5, thinking: 6, audioOutput: 1 },
  })
  await fetchWhole(upstream.url + paths['openai-chat'], {
    body: { ...question, stream_options: { include_usage: true } },
  })
  await upstream.idle()
  const { prompt_tokens, completion_tokens, total_tokens } = upstream.served[0]?.said?.own ?? {}
  assert.deepEqual([prompt_tokens, completion_tokens, total_tokens], [19, 12, 31])
  assert.equal(upstream.served[0]?.usage.cacheWrite5m, 3)
})
