import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ChatEvent, type JsonObject, type RelayError, type RelayErrorKind, type WireName, wires } from './index.ts'
import { cleanMessage, statusOfKind } from './shared/errors.ts'
import { jsonBytes, readChunks, readMeter, streamOf } from './testing/bytes.ts'
import { readFixture } from './testing/fixture.ts'

const { anthropic, 'openai-chat': chat, 'openai-responses': responses } = wires

const creditTooLow =
  'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.'
const notFree =
  'Gemini API free tier is not available in your country. Please enable billing on your project in Google AI Studio.'

function read(wire: (typeof wires)[keyof typeof wires], error: RelayError): RelayError {
  const { status, headers, body } = wire.writeError(error)
  return wire.readError(status, headers, jsonBytes(body))
}

describe('errors on every wire', () => {
  /** What a wire has no word for becomes its nearest. */
  const nearest: Partial<Record<RelayErrorKind, RelayErrorKind[]>> = {
    payment: ['payment', 'invalid-request'],
    'too-large': ['too-large', 'invalid-request'],
    conflict: ['conflict', 'invalid-request'],
    server: ['server', 'unavailable'],
    unavailable: ['unavailable', 'overloaded', 'server'],
    overloaded: ['overloaded', 'unavailable'],
  }

  for (const wire of Object.values(wires)) {
    for (const [kind, status] of Object.entries(statusOfKind) as [RelayErrorKind, number][]) {
      it(`${kind} survives ${wire.name}`, () => {
        const found = read(wire, { kind, status, message: 'Said so' })
        assert.ok((nearest[kind] ?? [kind]).includes(found.kind), `became ${found.kind}`)
        assert.equal(found.message, 'Said so')
      })
    }

    it(`${wire.name} carries how long to wait`, () => {
      const error: RelayError = { kind: 'rate-limit', status: 429, message: 'Slow down', retryAfterMs: 1500 }
      assert.equal(read(wire, error).retryAfterMs, 2000)
    })

    it(`${wire.name} reads answers that are none of its own`, () => {
      const html = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>'
      const bad = wire.readError(502, {}, Buffer.from(html))
      assert.deepEqual([bad.kind, bad.status, /502 Bad Gateway/.test(bad.message)], ['unavailable', 502, true])
      const empty = wire.readError(503, { 'retry-after': '7' }, Buffer.alloc(0))
      assert.deepEqual([empty.kind, empty.retryAfterMs, empty.message.length > 0], ['overloaded', 7000, true])
    })

    it(`${wire.name} shows no credential that an upstream repeats`, () => {
      const message =
        'Incorrect API key provided: sk-proj-abc123def456ghi789. Bearer eyJhbGciOi.J9.sig at https://x.example/?key=AIzaSyD1234567890abcdef'
      const body = { error: { message, type: 'x', code: 401, status: 'UNAUTHENTICATED' } }
      const error = wire.readError(401, {}, jsonBytes(body))
      assert.ok(error.message.startsWith('Incorrect API key provided: '))
      assert.doesNotMatch(error.message, /abc123|eyJ|AIza/)
    })
  }
})

describe('waiting times', () => {
  const cases: [string, { [name: string]: string }, number | undefined][] = [
    ['seconds', { 'retry-after': '12' }, 12_000],
    ['parts of seconds', { 'retry-after': '0.5' }, 500],
    ['milliseconds before seconds', { 'retry-after-ms': '150', 'retry-after': '1' }, 150],
    [
      "a date, by the upstream's own clock",
      { 'retry-after': 'Fri, 20 Nov 2026 12:00:30 GMT', date: 'Fri, 20 Nov 2026 12:00:00 GMT' },
      30_000,
    ],
    ['nonsense', { 'retry-after': 'soon' }, undefined],
  ]
  for (const [title, headers, expected] of cases) {
    it(`reads ${title}`, () => {
      assert.equal(anthropic.readError(429, headers, Buffer.alloc(0)).retryAfterMs, expected)
    })
  }
})

