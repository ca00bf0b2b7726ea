import { isObject } from '../fields.ts'
import { type ChatEvent, type JsonObject, type JsonValue, WireError } from '../neutral.ts'
import { truncatedReply } from '../shared/errors.ts'
import { tryParseObject } from '../shared/json.ts'
import type { SseEvent } from '../sse.ts'
import type { StreamReader } from '../wire.ts'
import { readErrorObject } from './errors.ts'
import { readAnnotation } from './read-content.ts'
import { summarySeparator } from './read-items.ts'
import {
  createReading,
  endBlocks,
  finishItem,
  finishPart,
  openBlock,
  partPlaceOf,
  placeOf,
  type Reading,
  readFragment,
  startCall,
} from './reading.ts'
import { readReplyUsage } from './usage.ts'

/** Responses streaming events → neutral events (Streaming events reference, 2026-11). */
export function readStream(): StreamReader {
  const reading = createReading()
  return {
    read: (event) => (reading.isOver ? [] : readEvent(reading, event)),
    end: () => (reading.isOver ? [] : [...endBlocks(reading), { type: 'error', error: truncatedReply() }]),
  }
}

type EventReader = (reading: Reading, data: JsonObject) => ChatEvent[]

/** `…done` events repeat what the deltas said, and say it alone where a server sends no deltas. */
const eventReaders: Readonly<Record<string, EventReader>> = {
  'response.created': readStart,
  'response.queued': readStart,
  'response.in_progress': readStart,
  'response.output_item.added': readItemAdded,
  'response.output_item.done': (reading, data) => finishItem(reading, placeOf(data), asObject(data.item)),
  'response.output_text.delta': (reading, data) => readPart(reading, data, { kind: 'text', field: 'delta' }),
  'response.output_text.done': (reading, data) => readWholePart(reading, data, { kind: 'text', field: 'text' }),
  'response.output_text.annotation.added': readAnnotationEvent,
  'response.refusal.delta': (reading, data) => readPart(reading, data, { kind: 'refusal', field: 'delta' }),
  'response.refusal.done': (reading, data) => readWholePart(reading, data, { kind: 'refusal', field: 'refusal' }),
  'response.content_part.done': readPartDone,
  'response.function_call_arguments.delta': (reading, data) => readFragment(reading, placeOf(data), data.delta),
  'response.custom_tool_call_input.delta': (reading, data) => readFragment(reading, placeOf(data), data.delta),
  'response.reasoning_summary_part.added': readSummaryPart,
  'response.reasoning_summary_text.delta': readThinking,
  'response.reasoning_text.delta': readThinking,
  'response.completed': readEnd,
  'response.incomplete': readEnd,
  'response.failed': readEnd,
  error: (reading, data) => readError(reading, data),
}

function readEvent(reading: Reading, event: SseEvent): ChatEvent[] {
  if (event.data === '[DONE]' || (event.event !== '' && !Object.hasOwn(eventReaders, event.event))) return []
  const data = tryParseObject(event.data)
  if (data === undefined) throw new WireError('data', 'namedEventNotObject', { event: event.event })
  const type = typeof data.type === 'string' ? data.type : event.event
  const read = Object.hasOwn(eventReaders, type) ? eventReaders[type] : undefined
  return read?.(reading, data) ?? []
}

function readStart(reading: Reading, data: JsonObject): ChatEvent[] {
  return startReply(reading, asObject(data.response))
}

export function startReply(reading: Reading, response: JsonObject): ChatEvent[] {
  if (reading.hasStarted) return []
  reading.hasStarted = true
  const { id, model, created_at: createdAt } = response
  const start: ChatEvent = {
    type: 'start',
    id: typeof id === 'string' ? id : '',
    model: typeof model === 'string' ? model : '',
  }
  if (typeof createdAt === 'number') start.createdAt = createdAt
  return [start]
}

