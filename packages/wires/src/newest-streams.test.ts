import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type {
  BetaContentBlock,
  BetaRawContentBlockDelta,
  BetaRawMessageStreamEvent,
} from '@anthropic-ai/sdk/resources/beta/messages/messages'
import type { ChatCompletionChunk } from 'openai/resources/chat/completions/completions'
import type { ResponseStreamEvent } from 'openai/resources/responses/responses'
import { type JsonObject, type WireName, wires } from './index.ts'

/**
 * What the newest clients of the providers can be streamed, each with what becomes of it for clients of other wires. Passed over:
 * what the provider runs by itself, what no other wire could have asked for, and what only repeats what was said before.
 */
type Fate = 'read' | 'passed over'

const responsesEvents: Record<ResponseStreamEvent['type'], Fate> = {
  error: 'read',
  'response.completed': 'read',
  'response.content_part.done': 'read',
  'response.created': 'read',
  'response.custom_tool_call_input.delta': 'read',
  'response.failed': 'read',
  'response.function_call_arguments.delta': 'read',
  'response.in_progress': 'read',
  'response.incomplete': 'read',
  'response.output_item.added': 'read',
  'response.output_item.done': 'read',
  'response.output_text.annotation.added': 'read',
  'response.output_text.delta': 'read',
  'response.output_text.done': 'read',
  'response.queued': 'read',
  'response.reasoning_summary_part.added': 'read',
  'response.reasoning_summary_text.delta': 'read',
  'response.reasoning_text.delta': 'read',
  'response.refusal.delta': 'read',
  'response.refusal.done': 'read',
  'response.audio.delta': 'passed over',
  'response.audio.done': 'passed over',
  'response.audio.transcript.delta': 'passed over',
  'response.audio.transcript.done': 'passed over',
  'response.code_interpreter_call.completed': 'passed over',
  'response.code_interpreter_call.in_progress': 'passed over',
  'response.code_interpreter_call.interpreting': 'passed over',
  'response.code_interpreter_call_code.delta': 'passed over',
  'response.code_interpreter_call_code.done': 'passed over',
  'response.compaction.compacting': 'passed over',
  'response.content_part.added': 'passed over',
  'response.custom_tool_call_input.done': 'passed over',
  'response.file_search_call.completed': 'passed over',
  'response.file_search_call.in_progress': 'passed over',
  'response.file_search_call.searching': 'passed over',
  'response.function_call_arguments.done': 'passed over',
  'response.image_generation_call.completed': 'passed over',
  'response.image_generation_call.generating': 'passed over',
  'response.image_generation_call.in_progress': 'passed over',
  'response.image_generation_call.partial_image': 'passed over',
  'response.mcp_call.completed': 'passed over',
  'response.mcp_call.failed': 'passed over',
  'response.mcp_call.in_progress': 'passed over',
  'response.mcp_call_arguments.delta': 'passed over',
  'response.mcp_call_arguments.done': 'passed over',
  'response.mcp_list_tools.completed': 'passed over',
  'response.mcp_list_tools.failed': 'passed over',
  'response.mcp_list_tools.in_progress': 'passed over',
  'response.reasoning_summary_part.done': 'passed over',
  'response.reasoning_summary_text.done': 'passed over',
  'response.reasoning_text.done': 'passed over',
  'response.shell_call_command.added': 'passed over',
  'response.shell_call_command.delta': 'passed over',
  'response.shell_call_command.done': 'passed over',
  'response.shell_call_output_content.delta': 'passed over',
  'response.shell_call_output_content.done': 'passed over',
  'response.web_search_call.completed': 'passed over',
  'response.web_search_call.in_progress': 'passed over',
  'response.web_search_call.searching': 'passed over',
}

/** How many events of its own a wire reads in these, after others that it needs before them. */
function countRead(name: WireName, before: readonly JsonObject[], said: JsonObject): number {
  const reader = wires[name].readStream()
  const read = (data: JsonObject) =>
    reader.read({ event: typeof data.type === 'string' ? data.type : '', data: JSON.stringify(data) })
  before.forEach(read)
  return read(said).length
}

const places: readonly (readonly [RegExp, number])[] = [
  [/function_call/, 0],
  [/custom_tool/, 1],
  [/reasoning/, 2],
]

describe('events of Responses', () => {
  const added = (type: string, place: number) => ({
    type: 'response.output_item.added',
    output_index: place,
    item: { type, call_id: `call_${place}`, name: 'look' },
  })
  const thought = { type: 'response.reasoning_summary_text.delta', output_index: 2, summary_index: 0, delta: 'x' }
  const before = [added('function_call', 0), added('custom_tool_call', 1), thought]

  it('have the fates that are listed', () => {
    const fates = Object.keys(responsesEvents).map((type) => {
      const data = {
        type,
        output_index: places.find(([kind]) => kind.test(type))?.[1] ?? 3,
        content_index: 0,
        summary_index: 1,
        delta: 'x',
        text: 'x',
        refusal: 'x',
        message: 'x',
        response: { id: 'resp_1', model: 'm', status: 'completed', output: [] },
        part: { type: 'output_text', text: 'x' },
        item: { type: 'function_call', call_id: 'call_3', name: 'look', arguments: '{}' },
        annotation: { type: 'url_citation', url: 'https://a.example' },
      }
      return [type, countRead('openai-responses', before, data) > 0 ? 'read' : 'passed over']
    })
    assert.deepEqual(Object.fromEntries(fates), responsesEvents)
  })
})

