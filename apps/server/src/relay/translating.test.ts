import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ParleyError, wireFaults } from '@parley/contract'
import { completions, embeddings, expandState, type JsonObject, WireError, wires, type WireName } from '@parley/wires'
import { translating } from './translating.ts'

const hello = [{ role: 'user', content: 'hello' }]

const chat = (body: JsonObject = {}) => wires['openai-chat'].readRequest({ model: 'm', messages: hello, ...body })
const anthropic = (body: JsonObject = {}) =>
  wires.anthropic.readRequest({ model: 'm', max_tokens: 9, messages: hello, ...body })
const responses = (body: JsonObject = {}) => wires['openai-responses'].readRequest({ model: 'm', input: 'x', ...body })
const gemini = (body: JsonObject = {}) =>
  wires.gemini.readRequest({ contents: [{ parts: [{ text: 'x' }] }], ...body }, { model: 'm', stream: false })
const write = (wire: WireName, request = chat()) => wires[wire].writeRequest(request)

const said = (role: string, content: JsonObject) => ({ messages: [{ role, content: [content] }] })
const item = (value: JsonObject) => ({ input: [value] })
const part = (value: JsonObject) => ({ contents: [{ parts: [value] }] })
const image = (source: JsonObject) => said('user', { type: 'image', source })
const audio = { data: 'AAAA', format: 'wav' }
const search = { type: 'web_search_20250305', name: 'web_search' }
const schemaFormat = (schema: JsonObject) => ({
  response_format: { type: 'json_schema', json_schema: { name: 's', schema } },
})
const functionTool = { type: 'function', name: 'look', parameters: {} }
const picture = { mimeType: 'image/png', data: 'AAAA' }
const embedding = (outputDimensionality: number) => ({ content: { parts: [{ text: 'x' }] }, outputDimensionality })
/** So many objects in each other. */
const nested = (depth: number): JsonObject =>
  Array.from({ length: depth }).reduce<JsonObject>((inner) => ({ items: inner }), {})

