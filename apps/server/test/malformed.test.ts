import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type FakeUpstream, fetchWhole, startFakeUpstream, type WholeResponse } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

/**
 * Requests that nobody should send, at every door in front of an upstream of another wire: refused with a 400 in the door's own
 * form that names the field, and never sent on as something else.
 */

/** The door's requests: `what` is the JSON of what is asked, `fields` of further fields, comma first. */
interface Door {
  readonly upstream: string
  readonly path: string
  request(what?: string, fields?: string): string
  /** The field that an error names. */
  fieldOf(reply: WholeResponse): string
}

interface OpenAiError {
  error: { type: string; message: string; param: string; code: string }
}
interface AnthropicError {
  type: string
  error: { type: string; message: string }
}
interface GeminiError {
  error: { code: number; status: string; message: string; details: { fieldViolations: { field: string }[] }[] }
}

function openaiField({ json }: WholeResponse): string {
  const { error } = json as OpenAiError
  assert.equal(error.type, 'invalid_request_error')
  assert.ok(error.message.includes(error.param), error.message)
  return error.param
}

/** This form has a place for words only. */
function anthropicField({ json }: WholeResponse): string {
  const { type, error } = json as AnthropicError
  assert.deepEqual([type, error.type], ['error', 'invalid_request_error'])
  return /^[^\s:]+/.exec(error.message)?.[0] ?? ''
}

function geminiField({ json }: WholeResponse): string {
  const { error } = json as GeminiError
  assert.deepEqual([error.code, error.status], [400, 'INVALID_ARGUMENT'])
  return error.details[0]?.fieldViolations[0]?.field ?? ''
}

const doors = {
  anthropic: {
    upstream: 'openai',
    path: '/v1/messages',
    request: (what = '[{"role":"user","content":"Hi"}]', fields = '') =>
      `{"model":"of-openai","max_tokens":50,"messages":${what}${fields}}`,
    fieldOf: anthropicField,
  },
  chat: {
    upstream: 'anthropic',
    path: '/v1/chat/completions',
    request: (what = '[{"role":"user","content":"Hi"}]', fields = '') =>
      `{"model":"of-anthropic","messages":${what}${fields}}`,
    fieldOf: openaiField,
  },
  responses: {
    upstream: 'gemini',
    path: '/v1/responses',
    request: (what = '"Hi"', fields = '') => `{"model":"of-gemini","input":${what}${fields}}`,
    fieldOf: openaiField,
  },
  gemini: {
    upstream: 'anthropic',
    path: '/v1beta/models/of-anthropic:generateContent',
    request: (what = '[{"role":"user","parts":[{"text":"Hi"}]}]', fields = '') => `{"contents":${what}${fields}}`,
    fieldOf: geminiField,
  },
} as const satisfies Record<string, Door>
type DoorName = keyof typeof doors

