import type { ChatEvent, JsonObject, ThinkingBlock, Usage } from '../neutral.ts'
import { createInputDecoder, type InputDecoder, isCustomTool } from '../shared/custom-tool.ts'
import { replyId, toolCallId } from '../shared/ids.ts'
import { toDataUrl } from '../shared/media.ts'
import { encodeSseJson } from '../sse.ts'
import type { WriteContext } from '../wire.ts'
import { tryWriteAnnotation } from './annotations.ts'
import { writeStreamError } from './errors.ts'
import { writeFinishReason } from './finish.ts'
import { writeSignature } from './read-tool-calls.ts'
import { tryWriteDetail } from './reasoning.ts'
import { writeUsage } from './usage.ts'

type EventType = ChatEvent['type']
type EventOf<T extends EventType> = Extract<ChatEvent, { type: T }>

interface Call {
  position: number
  /** Of a custom tool. */
  input: InputDecoder | undefined
}

interface State {
  context: WriteContext
  /** The fields that all chunks begin with, without a closing brace; '' until the first chunk. */
  fields: string
  id: string | undefined
  calls: Map<number, Call>
  thinking: Map<number, ThinkingBlock>
  detailCount: number
  hasRefusal: boolean
  usage: Usage | undefined
}

/** Neutral events → chat completion chunks (Chat Completions streaming reference, 2026-11). */
export function writeStream(context: WriteContext): (event: ChatEvent) => string {
  const state: State = {
    context,
    fields: '',
    id: undefined,
    calls: new Map(),
    thinking: new Map(),
    detailCount: 0,
    hasRefusal: false,
    usage: undefined,
  }
  return (event) => writeEvent(state, event)
}

const eventWriters: { [T in EventType]: (state: State, event: EventOf<T>) => string } = {
  start: (state, event) => {
    state.id = event.id
    return writeRole(state)
  },
  text: (state, { text }) => (text === '' ? '' : writeChunk(state, `{"content":${JSON.stringify(text)}}`)),
  refusal: (state, { text }) => {
    state.hasRefusal = true
    return writeChunk(state, `{"refusal":${JSON.stringify(text)}}`)
  },
  annotation: (state, { annotation }) => {
    const written = tryWriteAnnotation(annotation)
    return written === undefined ? '' : writeChunk(state, JSON.stringify({ annotations: [written] }))
  },
  thinking: writeThinking,
  image: (state, image) => writeChunk(state, JSON.stringify({ images: [writeImage(image)] })),
  'tool-call-start': writeCallStart,
  'tool-call-delta': (state, { index, json }) => {
    const call = state.calls.get(index)
    if (call === undefined || json === '') return ''
    return writeCallFragment(state, call, call.input === undefined ? json : call.input.push(json))
  },
  'block-end': writeBlockEnd,
  usage: (state, { usage }) => {
    state.usage = usage
    return ''
  },
  finish: (state, { reason }) => {
    const finishReason = writeFinishReason(reason, { refusal: state.hasRefusal })
    return writeChunk(state, '{}', finishReason) + writeUsageChunk(state) + encodeSseJson('', '[DONE]')
  },
  error: (_state, { error }) => writeStreamError(error),
}

function writeEvent<T extends EventType>(state: State, event: EventOf<T>): string {
  const write: (state: State, event: EventOf<T>) => string = eventWriters[event.type as T]
  const needsRole = state.fields === '' && event.type !== 'start' && event.type !== 'usage' && event.type !== 'error'
  return (needsRole ? writeRole(state) : '') + write(state, event)
}

function writeRole(state: State): string {
  const { context, id } = state
  const fields = JSON.stringify({
    id: replyId('chatcmpl-', id, context.id),
    object: 'chat.completion.chunk',
    created: context.createdAt,
    model: context.model,
  })
  state.fields = fields.slice(0, -1)
  return writeChunk(state, '{"role":"assistant","content":"","refusal":null}')
}

/** /!\ Hot path: one call per token or so, hence the text of a chunk is put together from parts. */
function writeChunk(state: State, deltaJson: string, finishReason?: string): string {
  const reason = finishReason === undefined ? 'null' : `"${finishReason}"`
  const usage = state.context.includeUsage ? ',"usage":null' : ''
  return `data: ${state.fields},"choices":[{"index":0,"delta":${deltaJson},"logprobs":null,"finish_reason":${reason}}]${usage}}\n\n`
}

function writeUsageChunk(state: State): string {
  if (!state.context.includeUsage || state.usage === undefined) return ''
  return encodeSseJson('', `${state.fields},"choices":[],"usage":${JSON.stringify(writeUsage(state.usage))}}`)
}

function writeCallStart(state: State, event: EventOf<'tool-call-start'>): string {
  const { index, name } = event
  const isCustom = isCustomTool(state.context.request, name)
  const position = state.calls.size
  state.calls.set(index, { position, input: isCustom ? createInputDecoder() : undefined })
  const called = isCustom
    ? { type: 'custom', custom: { name, input: '' } }
    : { type: 'function', function: { name, arguments: '' } }
  const call = { index: position, id: toolCallId('call_', event.id), ...called, ...writeSignature(event.signature) }
  return writeChunk(state, JSON.stringify({ tool_calls: [call] }))
}

function writeCallFragment(state: State, { position, input }: Call, text: string): string {
  if (text === '') return ''
  const said =
    input === undefined
      ? `"function":{"arguments":${JSON.stringify(text)}}`
      : `"custom":{"input":${JSON.stringify(text)}}`
  return writeChunk(state, `{"tool_calls":[{"index":${position},${said}}]}`)
}

/** The text goes out as it comes; what the client must hand back goes out once, with the whole text, at the block's end. */
function writeThinking(state: State, event: EventOf<'thinking'>): string {
  const { index, ...fields } = event
  const block = state.thinking.get(index)
  state.thinking.set(index, { ...block, ...fields, text: (block?.text ?? '') + event.text })
  return event.text === '' ? '' : writeChunk(state, `{"reasoning_content":${JSON.stringify(event.text)}}`)
}

function writeBlockEnd(state: State, { index }: { index: number }): string {
  const call = state.calls.get(index)
  if (call?.input !== undefined) return writeCallFragment(state, call, call.input.end().rest)
  const block = state.thinking.get(index)
  const detail = block && tryWriteDetail(block, state.detailCount)
  if (detail === undefined) return ''
  state.thinking.delete(index)
  state.detailCount += 1
  return writeChunk(state, JSON.stringify({ reasoning_details: [detail] }))
}

export function writeImage(image: { mediaType: string; data: string }): JsonObject {
  return { type: 'image_url', image_url: { url: toDataUrl({ kind: 'base64', ...pick(image) }) } }
}

function pick({ mediaType, data }: { mediaType: string; data: string }) {
  return { mediaType, data }
}