/** What is asked, and what is said of it in both languages. */
const samples: readonly (readonly [work: () => unknown, en: string, zh: string])[] = [
  [() => chat({ messages: ['x'] }), 'messages[0] must be an object', 'messages[0]：必须是对象'],
  [() => chat({ messages: 'x' }), 'messages must be an array', 'messages：必须是数组'],
  [() => chat({ stop: ['a', 1] }), 'stop[1] must be a string', 'stop[1]：必须是字符串'],
  [() => chat({ temperature: 'hot' }), 'temperature must be a number', 'temperature：必须是数字'],
  [() => chat({ max_tokens: 1.5 }), 'max_tokens must be a whole number', 'max_tokens：必须是整数'],
  [() => chat({ stream: 'yes' }), 'stream must be true or false', 'stream：必须是 true 或 false'],
  [() => responses({ input: [] }), 'input must not be empty', 'input：不能为空'],
  [
    () => anthropic({ thinking: { type: 'some' } }),
    'thinking.type must be one of enabled, adaptive, between_tools, disabled',
    'thinking.type：必须是以下之一：enabled, adaptive, between_tools, disabled',
  ],
  [
    () => anthropic({ messages: [{ role: 'robot', content: 'x' }] }),
    'messages[0].role must be user, assistant or system',
    'messages[0].role：必须是 user、assistant 或 system',
  ],
  [
    () => gemini({ generationConfig: { candidateCount: 2 } }),
    'generationConfig.candidateCount must be 1',
    'generationConfig.candidateCount：必须是 1',
  ],
  [
    () => anthropic(image({ type: 'cloud' })),
    'messages[0].content[0].source.type must be base64, url, file',
    'messages[0].content[0].source.type：必须是 base64, url, file',
  ],
  [
    () => responses(item({ role: 'user', content: [{ type: 'smell' }] })),
    'input[0].content[0].type is not known: smell',
    'input[0].content[0].type：未知的类型 smell',
  ],
  [
    () => chat(said('user', { type: 'smell' })),
    'messages[0].content[0].type is smell; here it can be text, image_url, file, input_audio',
    'messages[0].content[0].type：此处不能是 smell，可用：text, image_url, file, input_audio',
  ],
  [() => chat(nested(600)), 'body must not be nested more than 500 deep', 'body：嵌套不能超过 500 层'],
  [
    () => write('anthropic', chat(schemaFormat(nested(100)))),
    `response_format.schema${'.items'.repeat(65)} is nested more than 64 deep`,
    `response_format.schema${'.items'.repeat(65)}：嵌套超过 64 层`,
  ],
  [
    () => gemini({ system_instruction: {}, systemInstruction: {} }),
    'system_instruction must not be said again as systemInstruction',
    'system_instruction：不能再以 systemInstruction 重复给出',
  ],
  [
    () => anthropic(image({ type: 'url', url: 'ftp://x' })),
    'messages[0].content[0].source.url must be an http(s): or data: URL',
    'messages[0].content[0].source.url：必须是 http(s): 或 data: 网址',
  ],
  [
    () => anthropic(image({ type: 'base64', media_type: 'image/png', data: '?' })),
    'messages[0].content[0].source.data must be base64',
    'messages[0].content[0].source.data：必须是 base64',
  ],
  [
    () => anthropic(image({ type: 'base64', media_type: 'text/plain', data: 'AAAA' })),
    'messages[0].content[0].source must be an image, and is text/plain',
    'messages[0].content[0].source：必须是图片，实际是 text/plain',
  ],
  [
    () => responses(item({ role: 'user', content: 1 })),
    'input[0].content must be a string or an array of parts',
    'input[0].content：必须是字符串或内容数组',
  ],
  [() => responses({ input: 1 }), 'input must be a string or an array of items', 'input：必须是字符串或条目数组'],
  [
    () => responses(item({ role: 'user', content: [{ type: 'input_file' }] })),
    'input[0].content[0] must have file_id, file_data or file_url',
    'input[0].content[0]：必须包含 file_id、file_data 或 file_url',
  ],
  [
    () => chat({ tool_choice: 1 }),
    'tool_choice must be auto, none, required or an object',
    'tool_choice：必须是 auto、none、required 或对象',
  ],
  [
    () => responses({ tool_choice: 1 }),
    'tool_choice must be auto, none, required or an object that names a tool',
    'tool_choice：必须是 auto、none、required 或指定工具的对象',
  ],
  [
    () => chat({ messages: [{ role: 'assistant', content: null, tool_calls: [{ id: 'a' }] }] }),
    'messages[0].tool_calls[0].function must be an object: only functions can be called',
    'messages[0].tool_calls[0].function：必须是对象，只能调用函数',
  ],
  [
    () => chat({ reasoning_effort: 'some' }),
    'reasoning_effort must be none or one of minimal, low, medium, high, xhigh, max',
    'reasoning_effort：必须是 none，或以下之一：minimal, low, medium, high, xhigh, max',
  ],
  [
    () => gemini({ systemInstruction: { parts: [{ fileData: { fileUri: 'https://a.example/a.png' } }] } }),
    'systemInstruction.parts[0]: instructions can only be text',
    'systemInstruction.parts[0]：指令只能是文本',
  ],
  [
    () => gemini(part({ smell: {} })),
    'contents[0].parts[0]: only a Gemini upstream understands smell parts',
    'contents[0].parts[0]：只有 Gemini 上游支持 smell',
  ],
  [
    () => responses(item({ type: 'smell' })),
    'input[0].type: only an OpenAI Responses upstream understands smell items',
    'input[0].type：只有 OpenAI Responses 上游支持 smell',
  ],
  [
    () => gemini(part({ functionResponse: { name: 'look', response: {} } })),
    'contents[0].parts[0].functionResponse: there is no call of look that this could answer',
    'contents[0].parts[0].functionResponse：没有可以应答的 look 调用',
  ],
  [
    () => write('gemini', chat({ messages: [{ role: 'tool', tool_call_id: 'a', content: 'x' }] })),
    'messages[0].content[0] answers a call that is not in the conversation',
    'messages[0].content[0]：所应答的调用不在对话中',
  ],
  [
    () => responses(item({ type: 'item_reference', id: 'a' })),
    'input[0] refers to an item that is not stored here: send the item itself',
    'input[0]：引用的条目未保存在此服务器，请直接发送该条目',
  ],
  [
    () => expandState({ input: 'x', previous_response_id: 'a' }, { previous: undefined, find: () => undefined }),
    'previous_response_id: there is no stored response a',
    'previous_response_id：没有已保存的响应 a',
  ],
  [
    () => expandState(item({ id: 'a' }), { previous: undefined, find: () => undefined }),
    'input[0]: there is no stored item a',
    'input[0]：没有已保存的条目 a',
  ],
  [
    () => write('openai-responses', responses({ tools: [functionTool, { ...functionTool, type: 'custom' }] })),
    'tools[1]: there are two tools called look',
    'tools[1]：有两个名为 look 的工具',
  ],
  [
    () => responses(item({ role: 'user', content: [{ type: 'refusal', refusal: 'no' }] })),
    'input[0].content: a user message cannot hold a refusal',
    'input[0].content：用户消息不能包含拒答',
  ],
  [
    () => responses(item({ role: 'assistant', content: [{ type: 'input_file', file_id: 'file-a' }] })),
    'input[0].content: an assistant message cannot hold a document',
    'input[0].content：助手消息不能包含 document',
  ],
  [
    () => responses(item({ type: 'function_call_output', call_id: 'a', output: [{ type: 'refusal', refusal: 'no' }] })),
    "input[0].output: a tool's output cannot hold a refusal",
    'input[0].output：工具输出不能包含 refusal',
  ],
  [
    () => completions.readRequest({ model: 'm', prompt: ['a', 'b'] }),
    'prompt must be one text for an upstream that only chats',
    'prompt：对于只支持对话的上游，必须是一段文本',
  ],
  [
    () => completions.readRequest({ model: 'm', prompt: 'a', suffix: 'b' }),
    'suffix has no counterpart in a chat',
    'suffix：对话中没有对应的参数',
  ],
  [
    () => write('gemini', chat({ logit_bias: { 1: 2 } })),
    'logit_bias has no counterpart on the gemini wire',
    'logit_bias：gemini 接口没有对应的参数',
  ],
  [
    () => embeddings.gemini.readRequest({ requests: [embedding(1), embedding(2)] }, 'm'),
    'requests must all ask for the same outputDimensionality',
    'requests：所有请求的 outputDimensionality 必须相同',
  ],
  [
    () => embeddings['openai-chat'].readRequest({ input: [1] }, 'm'),
    'input[0] must be text: only OpenAI knows its token numbers',
    'input[0]：必须是文本，Token 编号只有 OpenAI 能识别',
  ],
  [
    () => write('anthropic', chat(schemaFormat({ type: 'object', additionalProperties: true }))),
    'response_format.schema.additionalProperties must be false: the anthropic wire cannot carry open objects',
    'response_format.schema.additionalProperties：必须为 false，anthropic 接口不支持开放对象',
  ],
  [
    () => write('openai-chat', gemini(part({ fileData: { mimeType: 'audio/wav', fileUri: 'https://a.example/a' } }))),
    'Audio must be inline on the OpenAI Chat wire',
    'OpenAI Chat 接口的音频必须内联发送',
  ],
  [
    () => write('openai-responses', chat({ stop: 'a' })),
    'stop: the openai-responses wire cannot carry stop sequences',
    'stop：openai-responses 接口不支持停止序列',
  ],
  [
    () => write('openai-chat', chat({ model: 'o3', stop: 'a' })),
    'stop: the model o3 takes no stop sequences',
    'stop：模型 o3 不支持停止序列',
  ],
  [
    () => write('openai-chat', anthropic(image({ type: 'file', file_id: 'file_a' }))),
    "messages[0].content[0]: the openai-chat wire cannot carry an image in the upstream's file store",
    'messages[0].content[0]：openai-chat 接口不支持上游文件库中的图片',
  ],
  [
    () =>
      write(
        'openai-chat',
        anthropic(said('user', { type: 'document', source: { type: 'url', url: 'https://a.example/a.pdf' } })),
      ),
    'messages[0].content[0]: the openai-chat wire cannot carry a document by URL',
    'messages[0].content[0]：openai-chat 接口不支持以网址给出的文档',
  ],
  [
    () => write('gemini', anthropic(image({ type: 'file', file_id: 'file_a' }))),
    'messages[0].content[0]: the gemini wire cannot carry a file in the store of another provider',
    'messages[0].content[0]：gemini 接口不支持其他服务商文件库中的文件',
  ],
  [
    () => write('anthropic', chat(said('user', { type: 'input_audio', input_audio: audio }))),
    'messages[0].content[0]: the anthropic wire cannot carry audio',
    'messages[0].content[0]：anthropic 接口不支持音频',
  ],
  [
    () => write('openai-chat', anthropic({ tools: [search], tool_choice: { type: 'any' } })),
    'tool_choice: the openai-chat wire cannot carry the same, when the reply must call it',
    'tool_choice：openai-chat 接口不支持强制调用由其他接口的上游自行运行的工具',
  ],
  [
    () => write('openai-chat', gemini({ contents: [{ role: 'model', parts: [{ inlineData: picture }] }] })),
    "messages[0]: the openai-chat wire cannot carry an assistant's image in the history",
    'messages[0]：openai-chat 接口不支持历史消息中的助手图片',
  ],
]

void describe('what a wire cannot read or say', () => {
  for (const [work, en, zh] of samples) {
    it(en, () => {
      const error = thrownBy(() => translating(work))
      assert.equal(error.code, 'wire_unsupported')
      assert.deepEqual({ en: error.text('en'), zh: error.text('zh') }, { en, zh })
    })
  }

  it('is all tried here, but for what upstreams send and what the server says by itself', () => {
    const tried = samples.map(([work]) => thrownBy(() => translating(work)).cause)
    const faults = tried.map((cause) => (cause instanceof WireError ? cause.fault : undefined))
    const others = [
      'eventNotJson',
      'eventNotObject',
      'namedEventNotObject',
      'notNumbers',
      'upstreamError',
      'noSummary',
      'noEmbeddings',
    ]
    assert.deepEqual(new Set([...faults, ...others]), new Set(Object.keys(wireFaults)))
  })
})

function thrownBy(work: () => unknown): ParleyError {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof ParleyError, String(error))
    return error
  }
  return assert.fail('nothing was thrown')
}