const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`

const block = (type: string, fields: string) => `[{"role":"user","content":[{"type":"${type}",${fields}}]}]`
const part = (fields: string) => `[{"role":"user","parts":[{${fields}}]}]`
const url = (value: string) => block('image_url', `"image_url":{"url":"${value}"}`)
const source = (value: string) => block('image', `"source":${value}`)

type Refused = readonly [body: string, field: string]

/** Each is refused for this field. */
const refused: { readonly [name in DoorName]: readonly Refused[] } = {
  anthropic: [
    [doors.anthropic.request('7'), 'messages'],
    [doors.anthropic.request('null'), 'messages'],
    [doors.anthropic.request('[7]'), 'messages[0]'],
    [doors.anthropic.request('[{"role":"robot","content":"Hi"}]'), 'messages[0].role'],
    [doors.anthropic.request('[{"role":"user"}]'), 'messages[0].content'],
    [doors.anthropic.request(block('text', '"text":7')), 'messages[0].content[0].text'],
    [doors.anthropic.request(block('hologram', '"text":"Hi"')), 'messages[0].content[0].type'],
    [
      doors.anthropic.request(source('{"type":"base64","media_type":"image/png","data":"@@@"}')),
      'messages[0].content[0].source.data',
    ],
    [
      doors.anthropic.request(source('{"type":"base64","media_type":"text/html","data":"AAAA"}')),
      'messages[0].content[0].source',
    ],
    [doors.anthropic.request(source('{"type":"url","url":"ftp://a.example"}')), 'messages[0].content[0].source.url'],
    [doors.anthropic.request(undefined, ',"max_tokens":1e400'), 'max_tokens'],
    [doors.anthropic.request(undefined, ',"max_tokens":0.5'), 'max_tokens'],
    [doors.anthropic.request(undefined, ',"temperature":1e400'), 'temperature'],
    [doors.anthropic.request(undefined, ',"stream":"yes"'), 'stream'],
    [doors.anthropic.request(undefined, ',"system":7'), 'system'],
    [doors.anthropic.request(undefined, ',"metadata":{"user_id":7}'), 'metadata.user_id'],
    [doors.anthropic.request(undefined, ',"thinking":{"type":"wrong"}'), 'thinking.type'],
    [doors.anthropic.request(undefined, ',"tools":[{"input_schema":{}}]'), 'tools[0].name'],
    [doors.anthropic.request(undefined, ',"tool_choice":{"type":"maybe"}'), 'tool_choice.type'],
    [doors.anthropic.request(undefined, `,"metadata":${deep}`), 'body'],
  ],
  chat: [
    [doors.chat.request('[]'), 'messages'],
    [doors.chat.request('[{"role":"user","content":""}]'), 'messages'],
    [doors.chat.request('{}'), 'messages'],
    [doors.chat.request('[null]'), 'messages[0]'],
    [doors.chat.request('[{"role":"robot","content":"Hi"}]'), 'messages[0].role'],
    [doors.chat.request('[{"role":"user","name":7,"content":"Hi"}]'), 'messages[0].name'],
    [doors.chat.request('[{"role":"tool","content":"Hi"}]'), 'messages[0].tool_call_id'],
    [doors.chat.request('[{"role":"assistant","tool_calls":[{"id":"a"}]}]'), 'messages[0].tool_calls[0].function'],
    [doors.chat.request(url('data:text/html;base64,AAAA')), 'messages[0].content[0].image_url.url'],
    [doors.chat.request(url('data:image/png;base64,@@@')), 'messages[0].content[0].image_url.url'],
    [doors.chat.request(url('file:///etc/passwd')), 'messages[0].content[0].image_url.url'],
    [doors.chat.request(block('file', '"file":{"file_data":"@@@"}')), 'messages[0].content[0].file.file_data'],
    [doors.chat.request(undefined, ',"n":2'), 'n'],
    [doors.chat.request(undefined, ',"n":"2"'), 'n'],
    [doors.chat.request(undefined, ',"max_completion_tokens":9007199254740993'), 'max_completion_tokens'],
    [doors.chat.request(undefined, ',"stop":[7]'), 'stop[0]'],
    [doors.chat.request(undefined, ',"metadata":{"a":7}'), 'metadata.a'],
    [doors.chat.request(undefined, ',"model":7'), 'model'],
    [doors.chat.request(undefined, ',"tool_choice":{"type":"wrong"}'), 'tool_choice.type'],
    [
      doors.chat.request(
        undefined,
        ',"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"some","tools":[]}}',
      ),
      'tool_choice.allowed_tools.mode',
    ],
    [doors.chat.request(undefined, ',"response_format":{"type":"json_schema"}'), 'response_format.json_schema'],
    [doors.chat.request(deep), 'body'],
  ],
  responses: [
    [doors.responses.request('[]'), 'input'],
    [doors.responses.request('7'), 'input'],
    [doors.responses.request('[7]'), 'input[0]'],
    [doors.responses.request('[{"role":"robot","content":"Hi"}]'), 'input[0].role'],
    [doors.responses.request('[{"type":"nonsense"}]'), 'input[0].type'],
    [doors.responses.request('[{"type":"reasoning","summary":[7]}]'), 'input[0].summary[0]'],
    [doors.responses.request('[{"type":"function_call","name":"f","call_id":"a"}]'), 'input[0].arguments'],
    [doors.responses.request(block('input_image', '"image_url":"data:text/html,x"')), 'input[0].content[0].image_url'],
    [doors.responses.request(block('input_image', '"image_url":"nowhere"')), 'input[0].content[0].image_url'],
    [doors.responses.request(block('input_file', '"file_data":"@@@"')), 'input[0].content[0].file_data'],
    [doors.responses.request(undefined, ',"max_output_tokens":"5"'), 'max_output_tokens'],
    [doors.responses.request(undefined, ',"previous_response_id":7'), 'previous_response_id'],
    [doors.responses.request(undefined, ',"previous_response_id":"resp_\\u0000"'), 'previous_response_id'],
    [doors.responses.request(undefined, ',"background":true'), 'background'],
    [doors.responses.request(undefined, ',"store":"yes"'), 'store'],
    [
      doors.responses.request(undefined, ',"tools":[{"type":"function","name":"f"},{"type":"custom","name":"f"}]'),
      'tools[1]',
    ],
    [doors.responses.request(undefined, `,"metadata":${deep}`), 'body'],
  ],
  gemini: [
    [doors.gemini.request('[]'), 'contents'],
    [doors.gemini.request('7'), 'contents'],
    [doors.gemini.request('[7]'), 'contents[0]'],
    [doors.gemini.request('[{"role":"robot","parts":[]}]'), 'contents[0].role'],
    [doors.gemini.request('[{"role":"user","content":"Hi"}]'), 'contents[0].parts'],
    [doors.gemini.request(part('"text":7')), 'contents[0].parts[0].text'],
    [doors.gemini.request(part('"hologram":{}')), 'contents[0].parts[0]'],
    [
      doors.gemini.request(part('"inlineData":{"mimeType":"image/png","data":"@@@"}')),
      'contents[0].parts[0].inlineData.data',
    ],
    [
      doors.gemini.request(part('"functionResponse":{"name":"f","response":{}}')),
      'contents[0].parts[0].functionResponse',
    ],
    [doors.gemini.request(undefined, ',"generationConfig":7'), 'generationConfig'],
    [doors.gemini.request(undefined, ',"generation_config":{},"generationConfig":{}'), 'generation_config'],
    [
      doors.gemini.request(undefined, ',"generationConfig":{"maxOutputTokens":1e400}'),
      'generationConfig.maxOutputTokens',
    ],
    [doors.gemini.request(undefined, ',"generationConfig":{"candidateCount":2}'), 'generationConfig.candidateCount'],
    [
      doors.gemini.request(
        undefined,
        ',"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":[7]}}',
      ),
      'toolConfig.functionCallingConfig.allowedFunctionNames[0]',
    ],
    [doors.gemini.request(undefined, `,"generationConfig":${deep}`), 'body'],
  ],
}

const manyTools = (build: (name: string) => string) =>
  `[${Array.from({ length: 1000 }, (_, index) => build(`tool_${index}`)).join(',')}]`
const schema = '{"type":"object","properties":{"a":{"type":"string"}}}'

/** Odd, but it says what it says. */
const odd: { readonly [name in DoorName]: readonly string[] } = {
  anthropic: [
    doors.anthropic.request('[{"role":"user","content":"\\ud800"}]'),
    doors.anthropic.request(undefined, ',"metadata":{"user_id":"\\ud800\\u0000"}'),
    doors.anthropic.request(undefined, ',"max_tokens":7,"__proto__":{"model":"x"},"constructor":1'),
    doors.anthropic.request(
      undefined,
      `,"tools":${manyTools((name) => `{"name":"${name}","input_schema":${schema}}`)}`,
    ),
  ],
  chat: [
    doors.chat.request('[{"role":"user","content":"\\ud800\\u0000"}]'),
    doors.chat.request('[{"role":"system","content":"Say hello."}]'),
    doors.chat.request(undefined, ',"stream_options":7'),
    doors.chat.request(
      undefined,
      `,"tools":${manyTools((name) => `{"type":"function","function":{"name":"${name}","parameters":${schema}}}`)}`,
    ),
  ],
  responses: [
    doors.responses.request('"\\ud800"'),
    doors.responses.request(undefined, ',"prompt_cache_key":"\\u0000"'),
    doors.responses.request(
      undefined,
      `,"tools":${manyTools((name) => `{"type":"function","name":"${name}","parameters":${schema}}`)}`,
    ),
  ],
  gemini: [
    doors.gemini.request(part('"text":"\\ud800"')),
    doors.gemini.request(part('"inline_data":{"mime_type":"image/png","data":"_-8"}')),
    doors.gemini.request(
      undefined,
      `,"tools":[{"functionDeclarations":${manyTools((name) => `{"name":"${name}","parametersJsonSchema":${schema}}`)}}]`,
    ),
  ],
}

describe('requests that nobody should send', () => {
  let upstream: FakeUpstream
  let server: TestServer
  let key: string

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer()
    for (const kind of ['anthropic', 'openai', 'gemini']) {
      const account = { name: kind, kind, base_url: upstream.url, api_key: 'secret', models: [`of-${kind}`] }
      await server.addAccount(account)
    }
    key = (await server.addKey()).key
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })

  const send = (path: string, body: string) =>
    fetchWhole(server.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'x-goog-api-key': key, 'content-type': 'application/json' },
      body,
    })

  test('a number that JavaScript cannot hold reaches the other wire as it was written', async () => {
    upstream.clear()
    const call = '{"type":"tool_use","id":"toolu_1","name":"look","input":{"id":1234567890123456789}}'
    const messages = `[{"role":"user","content":"Hi"},{"role":"assistant","content":[${call}]}]`
    assert.equal((await send('/v1/messages', doors.anthropic.request(messages))).status, 200)
    assert.match(upstream.received[0]?.body.toString() ?? '', /\{\\"id\\":1234567890123456789\}/)
  })

  for (const [name, door] of Object.entries<Door>(doors)) {
    const known = name as DoorName
    test(`at the ${name} door, before an upstream of ${door.upstream}: are refused by the field's name`, async () => {
      upstream.clear()
      for (const [body, field] of refused[known]) {
        const reply = await send(door.path, body)
        const what = `${body.slice(0, 200)} → ${reply.text.slice(0, 300)}`
        assert.equal(reply.status, 400, what)
        assert.equal(door.fieldOf(reply), field, what)
      }
      assert.equal(upstream.received.length, 0, 'nothing was sent on')
    })

    test(`at the ${name} door: what is odd but clear is served`, async () => {
      for (const body of odd[known]) {
        const reply = await send(door.path, body)
        assert.equal(reply.status, 200, `${body.slice(0, 200)} → ${reply.text.slice(0, 300)}`)
      }
    })

    test(`at the ${name} door: no JSON, and JSON that is no object`, async () => {
      for (const body of ['', '{', '{"model":', '[]', '7', 'null', '"x"', '{"a":1}trailing', '\ufeff{}x', deep]) {
        const reply = await send(door.path, body)
        assert.equal(reply.status, 400, `${body.slice(0, 200)} → ${reply.text.slice(0, 300)}`)
      }
    })
  }
})
