import type { FinishReason, JsonObject, Usage } from '@parley/wires'
import type { FakeError } from '../behaviour.ts'
import { joinPieces, type Reply, type ReplyBlock } from '../reply.ts'
import { openaiError } from './openai-errors.ts'
import { type FakeWire, type Frame, frameOf, runningUsage, type SaidUsage } from './wire.ts'

/** https://platform.openai.com/docs/api-reference/responses-streaming: numbered events, each part opened, filled and closed. */
export const openaiResponses: FakeWire = {
  name: 'openai-responses',
  tellable: (usage) => ({
    ...usage,
    input: usage.input + usage.audioInput,
    output: usage.output + usage.audioOutput,
    cacheWrite5m: usage.cacheWrite5m + usage.cacheWrite1h,
    cacheWrite1h: 0,
    audioInput: 0,
    audioOutput: 0,
  }),
  stream: (reply) => numbered(streamReply(reply)),
  streamType: () => 'text/event-stream; charset=utf-8',
  whole: (reply) => {
    const said = reply.sayUsage === 'none' ? undefined : sayUsage(openaiResponses.tellable(reply.usage))
    return {
      body: responseOf(
        reply,
        endOf(reply.finish),
        [...searchItems(reply), ...reply.blocks.map((block, index) => itemOf(reply, block, index, true))],
        said,
      ),
      content: reply.blocks.map((block) => ('pieces' in block ? joinPieces(block.pieces) : '')).join(''),
      ...(said && { said }),
    }
  },
  errorBody: (error) => ({ error: openaiError(error) }),
  errorFrames,
}

/** `input_tokens` include cached and cache-written ones; `output_tokens` include reasoning. */
function sayUsage(usage: Usage): SaidUsage {
  const input = usage.input + usage.cacheRead + usage.cacheWrite5m
  const output = usage.output + usage.thinking
  const own = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheRead, cache_write_tokens: usage.cacheWrite5m },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.thinking },
    total_tokens: input + output,
  }
  return { own, usage }
}

interface ReplyEnd {
  event: 'response.created' | 'response.in_progress' | 'response.completed' | 'response.incomplete'
  status: string
  reason?: string
}

function endOf(finish: FinishReason): ReplyEnd {
  if (finish === 'length' || finish === 'context-window') {
    return { event: 'response.incomplete', status: 'incomplete', reason: 'max_output_tokens' }
  }
  if (finish === 'content-filter')
    return { event: 'response.incomplete', status: 'incomplete', reason: 'content_filter' }
  return { event: 'response.completed', status: 'completed' }
}

function responseOf(reply: Reply, state: ReplyEnd, output: JsonObject[], said: SaidUsage | undefined): JsonObject {
  return {
    id: `resp_${reply.id}`,
    object: 'response',
    created_at: 1_790_000_000,
    status: state.status,
    error: null,
    incomplete_details: state.reason === undefined ? null : { reason: state.reason },
    instructions: null,
    metadata: {},
    model: reply.model,
    output,
    parallel_tool_calls: true,
    service_tier: said === undefined ? 'auto' : (said.usage.serviceTier ?? 'default'),
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: said?.own ?? null,
  }
}

type NumberedData = Omit<JsonObject, 'sequence_number'>

interface Event {
  data: NumberedData & { type: string }
  content?: string
  said?: SaidUsage | undefined
  isFinal?: boolean
}

function* numbered(events: Iterable<Event>): Generator<Frame> {
  let number = 0
  for (const { data, content, said, isFinal } of events) {
    const { type, ...rest } = data
    yield {
      ...frameOf(type, { type, sequence_number: number++, ...rest }),
      ...(content !== undefined && { content }),
      ...(said && { said }),
      ...(isFinal && { isFinal }),
    }
  }
}

function* streamReply(reply: Reply): Generator<Event> {
  const usage = openaiResponses.tellable(reply.usage)
  const atStart = startUsage(reply, usage)
  for (const event of ['response.created', 'response.in_progress'] as const) {
    const response = responseOf(reply, { event, status: 'in_progress' }, [], atStart)
    yield { data: { type: event, response }, said: atStart }
  }
  const done: JsonObject[] = []
  for (const item of searchItems(reply)) {
    const place = { output_index: done.length, item }
    yield { data: { type: 'response.output_item.added', ...place } }
    yield { data: { type: 'response.output_item.done', ...place } }
    done.push(item)
  }
  for (const block of reply.blocks) {
    const index = done.length
    yield {
      data: { type: 'response.output_item.added', output_index: index, item: itemOf(reply, block, index, false) },
    }
    yield* contentEvents(reply, block, index)
    const item = itemOf(reply, block, index, true)
    yield { data: { type: 'response.output_item.done', output_index: index, item } }
    done.push(item)
  }
  const end = endOf(reply.finish)
  const said = reply.sayUsage === 'none' || reply.sayUsage === 'first' ? undefined : sayUsage(usage)
  yield { data: { type: end.event, response: responseOf(reply, end, done, said) }, said, isFinal: true }
}

