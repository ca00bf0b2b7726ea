import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import OpenAI from 'openai'
import type { ChatCompletionCustomTool, ChatCompletionMessageParam } from 'openai/resources/chat/completions'
import { type ChatEvent, type JsonObject, wires } from '../index.ts'
import { encodeSse } from '../sse.ts'
import { readChunks, readMeter, writeContext } from '../testing/bytes.ts'
import { openDoor } from '../testing/door.ts'
import { called, reply } from '../testing/replies.ts'

const chat = wires['openai-chat']
const responses = wires['openai-responses']

const grammar = { syntax: 'lark' as const, definition: 'start: "x"' }
const patchTool: ChatCompletionCustomTool = {
  type: 'custom',
  custom: { name: 'patch', description: 'Patches', format: { type: 'grammar', grammar } },
}
const shellTool: ChatCompletionCustomTool = { type: 'custom', custom: { name: 'shell' } }
const patch = '*** Begin "é" 😀\n\\'
const messages: ChatCompletionMessageParam[] = [
  { role: 'user', content: 'Go' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'call_1', type: 'custom', custom: { name: 'patch', input: patch } }],
  },
  { role: 'tool', tool_call_id: 'call_1', content: 'done' },
]
const body = {
  model: 'gpt-5',
  messages,
  tools: [patchTool, shellTool],
  tool_choice: { type: 'custom', custom: { name: 'patch' } },
}
const flatTools = [
  { type: 'custom', name: 'patch', description: 'Patches', format: { type: 'grammar', ...grammar } },
  { type: 'custom', name: 'shell' },
]

describe('custom tools on the Chat Completions wire', () => {
  it('stay what they are on their own wire', () => {
    const { tools, tool_choice: choice, messages: sent } = chat.writeRequest(chat.readRequest(body))
    assert.deepEqual({ tools, choice, sent }, { tools: body.tools, choice: body.tool_choice, sent: messages })
  })

  it('become custom tools of Responses, calls and results with them, and come back so', () => {
    const sent = responses.writeRequest(chat.readRequest(body))
    assert.deepEqual(sent.tools, flatTools)
    assert.deepEqual(sent.tool_choice, { type: 'custom', name: 'patch' })
    assert.deepEqual((sent.input as JsonObject[]).slice(1), [
      { type: 'custom_tool_call', call_id: 'call_1', name: 'patch', input: patch },
      { type: 'custom_tool_call_output', call_id: 'call_1', output: 'done' },
    ])
    const back = chat.writeRequest(responses.readRequest(sent))
    const { tools, tool_choice: choice, messages: told } = back
    assert.deepEqual({ tools, choice, told }, { tools: body.tools, choice: body.tool_choice, told: messages })
  })

  it('are functions of one string to everybody else', () => {
    const request = chat.readRequest(body)
    const { tools, messages: sent, tool_choice: choice } = chat.writeRequest(request, 'compatible')
    const description = 'The input, in this lark grammar:\nstart: "x"'
    const parameters = {
      type: 'object',
      properties: { input: { type: 'string', description } },
      required: ['input'],
      additionalProperties: false,
    }
    assert.deepEqual((tools as JsonObject[])[0], {
      type: 'function',
      function: { name: 'patch', description: 'Patches', parameters },
    })
    assert.deepEqual(choice, { type: 'function', function: { name: 'patch' } })
    assert.deepEqual((sent as JsonObject[])[1]?.tool_calls, [
      { id: 'call_1', type: 'function', function: { name: 'patch', arguments: JSON.stringify({ input: patch }) } },
    ])
    const anthropic = wires.anthropic.writeRequest({ ...request, maxTokens: 500 })
    assert.deepEqual((anthropic.tools as JsonObject[])[0], {
      name: 'patch',
      description: 'Patches',
      input_schema: parameters,
    })
    const [, said] = anthropic.messages as { content: JsonObject[] }[]
    assert.deepEqual(said?.content[0]?.input, { input: patch })
  })

  it('are called with the free text that another wire’s model wrote as JSON, streamed or whole', async () => {
    const events = reply(called(0, { id: 'toolu_1', name: 'patch' }, JSON.stringify({ input: patch })), 'tool-calls')
    await using door = await openDoor(chat, () => events)
    const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${door.url}/v1`, maxRetries: 0 })
    const ask = { model: 'gpt-test', messages: messages.slice(0, 1), tools: [patchTool] }
    const whole = await client.chat.completions.create(ask)
    const expected = { id: 'call_via_toolu_1', type: 'custom', custom: { name: 'patch', input: patch } }
    assert.deepEqual(whole.choices[0]?.message.tool_calls, [expected])
    const pieces: { name: string | undefined; input: string | undefined }[] = []
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
      for (const { custom, function: called } of chunk.choices[0]?.delta.tool_calls ?? []) {
        assert.equal(called, undefined)
        pieces.push({ name: custom?.name, input: custom?.input })
      }
    }
    assert.equal(pieces[0]?.name, 'patch')
    assert.ok(pieces.length > 2, 'the text must come in pieces')
    assert.equal(pieces.map(({ input }) => input).join(''), patch)
  })

  it('are given back as the text itself where the model wrote no object', () => {
    const request = chat.readRequest(body)
    const events = reply(called(0, { id: 'call_1', name: 'patch' }, '*** Begin'), 'tool-calls')
    const { choices } = chat.writeResponse(events, { ...writeContext, request })
    const [call] = (choices as { message: { tool_calls: JsonObject[] } }[])[0]?.message.tool_calls ?? []
    assert.deepEqual(call?.custom, { name: 'patch', input: '*** Begin' })
    const streamed = events.map(chat.writeStream({ ...writeContext, request })).join('')
    assert.ok(streamed.includes('"custom":{"input":"*** Begin"}'), streamed)
  })

  it('are read of a reply as JSON, wherever it is cut, and their text is counted', () => {
    const fragment = (call: JsonObject, reason?: string) => {
      const choice = { index: 0, delta: { tool_calls: [{ index: 0, ...call }] }, finish_reason: reason ?? null }
      return encodeSse({ event: '', data: JSON.stringify({ id: 'c', model: 'm', choices: [choice] }) })
    }
    const bytes = Buffer.from(
      fragment({ id: 'call_1', type: 'custom', custom: { name: 'patch', input: '' } }) +
        fragment({ custom: { input: patch.slice(0, 9) } }) +
        fragment({ custom: { input: patch.slice(9) } }, 'tool_calls'),
    )
    const events = readChunks(chat, [bytes])
    const json = events.flatMap((event: ChatEvent) => (event.type === 'tool-call-delta' ? event.json : [])).join('')
    assert.deepEqual(JSON.parse(json), { input: patch })
    assert.equal(readMeter(chat.meter('stream'), [bytes]).contentLength, patch.length)
    const message = { tool_calls: [{ id: 'call_1', type: 'custom', custom: { name: 'patch', input: patch } }] }
    const whole = chat.readResponse({ id: 'c', model: 'm', choices: [{ message, finish_reason: 'tool_calls' }] })
    assert.deepEqual(
      whole
        .filter(({ type }) => type === 'tool-call-delta')
        .map((event) => 'json' in event && event.json)
        .join(''),
      JSON.stringify({ input: patch }),
    )
  })
})
