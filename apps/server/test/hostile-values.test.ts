/**
 * Values that break whoever did not expect them, in each field of a request some of them: at the relay's doors, where they may go
 * to an upstream of the same wire or of another one, and in the chat, where they are kept. Never a fault of the server: it
 * refuses them, or works.
 */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { type FakeUpstream, fetchWhole, forEachDatabase, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

/** As JSON, because JavaScript could not hold some of them. These are large: they are put into the outer fields only. */
const large = {
  'nested 100,000 deep': '['.repeat(100_000) + ']'.repeat(100_000),
  'objects 100,000 deep': `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
  'a list of 100,000': `[${Array(100_000).fill('0').join(',')}]`,
  'a list of 20,000 texts': `[${Array(20_000).fill('"a"').join(',')}]`,
  'a long text': `"${'x'.repeat(300_000)}"`,
}

const small = {
  'inherited names':
    '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"a":1}},"toString":1,"then":1,"toJSON":1}',
  'an inherited name': '"__proto__"',
  'a NUL': '"a\\u0000b"',
  'names with a NUL': '{"\\u0000":"\\u0000","a\\u0000b":["\\u0000"]}',
  'half a character': '"\\ud800"',
  'names of half characters': '{"\\udc00":"\\ud800","a\\ud800":["\\udfff"]}',
  'more than a number': '1e400',
  'a whole number that is not exact': '-9007199254740993',
  'hardly a number': '1e-400',
  nothing: 'null',
  'an empty text': '""',
  'an empty list': '[]',
  'a list of nothing': '[null,[null],{}]',
  'an empty object': '{}',
  'a wrong word': 'true',
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }
type Path = readonly (string | number)[]

/** Every place in it, the whole aside. */
function pathsIn(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inner = Object.entries(value).flatMap(([name, part]) => pathsIn(part as Json, [...path, name]))
  return path.length === 0 ? inner : [path, ...inner]
}

/** The same with another value in that place. */
function replaced(body: Json, path: Path, value: string): string {
  const copy = JSON.parse(JSON.stringify(body)) as { [name: string]: unknown }
  let place = copy
  for (const name of path.slice(0, -1)) place = place[name] as typeof place
  place[path.at(-1) ?? ''] = mark
  return JSON.stringify(copy).replace(`"${mark}"`, () => value)
}

const mark = '@@here@@'
const schema = { type: 'object', properties: { place: { type: 'string' } } }
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

/** Of each door an upstream of the same wire, and one of another. */
interface Door {
  readonly models: readonly [string, string]
  readonly body: { readonly [name: string]: Json }
}

const doors: { readonly [path: string]: Door } = {
  '/v1/responses': {
    models: ['openai', 'anthropic'],
    body: {
      instructions: 'Be brief',
      input: [
        { type: 'message', id: 'msg_1', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { role: 'user', content: [{ type: 'input_image', image_url: `data:image/png;base64,${png}`, detail: 'low' }] },
        { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'x' },
        { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look', arguments: '{"place":"here"}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'nothing' },
      ],
      tools: [{ type: 'function', name: 'look', description: 'Looks', parameters: schema, strict: false }],
      tool_choice: 'auto',
      metadata: { a: 'b' },
      reasoning: { effort: 'low' },
      text: { format: { type: 'json_schema', name: 'n', schema } },
      store: true,
      stream: false,
      user: 'u',
      prompt_cache_key: 'k',
      temperature: 1,
      max_output_tokens: 50,
      include: ['reasoning.encrypted_content'],
    },
  },
  '/v1/chat/completions': {
    models: ['openai', 'gemini'],
    body: {
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', name: 'ann', content: [{ type: 'text', text: 'Hi' }] },
        { role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }] },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"place":"here"}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'nothing' },
      ],
      tools: [{ type: 'function', function: { name: 'look', parameters: schema } }],
      tool_choice: 'auto',
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema } },
      metadata: { a: 'b' },
      stop: ['x'],
      stream: false,
      stream_options: { include_usage: true },
      user: 'u',
      seed: 1,
      max_completion_tokens: 50,
    },
  },
  '/v1/messages': {
    models: ['anthropic', 'openai'],
    body: {
      system: [{ type: 'text', text: 'Be brief', cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
        { role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }] },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm', signature: 'x' },
            { type: 'tool_use', id: 'toolu_1', name: 'look', input: { place: 'here' } },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'nothing' }] },
      ],
      tools: [{ name: 'look', input_schema: schema }],
      tool_choice: { type: 'auto' },
      metadata: { user_id: 'u' },
      stop_sequences: ['x'],
      stream: false,
      max_tokens: 50,
      temperature: 1,
    },
  },
  '/v1beta/models/MODEL:generateContent': {
    models: ['gemini', 'anthropic'],
    body: {
      systemInstruction: { parts: [{ text: 'Be brief' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }, { inlineData: { mimeType: 'image/png', data: png } }] },
        {
          role: 'model',
          parts: [{ functionCall: { name: 'look', args: { place: 'here' } }, thoughtSignature: 'eA==' }],
        },
        { role: 'user', parts: [{ functionResponse: { name: 'look', response: { output: 'nothing' } } }] },
      ],
      tools: [{ functionDeclarations: [{ name: 'look', parametersJsonSchema: schema }] }],
      toolConfig: { functionCallingConfig: { mode: 'AUTO' } },
      generationConfig: { maxOutputTokens: 50, temperature: 1, stopSequences: ['x'], responseMimeType: 'text/plain' },
    },
  },
}

forEachDatabase('hostile values', (database) => {
  let server: TestServer
  let upstream: FakeUpstream
  let key: string

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer({ database, env: { PROVIDER_MAX_ATTEMPTS: '1' } })
    for (const kind of ['anthropic', 'openai', 'gemini']) {
      const wires = kind === 'openai' ? { wires: ['openai-chat', 'openai-responses'] } : {}
      await server.addAccount({ name: kind, kind, ...wires, base_url: upstream.url, api_key: 'x', models: [kind] })
    }
    key = (await server.addKey()).key
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })

  const headersOf = (token: string) => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' })

  interface Sent {
    readonly path: string
    readonly body: Json
  }

  /**
   * Nothing fails, in one form of the request and in another by turns: each value in every place, or in one of so many. Gives what
   * those were answered that were served.
   */
  async function sendAll(
    [first, second = first]: readonly [Sent, Sent?],
    { token = key, method = 'POST', oneOf = 1 } = {},
  ): Promise<unknown[]> {
    const send = (path: string, text: string) =>
      fetchWhole(server.url + path, { method, headers: headersOf(token), body: text })
    for (const { path, body } of [first, second]) {
      const untouched = await send(path, JSON.stringify(body))
      assert.ok(untouched.status < 300, `${path}: ${untouched.status} ${untouched.text.slice(0, 300)}`)
    }
    const served: unknown[] = []
    const failed: string[] = []
    for (const [index, place] of pathsIn(first.body).entries()) {
      const values = Object.entries(place.length < 3 ? { ...small, ...large } : small)
      const some = values.filter((_value, at) => (index + at) % oneOf === 0)
      const sent = some.map(async ([name, value], turn) => {
        const { path, body } = (index + turn) % 2 === 0 ? first : second
        const { status, text, json } = await send(path, replaced(body, place, value))
        if (status >= 500) failed.push(`${name} in ${place.join('.')}: ${status} ${text.slice(0, 200)}`)
        if (status < 300) served.push(json)
      })
      await Promise.all(sent)
    }
    upstream.clear()
    assert.deepEqual(failed, [], first.path)
    return served
  }

  // Other doors keep nothing of what was said.
  const keepers = ['/v1/responses']
  for (const [path, { body, models }] of Object.entries(doors)) {
    if (database.kind === 'postgres' && !keepers.includes(path)) continue
    it(`are no fault of ${path}, before upstreams of kind ${models.join(' and ')}`, async () => {
      const sentTo = (model: string): Sent =>
        path.includes('MODEL') ? { path: path.replace('MODEL', model), body } : { path, body: { model, ...body } }
      await sendAll([sentTo(models[0]), sentTo(models[1])], { oneOf: 5 })
      await server.settledRecords()
    })
  }

  it('are no fault of a conversation that is kept: it is found, and goes on', async () => {
    const asked = { model: 'anthropic', input: 'Hi' }
    const headers = headersOf(key)
    const { json } = await fetchWhole(`${server.url}/v1/responses`, { headers, body: asked })
    const body = {
      ...asked,
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { type: 'item_reference', id: itemOf(json) },
      ],
      metadata: { a: 'b' },
      user: 'u',
      previous_response_id: (json as { id: string }).id,
    }
    const kept = await sendAll([{ path: '/v1/responses', body }])
    assert.ok(kept.length > 10, `${kept.length} were kept`)
    for (const { id } of kept as { id: string }[]) {
      for (const rest of ['', '/input_items?limit=100']) {
        const found = await fetchWhole(`${server.url}/v1/responses/${id}${rest}`, { headers })
        assert.equal(found.status, 200, found.text.slice(0, 300))
      }
    }
  })

  it('are no fault of a conversation of very many items, each with an id or referred to by it', async () => {
    const headers = headersOf(key)
    const ask = (input: readonly object[]) =>
      fetchWhole(`${server.url}/v1/responses`, { headers, body: { model: 'anthropic', input } })
    const ids = Array.from({ length: 40_000 }, (_, index) => `msg_${index}`)
    const made = await ask(ids.map((id) => ({ id, role: 'user', content: 'a' })))
    assert.equal(made.status, 200, made.text.slice(0, 300))
    const { id } = made.json as { id: string }
    assert.equal((await fetchWhole(`${server.url}/v1/responses/${id}`, { headers })).status, 200)
    const referred = await ask(ids.map((item) => ({ type: 'item_reference', id: item })))
    assert.equal(referred.status, 200, referred.text.slice(0, 300))
    const unknown = await ask(ids.map((item) => ({ type: 'item_reference', id: `${item}_` })))
    assert.equal(unknown.status, 400, unknown.text.slice(0, 300))
  })

  it('are no fault of the chat, and what it keeps is read again', async () => {
    const { token } = server
    const { id } = await server.api<{ id: string }>('POST', '/api/conversations', { title: 'T', model: 'gpt-4' })
    const place = `/api/conversations/${id}`
    const said = await server.api<{ userMessage: { id: string } }>('POST', `${place}/messages`, { content: 'Hi' })
    await sendAll([{ path: '/api/conversations', body: { title: 'T', model: 'gpt-4' } }], { token })
    await sendAll([{ path: place, body: { title: 'T', model: 'gpt-4' } }], { token, method: 'PATCH' })
    await sendAll([{ path: `${place}/tags`, body: { tags: ['a', 'b'] } }], { token, method: 'PATCH' })
    await sendAll([{ path: `${place}/messages`, body: { content: 'Hi', modelId: 'gpt-4' } }], { token })
    await sendAll([{ path: `${place}/messages/stream`, body: { content: 'Hi', modelId: 'gpt-4' } }], { token })
    const edited = { content: 'Ho', attachments: [], reply: false }
    await sendAll([{ path: `${place}/messages/${said.userMessage.id}`, body: edited }], { token, method: 'PATCH' })
    for (const path of [place, `${place}/messages`, '/api/conversations', '/api/search?q=%F0%9F'])
      assert.ok((await fetchWhole(server.url + path, { headers: headersOf(token) })).status < 300, path)
  })
})

function itemOf(response: unknown): string {
  return (response as { output: { id: string }[] }).output[0]?.id ?? ''
}
