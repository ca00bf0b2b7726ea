import type { FinishReason, JsonObject, JsonValue, Usage } from '@parley/wires'
import type { FakeError } from '../behaviour.ts'
import { zeroUsage } from '../served.ts'
import { joinPieces, type Reply, type ReplyBlock } from '../reply.ts'
import { type FakeWire, type Frame, frameOf, runningUsage, type SaidUsage } from './wire.ts'

/** https://docs.claude.com/en/docs/build-with-claude/streaming: message_start … message_stop, usage at both ends. */
export const anthropic: FakeWire = {
  name: 'anthropic',
  tellable: (usage) => ({
    ...usage,
    input: usage.input + usage.audioInput,
    output: usage.output + usage.audioOutput,
    audioInput: 0,
    audioOutput: 0,
    fileSearches: 0,
  }),
  stream: streamReply,
  streamType: () => 'text/event-stream; charset=utf-8',
  whole: (reply) => {
    const said = reply.sayUsage === 'none' ? undefined : sayUsage(anthropic.tellable(reply.usage))
    const body = { ...envelope(reply), content: blocksOf(reply).map(wholeBlock), ...finishOf(reply) }
    return {
      body: said === undefined ? body : { ...body, usage: said.own },
      content: blocksOf(reply)
        .map((block) => joinPieces(block.pieces))
        .join(''),
      ...(said && { said }),
    }
  },
  errorBody,
  errorFrames: (error) => [frameOf('error', errorBody(error))],
}

const finishReasons: { readonly [reason in FinishReason]: string } = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'context-window': 'model_context_window_exceeded',
  'tool-calls': 'tool_use',
  refusal: 'refusal',
  'content-filter': 'refusal',
  pause: 'pause_turn',
  'malformed-tool-call': 'end_turn',
}

function finishOf(reply: Reply): { stop_reason: string; stop_sequence: string | null } {
  return { stop_reason: finishReasons[reply.finish], stop_sequence: reply.stopSequence ?? null }
}

function envelope(reply: Reply): JsonObject {
  return { id: `msg_${reply.id}`, type: 'message', role: 'assistant', model: reply.model, content: [] }
}

/** `output_tokens` include the thinking ones, which are told apart beside them; cache counters are not in `input_tokens`. */
function sayUsage(usage: Usage, withBreakdown = true): SaidUsage {
  const own: JsonObject = {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
    cache_read_input_tokens: usage.cacheRead,
    output_tokens: usage.output + usage.thinking,
  }
  if (usage.thinking > 0) own['output_tokens_details'] = { thinking_tokens: usage.thinking }
  if (usage.webSearches > 0) {
    own['server_tool_use'] = { web_search_requests: usage.webSearches, web_fetch_requests: 0 }
  }
  if (withBreakdown) {
    own['cache_creation'] = {
      ephemeral_5m_input_tokens: usage.cacheWrite5m,
      ephemeral_1h_input_tokens: usage.cacheWrite1h,
    }
    const isFast = usage.serviceTier === 'fast'
    own['service_tier'] = isFast ? 'standard' : (usage.serviceTier ?? 'standard')
    if (isFast) own['speed'] = 'fast'
  }
  return { own, usage }
}

/** Upstreams that say usage only at the end (some compatible ones) say zeros at the start. */
function startUsage(reply: Reply, usage: Usage): SaidUsage | undefined {
  if (reply.sayUsage === 'none') return undefined
  if (reply.sayUsage === 'first') return sayUsage(usage)
  if (reply.sayUsage === 'last') return sayUsage(zeroUsage)
  return sayUsage({ ...usage, output: 1, thinking: 0, webSearches: 0 })
}

/** How long cache writes are kept is told once: at the start, unless nothing is told there. */
function endUsage(reply: Reply, usage: Usage): SaidUsage | undefined {
  if (reply.sayUsage === 'none' || reply.sayUsage === 'first') return undefined
  return sayUsage(usage, reply.sayUsage === 'last')
}

function* streamReply(reply: Reply): Generator<Frame> {
  const usage = anthropic.tellable(reply.usage)
  const atStart = startUsage(reply, usage)
  const message = { ...envelope(reply), stop_reason: null, stop_sequence: null, ...(atStart && { usage: atStart.own }) }
  yield { ...frameOf('message_start', { type: 'message_start', message }), ...(atStart && { said: atStart }) }
  let pieces = 0
  for (const [index, block] of blocksOf(reply).entries()) {
    yield frameOf('content_block_start', { type: 'content_block_start', index, content_block: openBlock(block) })
    if (index === 0) yield frameOf('ping', { type: 'ping' })
    for (const frame of blockDeltas(block, index)) {
      yield frame
      if (frame.content === undefined) continue
      pieces++
      if (reply.sayUsage === 'every-chunk') {
        yield messageDelta({ stop_reason: null, stop_sequence: null }, sayUsage(runningUsage(usage, pieces), false))
      }
    }
    yield frameOf('content_block_stop', { type: 'content_block_stop', index })
  }
  yield messageDelta(finishOf(reply), endUsage(reply, usage))
  yield { ...frameOf('message_stop', { type: 'message_stop' }), isFinal: true }
}

function messageDelta(delta: JsonObject, said: SaidUsage | undefined): Frame {
  if (said === undefined) return frameOf('message_delta', { type: 'message_delta', delta })
  return { ...frameOf('message_delta', { type: 'message_delta', delta, usage: said.own }), said }
}

type AnthropicBlock = Exclude<ReplyBlock, { type: 'image' }>

/** This wire has no images in replies: they are left out. */
function blocksOf(reply: Reply): AnthropicBlock[] {
  return reply.blocks.filter((block) => block.type !== 'image')
}

function openBlock(block: AnthropicBlock): JsonObject {
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' }
  if (block.type === 'tool-call') return { type: 'tool_use', id: `toolu_${block.id}`, name: block.name, input: {} }
  return { type: 'text', text: '' }
}

function* blockDeltas(block: AnthropicBlock, index: number): Generator<Frame> {
  for (const piece of block.pieces) {
    yield {
      ...frameOf('content_block_delta', { type: 'content_block_delta', index, delta: deltaOf(block, piece) }),
      content: piece,
    }
  }
  if (block.type === 'thinking') {
    const delta = { type: 'signature_delta', signature: block.signature }
    yield frameOf('content_block_delta', { type: 'content_block_delta', index, delta })
  }
}

function deltaOf(block: AnthropicBlock, piece: string): JsonObject {
  if (block.type === 'thinking') return { type: 'thinking_delta', thinking: piece }
  if (block.type === 'tool-call') return { type: 'input_json_delta', partial_json: piece }
  return { type: 'text_delta', text: piece }
}

function wholeBlock(block: AnthropicBlock): JsonObject {
  const text = joinPieces(block.pieces)
  if (block.type === 'thinking') return { type: 'thinking', thinking: text, signature: block.signature }
  if (block.type === 'tool-call') {
    return { type: 'tool_use', id: `toolu_${block.id}`, name: block.name, input: JSON.parse(text) as JsonValue }
  }
  return { type: 'text', text }
}

const errorTypes: { readonly [status: number]: string } = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

function errorBody(error: FakeError): JsonObject {
  const type = error.type ?? errorTypes[error.status] ?? (error.status < 500 ? 'invalid_request_error' : 'api_error')
  const message = error.message ?? (error.status === 529 ? 'Overloaded' : `fake upstream error ${error.status}`)
  return { type: 'error', error: { type, message }, request_id: 'req_fake' }
}