function readItemAdded(reading: Reading, data: JsonObject): ChatEvent[] {
  const item = asObject(data.item)
  if (typeof item.id === 'string') reading.itemIds.set(placeOf(data), item.id)
  const isCall = item.type === 'function_call' || item.type === 'custom_tool_call'
  return isCall ? startCall(reading, placeOf(data), item) : []
}

interface PartField {
  kind: 'text' | 'refusal'
  field: string
}

function readPart(reading: Reading, data: JsonObject, { kind, field }: PartField): ChatEvent[] {
  const text = data[field]
  if (typeof text !== 'string' || text === '') return []
  const block = openBlock(reading, partPlaceOf(data), kind)
  block.hasSaid = true
  if (kind === 'refusal') reading.hasRefused = true
  return [{ type: kind, index: block.index, text }]
}

function readWholePart(reading: Reading, data: JsonObject, part: PartField): ChatEvent[] {
  return reading.blocks.get(partPlaceOf(data))?.hasSaid ? [] : readPart(reading, data, part)
}

function readPartDone(reading: Reading, data: JsonObject): ChatEvent[] {
  const part = asObject(data.part)
  return part.type === 'reasoning_text' ? [] : finishPart(reading, partPlaceOf(data), part)
}

function readAnnotationEvent(reading: Reading, data: JsonObject): ChatEvent[] {
  const annotation = readAnnotation(data.annotation)
  if (annotation === undefined) return []
  const block = openBlock(reading, partPlaceOf(data), 'text')
  block.annotations += 1
  return [{ type: 'annotation', index: block.index, annotation }]
}

function readSummaryPart(reading: Reading, data: JsonObject): ChatEvent[] {
  const block = reading.blocks.get(placeOf(data))
  if (!block?.hasSaid) return []
  return [{ type: 'thinking', index: block.index, text: summarySeparator }]
}

/** A model of open weights may say its reasoning and a summary of it: what comes first is taken, not both. */
function readThinking(reading: Reading, data: JsonObject): ChatEvent[] {
  const { delta: text } = data
  if (typeof text !== 'string' || text === '') return []
  const block = openBlock(reading, placeOf(data), 'thinking')
  const source = typeof data.summary_index === 'number' ? 'summary' : 'content'
  block.source ??= source
  if (block.source !== source) return []
  const id = reading.itemIds.get(placeOf(data))
  const said: ChatEvent = { type: 'thinking', index: block.index, text }
  if (!block.hasSaid && id !== undefined) said.id = id
  block.hasSaid = true
  return [said]
}

function readEnd(reading: Reading, data: JsonObject): ChatEvent[] {
  return endReply(reading, asObject(data.response))
}

/** The end of a reply as its `response` object tells it. */
export function endReply(reading: Reading, response: JsonObject): ChatEvent[] {
  const events = [...startReply(reading, response), ...endBlocks(reading)]
  const usage = readReplyUsage(response, reading.searches)
  if (usage !== undefined) events.push({ type: 'usage', usage })
  reading.isOver = true
  if (response.status === 'failed' || isObject(response.error)) {
    return [...events, { type: 'error', error: readErrorObject(response) }]
  }
  return [...events, { type: 'finish', reason: finishReason(reading, response) }]
}

function finishReason(reading: Reading, response: JsonObject): Extract<ChatEvent, { type: 'finish' }>['reason'] {
  const { reason } = asObject(response.incomplete_details)
  if (reason === 'max_output_tokens') return 'length'
  if (reason === 'content_filter') return 'content-filter'
  if (response.status === 'incomplete') return 'pause'
  if (reading.hasCalled) return 'tool-calls'
  return reading.hasRefused ? 'refusal' : 'stop'
}

function readError(reading: Reading, data: JsonObject): ChatEvent[] {
  const events = endBlocks(reading)
  reading.isOver = true
  return [...events, { type: 'error', error: readErrorObject(data) }]
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {}
}
