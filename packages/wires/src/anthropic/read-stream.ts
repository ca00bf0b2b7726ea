import { isObject } from '../fields.ts'
import { type ChatEvent, type JsonObject, WireError } from '../neutral.ts'
import { CallSignatures } from '../shared/call-signature.ts'
import { truncatedReply } from '../shared/errors.ts'
import { assertNotTooDeep, tryParseObject } from '../shared/json.ts'
import { type OpaqueThinking, tryUnwrapOpaque } from '../shared/opaque.ts'
import type { SseEvent } from '../sse.ts'
import type { StreamReader } from '../wire.ts'
import { readCitation } from './citations.ts'
import { readErrorObject } from './errors.ts'
import { readStopReason } from './finish.ts'
import { mergeUsageReports, readUsage } from './usage.ts'

type FinishEvent = Extract<ChatEvent, { type: 'finish' }>

interface Block {
  /** Undefined until the block has said something: blocks of unknown kinds and empty ones never get a number. */
  index: number | undefined
  kind: string
  /** A tool's whole input, when the block began with it. */
  input: JsonObject | undefined
}

interface State {
  blocks: Map<unknown, Block>
  readonly callSignatures: CallSignatures
  nextIndex: number
  report: JsonObject | undefined
  finish: FinishEvent | undefined
  isOver: boolean
}

/** Messages streaming events → neutral events (Streaming reference, 2026-11). */
export function readStream(): StreamReader {
  const state: State = {
    blocks: new Map(),
    callSignatures: new CallSignatures(),
    nextIndex: 0,
    report: undefined,
    finish: undefined,
    isOver: false,
  }
  return {
    read: (event) => (state.isOver ? [] : readEvent(state, event)),
    end: () => (state.isOver ? [] : endReply(state)),
  }
}

const eventReaders: Readonly<Record<string, (state: State, data: JsonObject) => ChatEvent[]>> = {
  message_start: readMessageStart,
  content_block_start: readBlockStart,
  content_block_delta: readBlockDelta,
  content_block_stop: readBlockStop,
  message_delta: readMessageDelta,
  message_stop: endReply,
  error: readErrorEvent,
}

/**
 * /!\ Hot path: nearly all events are deltas of plain text in this spelling (with or without the spaces that the API puts in
 * at random), and taking them apart costs a fraction of parsing them. The value has no escapes, so it stands for itself.
 */
const plainDelta =
  /^\{"type":"content_block_delta","index":(0|[1-9]\d{0,4}),"delta":\{"type":"(text|thinking)_delta","\2":"([ !#-[\]-\uffff]*)"\} *\}$/

function tryPlainDelta(state: State, data: string): ChatEvent[] | undefined {
  const [, index, kind, text] = plainDelta.exec(data) ?? []
  if (index === undefined) return undefined
  const block = state.blocks.get(Number(index))
  if (block === undefined) return []
  return kind === 'text' ? readText(state, block, text) : readThinking(state, block, text)
}

function readEvent(state: State, event: SseEvent): ChatEvent[] {
  const plain = event.event === 'content_block_delta' ? tryPlainDelta(state, event.data) : undefined
  if (plain !== undefined) return plain
  // All that it says is its name.
  if (event.event === 'message_stop') return endReply(state)
  if (event.event !== '' && !(event.event in eventReaders)) return []
  const data = tryParseObject(event.data)
  if (data === undefined) throw new WireError('data', 'namedEventNotObject', { event: event.event })
  const type = typeof data.type === 'string' ? data.type : event.event
  const read = Object.hasOwn(eventReaders, type) ? eventReaders[type] : undefined
  return read?.(state, data) ?? []
}

function readMessageStart(state: State, data: JsonObject): ChatEvent[] {
  const message = isObject(data.message) ? data.message : {}
  const start: ChatEvent = { type: 'start', id: textOf(message.id), model: textOf(message.model) }
  return [start, ...readReport(state, message.usage)]
}

function readReport(state: State, report: unknown): ChatEvent[] {
  if (!isObject(report)) return []
  state.report = mergeUsageReports(state.report, report)
  return [{ type: 'usage', usage: readUsage(state.report) }]
}

function readBlockStart(state: State, data: JsonObject): ChatEvent[] {
  const content = isObject(data.content_block) ? data.content_block : {}
  const kind = textOf(content.type)
  const block: Block = { index: undefined, kind, input: undefined }
  state.blocks.set(data.index, block)
  if (kind === 'tool_use') return readCallStart(state, block, content)
  if (kind === 'redacted_thinking') return readRedacted(state, block, textOf(content.data))
  return [
    ...readText(state, block, content.text),
    ...readThinking(state, block, content.thinking),
    ...readSignature(state, block, content.signature),
  ]
}

