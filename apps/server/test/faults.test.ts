/**
 * What goes wrong upstream, and what becomes of it: what the client gets, what the ledger says, what the account's state
 * is afterwards. Each fault with one account and with a good one behind it, as a stream and as a whole reply.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  type Behaviour,
  createCertificate,
  type FakeUpstream,
  fetchWhole,
  freePort,
  startFakeUpstream,
} from '@parley/testkit'
import type { NewAccount } from '../src/upstreams/account-fields.ts'
import { startServer, type TestServer } from './harness.ts'

/** What one account alone comes to. */
interface Expected {
  /** What the client gets; of a stream that has begun, 200 and an error event in it. */
  readonly status: number
  readonly endReason: string
  readonly state: 'ready' | 'limited' | 'out'
  /** The account is out until then, from now. */
  readonly heldMs?: number
  /** Nobody else is asked: the caller must mend it, or content has gone out. */
  readonly isFinal?: true
}

interface Fault {
  readonly name: string
  readonly does?: Behaviour | (() => Behaviour)
  /** Instead of an account at the misbehaving upstream. */
  readonly account?: (places: Places) => Partial<NewAccount>
  readonly stream: Expected
  /** Undefined: it cannot happen to a whole reply. */
  readonly whole: Expected | undefined
}

interface Places {
  readonly closedPort: number
  readonly tlsUrl: string
}

const unreachable = { status: 502, endReason: 'upstream_error', state: 'ready' } as const
const both = (expected: Expected) => ({ stream: expected, whole: expected })
const said = (status: number, state: Expected['state'], more: Partial<Expected> = {}) =>
  both({ status, endReason: 'upstream_error', state, ...more })
const cut = { status: 502, endReason: 'upstream_cut', state: 'ready' } as const