const anthropicEvents: Record<BetaRawMessageStreamEvent['type'], Fate> = {
  message_start: 'read',
  message_delta: 'read',
  message_stop: 'read',
  content_block_delta: 'read',
  content_block_stop: 'read',
  // Says nothing before its first delta.
  content_block_start: 'passed over',
}

/** A compaction takes the place of messages that only its own client has asked to be compacted. */
const anthropicDeltas: Record<BetaRawContentBlockDelta['type'], Fate> = {
  text_delta: 'read',
  input_json_delta: 'read',
  thinking_delta: 'read',
  signature_delta: 'read',
  citations_delta: 'read',
  compaction_delta: 'passed over',
}

const anthropicBlocks: Record<BetaContentBlock['type'], Fate> = {
  text: 'read',
  thinking: 'read',
  redacted_thinking: 'read',
  tool_use: 'read',
  server_tool_use: 'passed over',
  mcp_tool_use: 'passed over',
  mcp_tool_result: 'passed over',
  mcp_tool_listing: 'passed over',
  web_search_tool_result: 'passed over',
  web_fetch_tool_result: 'passed over',
  advisor_tool_result: 'passed over',
  code_execution_tool_result: 'passed over',
  bash_code_execution_tool_result: 'passed over',
  text_editor_code_execution_tool_result: 'passed over',
  tool_search_tool_result: 'passed over',
  container_upload: 'passed over',
  compaction: 'passed over',
  fallback: 'passed over',
}

describe('events of Anthropic', () => {
  const start = (type: string, fields: JsonObject = {}) => ({
    type: 'content_block_start',
    index: 0,
    content_block: { type, ...fields },
  })
  const delta = (type: string) => ({
    type: 'content_block_delta',
    index: 0,
    delta: {
      type,
      text: 'x',
      thinking: 'x',
      signature: 'x',
      partial_json: '{}',
      citation: { type: 'x' },
      content: 'x',
    },
  })
  const said = [start('text'), delta('text_delta')]

  it('have the fates that are listed', () => {
    const fates = Object.keys(anthropicEvents).map((type) => {
      const fields = { message: { id: 'msg_1', model: 'm' }, delta: { type: 'text_delta', text: 'x' }, usage: {} }
      const data = { ...start('text'), ...fields, type }
      return [
        type,
        countRead('anthropic', type === 'content_block_start' ? [] : said, data) > 0 ? 'read' : 'passed over',
      ]
    })
    assert.deepEqual(Object.fromEntries(fates), anthropicEvents)
  })

  it('have deltas with the fates that are listed', () => {
    const kinds: { readonly [delta: string]: string } = {
      input_json_delta: 'tool_use',
      thinking_delta: 'thinking',
      signature_delta: 'thinking',
      compaction_delta: 'compaction',
    }
    const fates = Object.keys(anthropicDeltas).map((type) => [
      type,
      countRead('anthropic', [start(kinds[type] ?? 'text')], delta(type)) > 0 ? 'read' : 'passed over',
    ])
    assert.deepEqual(Object.fromEntries(fates), anthropicDeltas)
  })

  it('are of blocks with the fates that are listed', () => {
    const fields = { text: 'x', thinking: 'x', signature: 'x', data: 'x', id: 'x', name: 'x', input: {}, content: 'x' }
    const fates = Object.keys(anthropicBlocks).map((type) => [
      type,
      countRead('anthropic', [], start(type, fields)) > 0 ? 'read' : 'passed over',
    ])
    assert.deepEqual(Object.fromEntries(fates), anthropicBlocks)
  })
})

/** Sound comes to those alone who ask for it, which no other wire's client can. */
const chatDelta: Record<keyof ChatCompletionChunk.Choice.Delta, Fate> = {
  content: 'read',
  refusal: 'read',
  tool_calls: 'read',
  function_call: 'read',
  role: 'passed over',
  audio: 'passed over',
}

describe('deltas of OpenAI Chat', () => {
  it('have the fates that are listed', () => {
    const call = { name: 'look', arguments: '{}' }
    const values: { [field in keyof typeof chatDelta]: JsonObject[string] } = {
      content: 'x',
      refusal: 'x',
      tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: call }],
      function_call: call,
      role: 'assistant',
      audio: { id: 'audio_1', data: 'AAAA', transcript: 'x' },
    }
    const chunk = (delta: JsonObject) => ({ id: 'c', model: 'm', choices: [{ index: 0, delta }] })
    const fates = Object.entries(values).map(([field, value]) => [
      field,
      countRead('openai-chat', [chunk({})], chunk({ [field]: value })) > 0 ? 'read' : 'passed over',
    ])
    assert.deepEqual(Object.fromEntries(fates), chatDelta)
  })
})
