import type { FinishReason, JsonObject, JsonValue, Usage } from '@parley/wires'
import type { FakeError } from '../behaviour.ts'
import type { FakeCall } from '../call.ts'
import { joinPieces, type Reply, type ReplyBlock } from '../reply.ts'
import { dataFrame, type FakeWire, type Frame, runningUsage, type SaidUsage } from './wire.ts'

/** https://ai.google.dev/api/generate-content: every chunk is a whole response object, with the usage so far. */
export const gemini: FakeWire = {
  name: 'gemini',
  tellable: (usage) => ({
    ...usage,
    input: usage.input + usage.cacheWrite5m + usage.cacheWrite1h,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    webSearches: 0,
    fileSearches: 0,
  }),
  stream: (reply, call) => (isSse(call) ? streamReply(reply) : asArray(streamReply(reply))),
  streamType: (call) => (isSse(call) ? 'text/event-stream' : 'application/json; charset=UTF-8'),
  whole: (reply) => {
    const said = reply.sayUsage === 'none' ? undefined : sayUsage(gemini.tellable(reply.usage))
    const body = responseOf(reply, reply.blocks.map(wholePart), finishReasons[reply.finish], said)
    const content = reply.blocks.map((block) => ('pieces' in block ? joinPieces(block.pieces) : '')).join('')
    return { body, content, ...(said && { said }) }
  },
  errorBody,
  errorFrames: (error) => [dataFrame(errorBody(error))],
}

const finishReasons: { readonly [reason in FinishReason]: string } = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  length: 'MAX_TOKENS',
  'context-window': 'MAX_TOKENS',
  'tool-calls': 'STOP',
  refusal: 'SAFETY',
  'content-filter': 'SAFETY',
  pause: 'STOP',
  'malformed-tool-call': 'MALFORMED_FUNCTION_CALL',
}

function isSse(call: FakeCall): boolean {
  return /[?&]alt=sse(&|$)/.test(call.received.path)
}

/** Without `alt=sse` a stream is a JSON array that grows. */
function* asArray(frames: Iterable<Frame>): Generator<Frame> {
  let before = '['
  for (const frame of frames) {
    yield { ...frame, text: `${before}${frame.text.slice('data: '.length, -'\n\n'.length)}${frame.isFinal ? ']' : ''}` }
    before = ',\r\n'
  }
}

/** `promptTokenCount` includes cached and audio ones, which are told apart beside it; thoughts are not in `candidatesTokenCount`. */
function sayUsage(usage: Usage): SaidUsage {
  const prompt = usage.input + usage.cacheRead + usage.audioInput
  const candidates = usage.output + usage.audioOutput
  const own: JsonObject = { promptTokenCount: prompt, totalTokenCount: prompt + candidates + usage.thinking }
  if (candidates > 0) own['candidatesTokenCount'] = candidates
  if (usage.serviceTier !== null) own['serviceTier'] = usage.serviceTier
  if (usage.cacheRead > 0) own['cachedContentTokenCount'] = usage.cacheRead
  if (usage.thinking > 0) own['thoughtsTokenCount'] = usage.thinking
  own['promptTokensDetails'] = modalities(usage.input + usage.cacheRead, usage.audioInput)
  if (usage.audioOutput > 0) own['candidatesTokensDetails'] = modalities(usage.output, usage.audioOutput)
  return { own, usage }
}

function modalities(text: number, audio: number): JsonObject[] {
  const parts: JsonObject[] = [{ modality: 'TEXT', tokenCount: text }]
  if (audio > 0) parts.push({ modality: 'AUDIO', tokenCount: audio })
  return parts
}

function responseOf(
  reply: Reply,
  parts: JsonObject[],
  finish: string | undefined,
  said: SaidUsage | undefined,
): JsonObject {
  const candidate: JsonObject = { content: { parts, role: 'model' }, index: 0 }
  if (finish !== undefined) candidate['finishReason'] = finish
  const response: JsonObject = { candidates: [candidate] }
  if (said !== undefined) response['usageMetadata'] = said.own
  return { ...response, modelVersion: reply.model, responseId: reply.id }
}

function* streamReply(reply: Reply): Generator<Frame> {
  const usage = gemini.tellable(reply.usage)
  let pieces = 0
  for (const [part, content] of partsOf(reply.blocks)) {
    pieces++
    const said = saidAt(reply, usage, pieces)
    yield { ...dataFrame(responseOf(reply, [part], undefined, said)), content, ...(said && { said }) }
  }
  const said = reply.sayUsage === 'none' || reply.sayUsage === 'first' ? undefined : sayUsage(usage)
  yield {
    ...dataFrame(responseOf(reply, [{ text: '' }], finishReasons[reply.finish], said)),
    ...(said && { said }),
    isFinal: true,
  }
}

function saidAt(reply: Reply, usage: Usage, pieces: number): SaidUsage | undefined {
  if (reply.sayUsage === 'none' || reply.sayUsage === 'last') return undefined
  if (reply.sayUsage === 'first') return pieces === 1 ? sayUsage(usage) : undefined
  return sayUsage(runningUsage(usage, pieces))
}

/** A function call comes whole, in one part. */
function* partsOf(blocks: ReplyBlock[]): Generator<[JsonObject, string]> {
  for (const block of blocks) {
    if (block.type === 'image' || block.type === 'tool-call') {
      yield [wholePart(block), block.type === 'image' ? '' : block.arguments]
      continue
    }
    for (const piece of block.pieces)
      yield [block.type === 'thinking' ? { text: piece, thought: true } : { text: piece }, piece]
    if (block.type === 'thinking') yield [{ text: '', thoughtSignature: block.signature }, '']
  }
}

function wholePart(block: ReplyBlock): JsonObject {
  if (block.type === 'image') return { inlineData: { mimeType: block.mediaType, data: block.data } }
  if (block.type === 'tool-call') {
    return { functionCall: { id: block.id, name: block.name, args: JSON.parse(block.arguments) as JsonValue } }
  }
  const text = joinPieces(block.pieces)
  return block.type === 'thinking' ? { text, thought: true, thoughtSignature: block.signature } : { text }
}

const statuses: { readonly [status: number]: string } = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

function errorBody(error: FakeError): JsonObject {
  const status = error.type ?? statuses[error.status] ?? (error.status < 500 ? 'FAILED_PRECONDITION' : 'UNKNOWN')
  return { error: { code: error.status, message: error.message ?? `fake upstream error ${error.status}`, status } }
}