function readCallStart(state: State, block: Block, content: JsonObject): ChatEvent[] {
  if (isObject(content.input) && Object.keys(content.input).length > 0) {
    assertNotTooDeep(content.input, 'content_block.input')
    block.input = content.input
  }
  const id = textOf(content.id)
  const signature = state.callSignatures.of(id)
  return [{ type: 'tool-call-start', index: open(state, block), id, name: textOf(content.name), ...signature }]
}

function readRedacted(state: State, block: Block, data: string): ChatEvent[] {
  const thinking = { text: '', ...readOpaque(data) }
  if (state.callSignatures.tryKeep(thinking)) return []
  return [{ type: 'thinking', index: open(state, block), ...thinking }]
}

export function readOpaque(data: string): OpaqueThinking {
  return tryUnwrapOpaque(data) ?? { encrypted: data, wire: 'anthropic' }
}

const deltaReaders: Readonly<Record<string, (state: State, block: Block, delta: JsonObject) => ChatEvent[]>> = {
  text_delta: (state, block, delta) => readText(state, block, delta.text),
  thinking_delta: (state, block, delta) => readThinking(state, block, delta.thinking),
  signature_delta: (state, block, delta) => readSignature(state, block, delta.signature),
  input_json_delta: readInputDelta,
  citations_delta: (state, block, delta) => {
    if (block.kind !== 'text' || !isObject(delta.citation)) return []
    return [{ type: 'annotation', index: open(state, block), annotation: readCitation(delta.citation) }]
  },
}

function readBlockDelta(state: State, data: JsonObject): ChatEvent[] {
  const block = state.blocks.get(data.index)
  if (block === undefined || !isObject(data.delta)) return []
  const type = textOf(data.delta.type)
  const read = Object.hasOwn(deltaReaders, type) ? deltaReaders[type] : undefined
  return read?.(state, block, data.delta) ?? []
}

function readText(state: State, block: Block, text: unknown): ChatEvent[] {
  if (block.kind !== 'text' || typeof text !== 'string' || text === '') return []
  return [{ type: 'text', index: open(state, block), text }]
}

function readThinking(state: State, block: Block, text: unknown): ChatEvent[] {
  if (block.kind !== 'thinking' || typeof text !== 'string' || text === '') return []
  return [{ type: 'thinking', index: open(state, block), text }]
}

function readSignature(state: State, block: Block, signature: unknown): ChatEvent[] {
  if (block.kind !== 'thinking' || typeof signature !== 'string' || signature === '') return []
  const opaque = tryUnwrapOpaque(signature) ?? { signature, wire: 'anthropic' as const }
  return [{ type: 'thinking', index: open(state, block), text: '', ...opaque }]
}

function readInputDelta(_state: State, block: Block, delta: JsonObject): ChatEvent[] {
  const json = textOf(delta.partial_json)
  if (block.kind !== 'tool_use' || block.index === undefined || json === '') return []
  block.input = undefined
  return [{ type: 'tool-call-delta', index: block.index, json }]
}

function readBlockStop(state: State, data: JsonObject): ChatEvent[] {
  const block = state.blocks.get(data.index)
  state.blocks.delete(data.index)
  return block === undefined ? [] : endBlock(block)
}

function endBlock({ index, input }: Block): ChatEvent[] {
  if (index === undefined) return []
  const whole: ChatEvent[] =
    input === undefined ? [] : [{ type: 'tool-call-delta', index, json: JSON.stringify(input) }]
  return [...whole, { type: 'block-end', index }]
}

function readMessageDelta(state: State, data: JsonObject): ChatEvent[] {
  const events = readReport(state, data.usage)
  const delta = isObject(data.delta) ? data.delta : {}
  if (typeof delta.stop_reason !== 'string') return events
  state.finish = readFinish(delta.stop_reason, delta.stop_sequence)
  return [...events, ...readStopDetails(state, delta.stop_details)]
}

/** Why the model refused is the one thing said there that a person should see. */
function readStopDetails(state: State, details: unknown): ChatEvent[] {
  if (!isObject(details) || typeof details.explanation !== 'string' || details.explanation === '') return []
  const index = state.nextIndex++
  return [
    { type: 'refusal', index, text: details.explanation },
    { type: 'block-end', index },
  ]
}

export function readFinish(reason: string, stopSequence: unknown): FinishEvent {
  const finish: FinishEvent = { type: 'finish', reason: readStopReason(reason) }
  if (typeof stopSequence === 'string') finish.stopSequence = stopSequence
  return finish
}

/** At `message_stop`, or where the bytes end: a reply without a reason to stop was cut. */
function endReply(state: State): ChatEvent[] {
  state.isOver = true
  const ends = [...state.blocks.values()].flatMap(endBlock)
  return [...ends, state.finish ?? { type: 'error', error: truncatedReply() }]
}

function readErrorEvent(state: State, data: JsonObject): ChatEvent[] {
  state.isOver = true
  return [{ type: 'error', error: readErrorObject(data, { message: 'The upstream reported an error' }) }]
}

function open(state: State, block: Block): number {
  block.index ??= state.nextIndex++
  return block.index
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