describe('errors from one wire to another', () => {
  it('tells a prompt that is too long so that each client knows it', () => {
    const long = anthropic.readError(400, {}, readFixture('anthropic/prompt-too-long.json'))
    assert.equal(long.code, 'context_length_exceeded')
    assert.equal((chat.writeError(long).body.error as { code: string }).code, 'context_length_exceeded')

    const tooMany = chat.readError(400, {}, readFixture('openai-chat/context-length.json'))
    assert.deepEqual(anthropic.writeError(tooMany).body.error, {
      type: 'invalid_request_error',
      message: 'prompt is too long: 130512 tokens > 128000 maximum',
    })
  })

  const wordsOfOthers: [keyof typeof wires, JsonObject, string][] = [
    [
      'gemini',
      {
        code: 400,
        message: 'The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).',
        status: 'INVALID_ARGUMENT',
      },
      'prompt is too long: 1200293 tokens > 1048576 maximum',
    ],
    [
      'openai-chat',
      {
        message:
          "This model's maximum context length is 131072 tokens. However, you requested 131134 tokens (122942 in the messages, 8192 in the completion). Please reduce the length of the messages or completion.",
        type: 'invalid_request_error',
        code: 'invalid_request_error',
      },
      'prompt is too long: 131134 tokens > 131072 maximum',
    ],
    [
      'openai-responses',
      {
        message: "This model's maximum context length is 4096 tokens. However, your request has 5000 input tokens.",
        type: 'BadRequestError',
        code: 400,
      },
      'prompt is too long: 5000 tokens > 4096 maximum',
    ],
  ]
  for (const [name, error, told] of wordsOfOthers) {
    it(`knows a prompt that is too long by what ${name} servers without a code for it say`, () => {
      const long = wires[name].readError(400, {}, jsonBytes({ error }))
      assert.deepEqual([long.kind, long.code], ['invalid-request', 'context_length_exceeded'])
      assert.equal((anthropic.writeError(long).body.error as { message: string }).message, told)
    })
  }

  it('leaves a limit of output that is too high as it is', () => {
    const message =
      "'max_tokens' is too large: 20000. This model's maximum context length is 16384 tokens and your request has 300 input tokens"
    assert.equal(chat.readError(400, {}, jsonBytes({ error: { message } })).code, undefined)
  })

  it('tells an empty account as what it is, and not to ask again', () => {
    const empty = chat.readError(429, {}, readFixture('openai-chat/insufficient-quota.json'))
    assert.deepEqual([empty.kind, empty.code], ['payment', 'insufficient_quota'])
    assert.equal(anthropic.writeError(empty).status, 402)
    assert.equal(chat.writeError(empty).headers['x-should-retry'], 'false')
    const low = { type: 'error', error: { type: 'invalid_request_error', message: 'Your credit balance is too low' } }
    assert.equal(anthropic.readError(400, {}, jsonBytes(low)).kind, 'payment')
  })

  const billingDisabled = { status: 'PERMISSION_DENIED', message: 'No', details: [{ reason: 'BILLING_DISABLED' }] }
  const quotaUsed = { status: 'RESOURCE_EXHAUSTED', message: 'Please check your plan and billing details.' }
  const organizationDisabled = { type: 'invalid_request_error', message: 'This organization has been disabled.' }
  const ofAccounts: readonly [WireName, number, JsonObject, RelayErrorKind][] = [
    ['anthropic', 400, { type: 'invalid_request_error', message: creditTooLow }, 'payment'],
    ['anthropic', 400, organizationDisabled, 'authentication'],
    ['openai-chat', 400, { code: 'invalid_request_error', message: creditTooLow }, 'payment'],
    ['openai-chat', 429, { type: 'exceeded_current_quota_error', message: 'Your account is suspended' }, 'payment'],
    ['openai-responses', 400, { type: 'billing_limit', code: 'billing_hard_limit_reached' }, 'payment'],
    ['openai-responses', 429, { type: 'insufficient_quota', message: 'You exceeded your current quota' }, 'payment'],
    ['gemini', 400, { status: 'FAILED_PRECONDITION', message: notFree }, 'payment'],
    ['gemini', 403, billingDisabled, 'payment'],
    ['gemini', 429, quotaUsed, 'rate-limit'],
  ]
  for (const [wire, status, error, kind] of ofAccounts) {
    it(`reads what ${wire} says of an account: ${status} ${JSON.stringify(error)}`, () => {
      assert.equal(wires[wire].readError(status, {}, jsonBytes({ error })).kind, kind)
    })
  }

  const ofRequests = [
    'bio_policy',
    'content_filter',
    'content_policy_violation',
    'data_residency_mismatch',
    'empty_image_file',
    'failed_to_download_image',
    'image_content_policy_violation',
    'image_file_not_found',
    'image_file_too_large',
    'image_parse_error',
    'image_too_large',
    'image_too_small',
    'invalid_base64_image',
    'invalid_image',
    'invalid_image_format',
    'invalid_image_mode',
    'invalid_image_url',
    'invalid_prompt',
    'misalignment_policy_violation',
    'unsupported_image_media_type',
  ]
  it('takes no account for failing that was sent a bad picture, or a prompt that it refuses', () => {
    for (const code of ofRequests) {
      const error = { code, message: 'No' }
      const failed = { type: 'response.failed', response: { id: 'r', status: 'failed', error } }
      const sse = (data: { type: string }) => Buffer.from(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`)
      for (const data of [failed, { type: 'error', ...error }, { type: 'error', error }]) {
        const { error: metered } = readMeter(responses.meter('stream'), [sse(data)])
        assert.deepEqual([metered?.kind, metered?.status], ['invalid-request', 400], code)
        const events = readChunks(responses, [sse(data)])
        const read = events.find((event) => event.type === 'error')
        assert.equal(read?.error.kind, 'invalid-request', code)
      }
      for (const wire of [chat, responses]) {
        assert.equal(wire.readError(403, {}, jsonBytes({ error })).kind, 'invalid-request', `${wire.name}: ${code}`)
      }
      const chunk = Buffer.from(`data: ${JSON.stringify({ error })}\n\n`)
      assert.equal(readMeter(chat.meter('stream'), [chunk]).error?.kind, 'invalid-request', code)
    }
  })

  it('takes a code that nobody knows for the request’s when it names a field, else for the server’s', () => {
    const kindOf = (error: JsonObject) => {
      const data = { type: 'response.failed', response: { id: 'r', status: 'failed', error } }
      const sse = Buffer.from(`event: response.failed\ndata: ${JSON.stringify(data)}\n\n`)
      return readMeter(responses.meter('stream'), [sse]).error?.kind
    }
    assert.equal(kindOf({ code: 'image_too_round', message: 'No', param: 'input[0].content[0]' }), 'invalid-request')
    assert.equal(kindOf({ code: 'image_too_round', message: 'No', param: null }), 'server')
    assert.equal(kindOf({ code: 'vector_store_timeout', message: 'No' }), 'timeout')
  })

  const provider = { provider_name: 'Some', raw: 'No' }
  const ofOpenRouter: readonly [number, JsonObject, RelayErrorKind][] = [
    [403, { reasons: ['violence'], flagged_input: 'How …', provider_name: 'Some', model_slug: 'm' }, 'invalid-request'],
    [403, {}, 'permission'],
    [403, { limit_source: 'openrouter_key_limit' }, 'payment'],
    [402, { limit_source: 'openrouter_credits' }, 'payment'],
    [402, { limit_source: 'openrouter_in_flight_budget' }, 'rate-limit'],
    [402, { limit_source: 'constructor' }, 'payment'],
    [408, {}, 'timeout'],
    [429, provider, 'rate-limit'],
    [502, provider, 'overloaded'],
    [502, {}, 'unavailable'],
    [503, provider, 'overloaded'],
  ]
  for (const [status, metadata, kind] of ofOpenRouter) {
    it(`reads what OpenRouter says beside ${status}: ${JSON.stringify(metadata)}`, () => {
      const error = { code: status, message: 'No', metadata }
      for (const wire of [chat, responses])
        assert.equal(wire.readError(status, {}, jsonBytes({ error })).kind, kind, wire.name)
    })
  }

  it('hears the status when the code is only the class, as DeepSeek’s is', () => {
    const kindOf = (status: number, type: string) =>
      chat.readError(status, {}, jsonBytes({ error: { message: 'No', type, code: 'invalid_request_error' } })).kind
    assert.equal(kindOf(401, 'authentication_error'), 'authentication')
    assert.equal(kindOf(402, 'unknown_error'), 'payment')
    assert.equal(kindOf(422, 'invalid_request_error'), 'invalid-request')
  })

  it('takes no words of the caller for what an upstream says of its account', () => {
    for (const said of ['credit balance is too low', 'This organization has been disabled.', creditTooLow, notFree]) {
      for (const message of [
        `${said}: Extra inputs are not permitted`,
        `${said} is not a valid model ID`,
        `tools.0.name: ${said}`,
      ]) {
        for (const wire of Object.values(wires)) {
          const error = { type: 'invalid_request_error', code: 'x', status: 'FAILED_PRECONDITION', message }
          assert.equal(wire.readError(400, {}, jsonBytes({ type: 'error', error })).kind, 'invalid-request', message)
        }
      }
      const missing = { type: 'not_found_error', message: `model: ${said}` }
      assert.equal(anthropic.readError(404, {}, jsonBytes({ type: 'error', error: missing })).kind, 'not-found')
    }
  })

  it('says overload with the status that each wire has for it', () => {
    const overload = anthropic.readError(
      529,
      {},
      jsonBytes({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
    )
    assert.equal(chat.writeError(overload).status, 503)
    const busy = chat.readError(503, {}, jsonBytes({ error: { message: 'The engine is overloaded' } }))
    assert.deepEqual([busy.status, anthropic.writeError(busy).status], [503, 529])
  })

  it('reads the forms of compatible servers', () => {
    const messages = [
      { error: 'model "x" not found' },
      { object: 'error', message: 'model "x" not found', type: 'NotFoundError', code: 404 },
      { detail: 'model "x" not found' },
      [{ error: { code: 404, message: 'model "x" not found', status: 'NOT_FOUND' } }],
    ].map((body) => chat.readError(404, {}, Buffer.from(JSON.stringify(body))))
    for (const { kind, message } of messages) assert.deepEqual([kind, message], ['not-found', 'model "x" not found'])
  })

  it('keeps the parameter that is wrong, and cuts messages without end', () => {
    const wrong = chat.readError(
      400,
      {},
      jsonBytes({ error: { message: 'Bad', param: 'top_p', type: 'invalid_request_error', code: null } }),
    )
    assert.equal(wrong.param, 'top_p')
    assert.equal(cleanMessage('x'.repeat(10_000)).length, 2001)
  })
})

describe('words that every object inherits', () => {
  const words = ['constructor', '__proto__', 'toString', 'hasOwnProperty']

  for (const wire of Object.values(wires)) {
    it(`are kinds of errors that ${wire.name} does not know`, () => {
      for (const word of words) {
        const error = { type: word, code: word, status: word, message: 'No' }
        for (const body of [{ error }, { type: 'error', error }, { ...error, type: 'error' }]) {
          for (const status of [undefined, 400]) {
            const { kind } = wire.readError(status ?? 200, {}, jsonBytes(body))
            assert.ok(Object.hasOwn(statusOfKind, kind), `${word} became ${String(kind)}`)
          }
          for (const name of [word, 'error', '']) {
            const stream = Buffer.from(`event: ${name}\ndata: ${JSON.stringify(body)}\n\n`)
            for (const { error: read } of [
              readMeter(wire.meter('stream'), [stream]),
              readMeter(wire.meter('json'), [jsonBytes(body)]),
            ])
              assert.ok(
                read === undefined || Object.hasOwn(statusOfKind, read.kind),
                `${word} became ${String(read?.kind)}`,
              )
          }
        }
      }
    })

    it(`are reasons to finish that ${wire.name} does not know`, () => {
      for (const word of words) {
        const reasons: ChatEvent[] = [
          { type: 'start', id: 'r1', model: 'm' },
          { type: 'text', index: 0, text: 'Hello' },
          { type: 'block-end', index: 0 },
          { type: 'finish', reason: 'stop' },
        ]
        const said = streamOf(wire, reasons)
          .toString()
          .replace(/"(stop|end_turn|STOP|completed)"/g, JSON.stringify(word))
        const finish = readChunks(wire, [Buffer.from(said)]).find((event) => event.type === 'finish')
        assert.ok(finish === undefined || typeof finish.reason === 'string')
      }
    })
  }
})
