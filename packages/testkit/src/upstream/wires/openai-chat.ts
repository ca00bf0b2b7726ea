import type { FinishReason, JsonObject, Usage } from '@parley/wires'
import type { FakeCall } from '../call.ts'
import { joinPieces, type Reply, type ReplyBlock } from '../reply.ts'
import { openaiError } from './openai-errors.ts'
import { dataFrame, type FakeWire, type Frame, runningUsage, type SaidUsage } from './wire.ts'

/** https://platform.openai.com/docs/api-reference/chat/streaming, and `/v1/completions`, which differs in its choice only. */
export const openaiChat: FakeWire = {
  name: 'openai-chat',
  tellable: (usage) => ({
    ...usage,
    cacheWrite5m: usage.cacheWrite5m + usage.cacheWrite1h,
    cacheWrite1h: 0,
    webSearches: 0,
    fileSearches: 0,
  }),
  stream: streamReply,
  streamType: () => 'text/event-stream; charset=utf-8',
  whole: (reply, call) => {
    const said = reply.sayUsage === 'none' ? undefined : sayUsage(openaiChat.tellable(reply.usage))
    const choice = call.operation === 'complete' ? wholeCompletion(reply) : wholeChoice(reply)
    const body = { ...envelope(reply, call), choices: [choice] }
    return {
      body: said === undefined ? body : { ...body, usage: said.own },
      content: reply.blocks.map((block) => ('pieces' in block ? joinPieces(block.pieces) : '')).join(''),
      ...(said && { said }),
    }
  },
  errorBody: (error) => ({ error: openaiError(error) }),
  errorFrames: (error) => [dataFrame({ error: openaiError(error) })],
}

const finishReasons: { readonly [reason in FinishReason]: string } = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'context-window': 'length',
  'tool-calls': 'tool_calls',
  refusal: 'stop',
  'content-filter': 'content_filter',
  pause: 'stop',
  'malformed-tool-call': 'stop',
}

function envelope(reply: Reply, call: FakeCall): JsonObject {
  const tier = reply.usage.serviceTier ?? 'default'
  const common = { created: 1_790_000_000, model: reply.model, service_tier: tier }
  if (call.operation === 'complete') return { id: `cmpl-${reply.id}`, object: 'text_completion', ...common }
  const object = call.stream ? 'chat.completion.chunk' : 'chat.completion'
  return { id: `chatcmpl-${reply.id}`, object, ...common, system_fingerprint: 'fp_fake' }
}

/** `prompt_tokens` include cached, cache-written and audio ones; `completion_tokens` include reasoning and audio. */
function sayUsage(usage: Usage): SaidUsage {
  const prompt = usage.input + usage.cacheRead + usage.cacheWrite5m + usage.audioInput
  const completion = usage.output + usage.thinking + usage.audioOutput
  const promptDetails: JsonObject = { cached_tokens: usage.cacheRead, audio_tokens: usage.audioInput }
  if (usage.cacheWrite5m > 0) promptDetails['cache_write_tokens'] = usage.cacheWrite5m
  const own = {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: promptDetails,
    completion_tokens_details: {
      reasoning_tokens: usage.thinking,
      audio_tokens: usage.audioOutput,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
  return { own, usage }
}

function* streamReply(reply: Reply, call: FakeCall): Generator<Frame> {
  const usage = openaiChat.tellable(reply.usage)
  const chunk = createChunks(reply, call)
  const isChat = call.operation !== 'complete'
  if (isChat)
    yield chunk({ role: 'assistant', content: '', refusal: null }, null, reply.sayUsage === 'first' ? usage : undefined)
  let pieces = 0
  for (const [delta, content] of deltasOf(reply)) {
    pieces++
    const isFirst = reply.sayUsage === 'first' && !isChat && pieces === 1
    const running = reply.sayUsage === 'every-chunk' ? runningUsage(usage, pieces) : undefined
    yield { ...chunk(delta, null, isFirst ? usage : running), content }
  }
  const atFinish = reply.sayUsage === 'last' || reply.sayUsage === 'every-chunk' ? usage : undefined
  yield { ...chunk({}, finishReasons[reply.finish], atFinish), isFinal: true }
  if (reply.sayUsage === 'default' && call.includeUsage) {
    const said = sayUsage(usage)
    yield { ...dataFrame({ ...envelope(reply, call), choices: [], usage: said.own }), said }
  }
  yield { text: 'data: [DONE]\n\n' }
}

type MakeChunk = (delta: JsonObject, finish: string | null, usage?: Usage) => Frame

/** With `include_usage` every chunk has a `usage`, null until the last. */
function createChunks(reply: Reply, call: FakeCall): MakeChunk {
  const head = envelope(reply, call)
  const nullUsage = reply.sayUsage === 'default' && call.includeUsage ? { usage: null } : {}
  return (delta, finish, usage) => {
    const choice =
      call.operation === 'complete'
        ? { index: 0, text: delta['content'] ?? '', logprobs: null, finish_reason: finish }
        : { index: 0, delta, logprobs: null, finish_reason: finish }
    if (usage === undefined) return dataFrame({ ...head, choices: [choice], ...nullUsage })
    const said = sayUsage(usage)
    return { ...dataFrame({ ...head, choices: [choice], usage: said.own }), said }
  }
}

function* deltasOf(reply: Reply): Generator<[JsonObject, string]> {
  let toolIndex = 0
  for (const block of reply.blocks) {
    if (block.type === 'image') yield [{ images: [imageOf(block)] }, '']
    else if (block.type === 'tool-call') yield* toolDeltas(block, toolIndex++)
    else for (const piece of block.pieces) yield [{ [fieldOf(block)]: piece }, piece]
  }
}

function* toolDeltas(block: ReplyBlock & { type: 'tool-call' }, index: number): Generator<[JsonObject, string]> {
  const opening = { index, id: `call_${block.id}`, type: 'function', function: { name: block.name, arguments: '' } }
  yield [{ tool_calls: [opening] }, '']
  for (const piece of block.pieces) yield [{ tool_calls: [{ index, function: { arguments: piece } }] }, piece]
}

/** Reasoning is not part of OpenAI's own format; `reasoning_content` is what compatible servers have made of it. */
function fieldOf(block: ReplyBlock): string {
  if (block.type === 'thinking') return 'reasoning_content'
  return block.type === 'refusal' ? 'refusal' : 'content'
}

function imageOf(block: { mediaType: string; data: string }): JsonObject {
  return { type: 'image_url', image_url: { url: `data:${block.mediaType};base64,${block.data}` } }
}

function wholeChoice(reply: Reply): JsonObject {
  const message: JsonObject = { role: 'assistant', content: null, refusal: null, annotations: [] }
  const toolCalls: JsonObject[] = []
  for (const block of reply.blocks) {
    if (block.type === 'image') message['images'] = [imageOf(block)]
    else if (block.type === 'tool-call') {
      toolCalls.push({
        id: `call_${block.id}`,
        type: 'function',
        function: { name: block.name, arguments: block.arguments },
      })
    } else message[fieldOf(block)] = joinPieces(block.pieces)
  }
  if (toolCalls.length > 0) message['tool_calls'] = toolCalls
  return { index: 0, message, logprobs: null, finish_reason: finishReasons[reply.finish] }
}

function wholeCompletion(reply: Reply): JsonObject {
  const text = reply.blocks.map((block) => (block.type === 'text' ? joinPieces(block.pieces) : '')).join('')
  return { index: 0, text, logprobs: null, finish_reason: finishReasons[reply.finish] }
}
