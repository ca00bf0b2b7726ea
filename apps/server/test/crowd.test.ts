/**
 * Twenty accounts, two hundred callers, accounts that fail at random: nobody sees an error that another account could have
 * prevented, no account ever has more calls than it may, and the load is as the weights say.
 *
 * `CROWD_SECONDS=60 node --test apps/server/test/crowd.test.ts` lets it go on for longer than the few seconds of every day.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Behaviour, type FakeUpstream, send, startFakeUpstream } from '@parley/testkit'
import { Agent } from 'node:http'
import { startServer, type TestServer } from './harness.ts'

const accountCount = 20
const callerCount = 200
const runMs = Number(process.env['CROWD_SECONDS'] ?? 4) * 1000

/** What an account does while it fails; other accounts are well meanwhile. */
const failures: readonly Behaviour[] = [
  { error: 529 },
  { error: 503 },
  { error: { status: 429 } },
  { error: 500 },
  { reset: true },
  { error: { status: 502, body: 'html' } },
  { cut: { atByte: 20 } },
]

/** Mulberry32: the same numbers on every run. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

let upstreams: FakeUpstream[]
let server: TestServer
let key: string

before(async () => {
  upstreams = await Promise.all(Array.from({ length: accountCount }, (_, seed) => startFakeUpstream({ seed })))
  server = await startServer({ env: { TRACE_HOURS: '0' } })
  key = (await server.addKey()).key
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await Promise.all(upstreams.map((upstream) => upstream.close()))
})

const agent = new Agent({ keepAlive: true, maxSockets: callerCount })
after(() => agent.destroy())

async function ask(model: string, caller: number): Promise<{ status: number; text: string }> {
  // Callers are sessions of their own, or affinity would gather them.
  const headers = { 'x-api-key': key, 'x-session-id': `${model}-${caller}-${Math.random()}` }
  const body = { model, max_tokens: 50, stream: true, messages: [{ role: 'user', content: 'hi' }] }
  const reply = await send(`${server.url}/v1/messages`, { method: 'POST', headers, body, agent })
  let text = ''
  for await (const chunk of reply as AsyncIterable<Buffer>) text += chunk.toString('latin1')
  return { status: reply.statusCode ?? 0, text }
}

async function addAccounts(model: string, fields: (index: number) => object): Promise<void> {
  for (const [index, { url }] of upstreams.entries()) {
    const account = { name: `${model}-${index}`, kind: 'anthropic', base_url: url, api_key: 'x', models: [model] }
    await server.addAccount({ ...account, ...fields(index) })
  }
}

test('no caller sees an error that another account could have prevented, and no cap is exceeded', async (t) => {
  const random = seededRandom(7)
  const max = 12
  await addAccounts('storm', () => ({ max_concurrency: max }))
  for (const upstream of upstreams) upstream.clear()
  const endsAt = performance.now() + runMs

  // Half of the accounts fail now and then, each in its own way: the other half can serve everybody.
  const storm = setInterval(() => {
    const failing = new Set(Array.from({ length: accountCount / 4 }, () => Math.floor((random() * accountCount) / 2)))
    for (const [index, upstream] of upstreams.entries()) {
      const failure = failures[Math.floor(random() * failures.length)]
      upstream.always(failing.has(index) && failure ? failure : { words: 5, firstEventAfterMs: 5 + random() * 20 })
    }
  }, 300)
  const errors: string[] = []
  let calls = 0
  try {
    await Promise.all(
      Array.from({ length: callerCount }, async (_, caller) => {
        while (performance.now() < endsAt) {
          const { status, text } = await ask('storm', caller)
          calls += 1
          if (status !== 200 || !text.includes('message_stop')) errors.push(`${status} ${text.slice(0, 200)}`)
        }
      }),
    )
  } finally {
    clearInterval(storm)
  }
  assert.deepEqual(errors.slice(0, 3), [], `${errors.length} of ${calls} calls failed`)
  assert.ok(calls > callerCount, `only ${calls} calls`)
  for (const { totals } of upstreams) assert.ok(totals.maxOpenCalls <= max, `${totals.maxOpenCalls} calls at once`)
  const failed = upstreams.reduce((sum, { totals }) => sum + totals.requests, 0) - calls
  const most = Math.max(...upstreams.map(({ totals }) => totals.maxOpenCalls))
  t.diagnostic(`${calls} calls, ${failed} attempts that failed, ${errors.length} errors, ${most} calls at once at most`)
  const used = upstreams.filter(({ totals }) => totals.requests > 0).length
  assert.equal(used, accountCount)
})

test('the load follows the weights within five percent', async () => {
  const weights = [1, 2, 3, 4]
  const weightOf = (index: number) => weights[index % weights.length] ?? 1
  await addAccounts('weighted', (index) => ({ weight: weightOf(index) }))
  for (const upstream of upstreams) upstream.clear()
  for (const upstream of upstreams) upstream.always({ words: 2, firstEventAfterMs: 20 })
  const perCaller = 6
  const before = upstreams.map(({ totals }) => totals.requests)
  await Promise.all(
    Array.from({ length: callerCount }, async (_, caller) => {
      for (let call = 0; call < perCaller; call += 1) assert.equal((await ask('weighted', caller)).status, 200)
    }),
  )
  const total = callerCount * perCaller
  for (const weight of weights) {
    const group = upstreams.flatMap(({ totals }, index) =>
      weightOf(index) === weight ? [totals.requests - (before[index] ?? 0)] : [],
    )
    const share = group.reduce((sum, count) => sum + count, 0) / total
    const wanted = weight / weights.reduce((sum, one) => sum + one, 0)
    assert.ok(Math.abs(share - wanted) <= 0.05 * wanted + 0.005, `weight ${weight}: ${share} instead of ${wanted}`)
  }
})