const faults: readonly Fault[] = [
  {
    name: 'nobody listens',
    account: ({ closedPort }) => ({ baseUrl: `http://127.0.0.1:${closedPort}` }),
    ...both(unreachable),
  },
  { name: 'the host has no address', account: () => ({ baseUrl: 'http://nowhere.invalid' }), ...both(unreachable) },
  {
    name: 'the certificate is not trusted',
    account: ({ tlsUrl }) => ({ baseUrl: tlsUrl }),
    ...both(unreachable),
  },
  {
    name: 'the proxy is down',
    account: ({ closedPort }) => ({ proxy: `http://127.0.0.1:${closedPort}` }),
    ...both(unreachable),
  },
  { name: 'the connection is reset', does: { reset: true }, ...both(unreachable) },
  { name: '400', does: { error: 400 }, ...said(400, 'ready', { isFinal: true }) },
  { name: '413', does: { error: 413 }, ...said(413, 'ready', { isFinal: true }) },
  {
    name: '400 because the account is disabled',
    does: { error: { status: 400, message: 'This organization has been disabled.' } },
    ...said(503, 'out', { heldMs: 300_000 }),
  },
  {
    name: '400 because the account is empty',
    does: { error: { status: 400, message: 'Your credit balance is too low to access the Anthropic API.' } },
    ...said(503, 'out', { heldMs: 300_000 }),
  },
  {
    name: '400 that quotes what the caller wrote of accounts and money',
    does: {
      error: {
        status: 400,
        message: 'tools.0.name: "billing: account suspended, credit balance is too low, overloaded"',
      },
    },
    ...said(400, 'ready', { isFinal: true }),
  },
  {
    name: '400 that begins with a sentence of the caller',
    does: { error: { status: 400, message: 'Your credit balance is too low: Extra inputs are not permitted' } },
    ...said(400, 'ready', { isFinal: true }),
  },
  {
    name: '404 of a model whose name says that the account is suspended',
    does: { error: { status: 404, message: 'model: billing account suspended, credit balance is too low' } },
    ...said(404, 'ready'),
  },
  { name: '401', does: { error: 401 }, ...said(503, 'out', { heldMs: 300_000 }) },
  { name: '402', does: { error: 402 }, ...said(503, 'out', { heldMs: 300_000 }) },
  { name: '403', does: { error: 403 }, ...said(503, 'limited', { heldMs: 300_000 }) },
  { name: '404', does: { error: 404 }, ...said(404, 'ready') },
  { name: '408', does: { error: 408 }, ...said(408, 'ready') },
  { name: '429 without a word of when', does: { error: 429 }, ...said(429, 'limited', { heldMs: 5_000 }) },
  {
    name: '429 with retry-after',
    does: { error: 429, headers: { 'retry-after': '30' } },
    ...said(429, 'limited', { heldMs: 30_000 }),
  },
  {
    name: '429 with an absurd retry-after',
    does: { error: 429, headers: { 'retry-after': '99999999' } },
    ...said(429, 'limited', { heldMs: 3_600_000 }),
  },
  {
    name: '429 with the time of the reset',
    does: () => ({
      error: 429,
      headers: { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': in60Seconds() },
    }),
    ...said(429, 'limited', { heldMs: 60_000 }),
  },
  { name: '500', does: { error: 500 }, ...said(500, 'ready') },
  { name: '502', does: { error: 502 }, ...said(502, 'ready') },
  { name: '503', does: { error: 503 }, ...said(503, 'limited', { heldMs: 10_000 }) },
  { name: '529', does: { error: 529 }, ...said(529, 'limited', { heldMs: 10_000 }) },
  { name: 'a page of HTML', does: { error: { status: 502, body: 'html' } }, ...said(502, 'ready') },
  {
    name: 'a page of HTML with 200',
    does: { status: 200, contentType: 'text/html', error: { status: 502, body: 'html' } },
    ...said(502, 'ready'),
  },
  { name: '500 without a body', does: { error: { status: 500, body: 'empty' } }, ...said(500, 'ready') },
  { name: '200 without a body', does: { end: { afterEvents: 0 } }, ...both(cut) },
  { name: '200 of another content type', does: { contentType: 'text/plain' }, ...said(502, 'ready') },
  {
    name: 'an error instead of the reply, with 200',
    does: { status: 200, error: 529 },
    // For a stream that is a reply of another content type, and the status is ours.
    stream: { status: 502, endReason: 'upstream_error', state: 'limited', heldMs: 10_000 },
    whole: { status: 529, endReason: 'upstream_error', state: 'limited', heldMs: 10_000 },
  },
  {
    name: 'silence before the headers',
    does: { stall: 'before-headers' },
    ...both({ status: 504, endReason: 'first_byte_timeout', state: 'ready' }),
  },
  {
    name: 'silence before the first event',
    does: { stall: { afterEvents: 0 } },
    ...both({ status: 504, endReason: 'first_byte_timeout', state: 'ready' }),
  },
  {
    name: 'silence in the middle',
    does: { words: 30, stall: { afterEvents: 8 } },
    stream: { status: 200, endReason: 'idle_timeout', state: 'ready', isFinal: true },
    whole: { status: 504, endReason: 'idle_timeout', state: 'ready' },
  },
  {
    name: 'a cut within the first event',
    does: { cut: { atByte: 20 } },
    ...both(cut),
  },
  {
    name: 'a cut in the middle',
    does: { words: 30, cut: { afterEvents: 8 } },
    stream: { status: 200, endReason: 'upstream_cut', state: 'ready', isFinal: true },
    whole: cut,
  },
  {
    name: 'a cut inside a character',
    does: { text: '你好，世界'.repeat(20), cut: { insideCharacter: 40 } },
    stream: { status: 200, endReason: 'upstream_cut', state: 'ready', isFinal: true },
    whole: cut,
  },
  {
    name: 'a clean end without the last event',
    does: { words: 30, end: 'before-final' },
    stream: { status: 200, endReason: 'upstream_cut', state: 'ready', isFinal: true },
    whole: undefined,
  },
]

function in60Seconds(): string {
  return new Date(Date.now() + 60_000).toISOString()
}

let bad: FakeUpstream
let good: FakeUpstream
let tls: FakeUpstream
let server: TestServer
let key: string
let places: Places
/** What the bad upstream does, by model. */
const behaviours = new Map<string, NonNullable<Fault['does']>>()

before(async () => {
  bad = await startFakeUpstream()
  good = await startFakeUpstream()
  tls = await startFakeUpstream({ tls: createCertificate() })
  bad.always(({ model }) => {
    const does = behaviours.get(model)
    return typeof does === 'function' ? does() : does
  })
  places = { closedPort: await freePort(), tlsUrl: tls.url }
  server = await startServer({
    env: { PROVIDER_FIRST_BYTE_TIMEOUT_MS: '1200', PROVIDER_MAX_IDLE_MS: '1200', SSE_HEARTBEAT_INTERVAL_MS: '10000' },
  })
  key = (await server.addKey()).key
})
after(async () => {
  await server[Symbol.asyncDispose]()
  for (const upstream of [bad, good, tls]) await upstream.close()
})

async function addAccount(model: string, fields: Partial<NewAccount>): Promise<string> {
  const account: NewAccount = { name: model, kind: 'anthropic', apiKey: 'sk-x', models: { [model]: model }, ...fields }
  return (await server.app.upstreams.admin.create(account)).id
}

async function ask(model: string, isStream: boolean) {
  const reply = await fetchWhole(`${server.url}/v1/messages`, {
    body: { model, max_tokens: 100, stream: isStream, messages: [{ role: 'user', content: 'hi' }] },
    headers: { 'x-api-key': key },
  })
  await server.app.ledger.flush()
  const row = await server.app.store.database
    .selectFrom('usage_record')
    .selectAll()
    .where('id', '=', String(reply.headers['request-id']))
    .executeTakeFirstOrThrow()
  return { reply, row }
}

const cases = faults.flatMap((fault) =>
  (['stream', 'whole'] as const).flatMap((form) => {
    const expected = fault[form]
    return expected ? [{ fault, form, expected }] : []
  }),
)

// Each case has models and accounts of its own, so they need not wait for each other's time-outs.
describe('faults', { concurrency: 6 }, () => {
  for (const [index, { fault, form, expected }] of cases.entries()) {
    const arrange = async (model: string) => {
      if (fault.does) behaviours.set(model, fault.does)
      return await addAccount(model, { baseUrl: bad.url, priority: 1, ...fault.account?.(places) })
    }

    test(`${fault.name}: ${form}, with one account`, async () => {
      const model = `alone-${index}`
      const faulty = await arrange(model)
      const { reply, row } = await ask(model, form === 'stream')
      assert.equal(reply.status, expected.status, reply.text)
      if (reply.status === 200) {
        assert.match(reply.text, /event: error\ndata: \{"type":"error"/)
        assert.doesNotMatch(reply.text, /message_stop/)
      } else {
        assert.equal((reply.json as { type: string }).type, 'error')
      }
      assert.deepEqual(
        [row.end_reason, row.http_status, row.account_id, row.attempts],
        [expected.endReason, expected.status, faulty, 1],
      )
      if (reply.status === 200) assert.ok(row.output_tokens > 0, 'what was streamed is counted')
      else assert.deepEqual([row.output_tokens, row.cost_nanos], [0, 0])
      assertState(faulty, expected)
    })

    const what = expected.isFinal ? 'which is not asked' : 'the client notices nothing'
    test(`${fault.name}: ${form}, with a good account behind it, ${what}`, async () => {
      const model = `two-${index}`
      const faulty = await arrange(model)
      const second = await addAccount(model, { baseUrl: good.url, priority: 2 })
      const { reply, row } = await ask(model, form === 'stream')
      const served = good.served.filter((call) => call.model === model)
      assert.equal(served.length, expected.isFinal ? 0 : 1)
      if (!expected.isFinal) {
        assert.equal(reply.status, 200, reply.text)
        assert.doesNotMatch(reply.text, /event: error/)
        assert.deepEqual([row.end_reason, row.account_id, row.attempts], ['done', second, 2])
        assert.equal(row.output_tokens, served[0]?.usage.output)
      }
      assertState(faulty, expected)
      assert.equal(server.app.upstreams.admin.get(second).state, 'ready')
    })
  }
})

function assertState(id: string, expected: Expected): void {
  const { state, holds } = server.app.upstreams.admin.get(id)
  assert.equal(state, expected.state)
  if (expected.heldMs === undefined) return
  const heldMs = (holds[0]?.untilMs ?? 0) - Date.now()
  // Holds that nobody named are longer by chance, up to a quarter.
  assert.ok(heldMs > expected.heldMs - 5_000 && heldMs <= expected.heldMs * 1.25 + 1, `held for ${heldMs} ms`)
}