/** Searches are items of the output and nothing in its usage. A page that is opened after a search is not billed. */
function searchItems({ id, usage: { webSearches, fileSearches } }: Reply): JsonObject[] {
  const web = Array.from({ length: webSearches }, (_, number) => ({ type: 'search', query: `question ${number}` }))
  const actions = webSearches > 0 ? [...web, { type: 'open_page', url: 'https://example.com' }] : []
  const files = Array.from({ length: fileSearches }, (_, number) => ({
    id: `fs_${id}s${number}`,
    type: 'file_search_call',
    status: 'completed',
    queries: ['question'],
  }))
  return [
    ...actions.map((action, number) => ({
      id: `ws_${id}s${number}`,
      type: 'web_search_call',
      status: 'completed',
      action,
    })),
    ...files,
  ]
}

/** Only a response object has a place for usage, so "every chunk" is every event that carries one. */
function startUsage(reply: Reply, usage: Usage): SaidUsage | undefined {
  if (reply.sayUsage === 'first') return sayUsage(usage)
  return reply.sayUsage === 'every-chunk' ? sayUsage(runningUsage(usage, 0)) : undefined
}

function itemId(reply: Reply, block: ReplyBlock, index: number): string {
  const prefixes = { thinking: 'rs', text: 'msg', refusal: 'msg', image: 'ig', 'tool-call': 'fc' } as const
  return `${prefixes[block.type]}_${reply.id}i${index}`
}

function itemOf(reply: Reply, block: ReplyBlock, index: number, isDone: boolean): JsonObject {
  const id = itemId(reply, block, index)
  const status = isDone ? 'completed' : 'in_progress'
  if (block.type === 'image') return { id, type: 'image_generation_call', status, result: isDone ? block.data : null }
  if (block.type === 'tool-call') {
    return {
      id,
      type: 'function_call',
      status,
      arguments: isDone ? block.arguments : '',
      call_id: `call_${block.id}`,
      name: block.name,
    }
  }
  if (block.type === 'thinking') {
    const summary = isDone ? [{ type: 'summary_text', text: joinPieces(block.pieces) }] : []
    return { id, type: 'reasoning', summary, encrypted_content: isDone ? block.signature : null }
  }
  return {
    id,
    type: 'message',
    status,
    role: 'assistant',
    content: isDone ? [partOf(block, joinPieces(block.pieces))] : [],
  }
}

function partOf(block: ReplyBlock, text: string): JsonObject {
  return block.type === 'refusal'
    ? { type: 'refusal', refusal: text }
    : { type: 'output_text', text, annotations: [], logprobs: [] }
}

function contentEvents(reply: Reply, block: ReplyBlock, index: number): Iterable<Event> {
  const at = { item_id: itemId(reply, block, index), output_index: index }
  if (block.type === 'image') return imageEvents(at)
  if (block.type === 'tool-call') return toolEvents(block, at)
  return block.type === 'thinking' ? thinkingEvents(block, at) : textEvents(block, at)
}

function* imageEvents(at: JsonObject): Generator<Event> {
  for (const state of ['in_progress', 'generating', 'completed']) {
    yield { data: { type: `response.image_generation_call.${state}`, ...at } }
  }
}

function* toolEvents(block: ReplyBlock & { type: 'tool-call' }, at: JsonObject): Generator<Event> {
  for (const delta of block.pieces) {
    yield { data: { type: 'response.function_call_arguments.delta', ...at, delta }, content: delta }
  }
  yield { data: { type: 'response.function_call_arguments.done', ...at, arguments: block.arguments, name: block.name } }
}

function* thinkingEvents(block: ReplyBlock & { type: 'thinking' }, at: JsonObject): Generator<Event> {
  const place = { ...at, summary_index: 0 }
  yield { data: { type: 'response.reasoning_summary_part.added', ...place, part: { type: 'summary_text', text: '' } } }
  for (const delta of block.pieces) {
    yield { data: { type: 'response.reasoning_summary_text.delta', ...place, delta }, content: delta }
  }
  const text = joinPieces(block.pieces)
  yield { data: { type: 'response.reasoning_summary_text.done', ...place, text } }
  yield { data: { type: 'response.reasoning_summary_part.done', ...place, part: { type: 'summary_text', text } } }
}

function* textEvents(block: ReplyBlock & { type: 'text' | 'refusal' }, at: JsonObject): Generator<Event> {
  const place = { ...at, content_index: 0 }
  const isRefusal = block.type === 'refusal'
  const kind = isRefusal ? 'response.refusal' : 'response.output_text'
  const logprobs = isRefusal ? {} : { logprobs: [] }
  yield { data: { type: 'response.content_part.added', ...place, part: partOf(block, '') } }
  for (const delta of block.pieces)
    yield { data: { type: `${kind}.delta`, ...place, delta, ...logprobs }, content: delta }
  const text = joinPieces(block.pieces)
  yield { data: { type: `${kind}.done`, ...place, [isRefusal ? 'refusal' : 'text']: text, ...logprobs } }
  yield { data: { type: 'response.content_part.done', ...place, part: partOf(block, text) } }
}

/** An `error` event, then the response as failed. */
function errorFrames(error: FakeError, events: number): Frame[] {
  const { message = '', code } = openaiError(error)
  const failure = { code: code ?? 'server_error', message }
  const response = {
    id: 'resp_fake',
    object: 'response',
    created_at: 1_790_000_000,
    status: 'failed',
    error: failure,
    output: [],
    usage: null,
  }
  return [
    frameOf('error', { type: 'error', sequence_number: events, ...failure, param: null }),
    frameOf('response.failed', { type: 'response.failed', sequence_number: events + 1, response }),
  ]
}
