import { isObject } from '../fields.ts'
import type { ChatEvent, JsonObject, JsonValue, ThinkingEvent } from '../neutral.ts'
import { CallSignatures } from '../shared/call-signature.ts'
import { inputEnd, inputHead, writeInputFragment } from '../shared/custom-tool.ts'
import { hasOpaque } from '../shared/opaque.ts'
import { readAnnotation } from './read-content.ts'
import { readReasoningItem } from './read-items.ts'
import { flatToolName } from './tool-table.ts'
import { countSearch, type Searches } from './usage.ts'

/**
 * What has been read of a reply. Blocks are known by their place: `output_index` for calls and reasoning, with the
 * `content_index` for the parts of a message.
 *
 * Guarantees: a block opens with the first thing it says and ends once; what deltas have said is not said again when the
 * whole item follows.
 */
export interface Reading {
  readonly blocks: Map<string, ReadBlock>
  readonly itemIds: Map<string, string>
  readonly callSignatures: CallSignatures
  readonly searches: Searches
  nextIndex: number
  hasStarted: boolean
  hasCalled: boolean
  hasRefused: boolean
  isOver: boolean
}

export interface ReadBlock {
  readonly index: number
  readonly kind: 'text' | 'refusal' | 'thinking' | 'function' | 'custom' | 'image'
  hasSaid: boolean
  isEnded: boolean
  annotations: number
  /** Which of the two texts of a reasoning item is read. */
  source: 'summary' | 'content' | undefined
}

/** An item's place as its events tell it. */
export function placeOf(data: JsonObject): string {
  return typeof data.output_index === 'number' ? String(data.output_index) : '0'
}

export function partPlaceOf(data: JsonObject): string {
  return partPlace(placeOf(data), typeof data.content_index === 'number' ? data.content_index : 0)
}

function partPlace(place: string, contentIndex: number): string {
  return `${place}.${contentIndex}`
}

export function createReading(): Reading {
  return {
    blocks: new Map(),
    itemIds: new Map(),
    callSignatures: new CallSignatures(),
    searches: { webSearches: 0, fileSearches: 0 },
    nextIndex: 0,
    hasStarted: false,
    hasCalled: false,
    hasRefused: false,
    isOver: false,
  }
}

export function openBlock(reading: Reading, key: string, kind: ReadBlock['kind']): ReadBlock {
  const existing = reading.blocks.get(key)
  if (existing !== undefined) return existing
  const block: ReadBlock = {
    index: reading.nextIndex++,
    kind,
    hasSaid: false,
    isEnded: false,
    annotations: 0,
    source: undefined,
  }
  reading.blocks.set(key, block)
  return block
}

export function endBlock(reading: Reading, key: string): ChatEvent[] {
  const block = reading.blocks.get(key)
  if (block === undefined || block.isEnded) return []
  block.isEnded = true
  const end: ChatEvent = { type: 'block-end', index: block.index }
  return block.kind === 'custom' && block.hasSaid ? [callDelta(block, inputEnd), end] : [end]
}

export function endBlocks(reading: Reading): ChatEvent[] {
  return [...reading.blocks.keys()].flatMap((key) => endBlock(reading, key))
}

export function startCall(reading: Reading, place: string, item: JsonObject): ChatEvent[] {
  if (reading.blocks.has(place)) return []
  reading.hasCalled = true
  const { index } = openBlock(reading, place, item.type === 'custom_tool_call' ? 'custom' : 'function')
  const name = flatToolName(textOf(item.name), typeof item.namespace === 'string' ? item.namespace : undefined)
  const id = textOf(item.call_id) || textOf(item.id)
  return [{ type: 'tool-call-start', index, id, name, ...reading.callSignatures.of(id) }]
}

/** A piece of a call's arguments. The free text of a custom tool becomes the one string in its JSON. */
export function readFragment(reading: Reading, key: string, fragment: JsonValue | undefined): ChatEvent[] {
  const block = reading.blocks.get(key)
  if (block === undefined || block.isEnded || typeof fragment !== 'string' || fragment === '') return []
  const opening = block.kind === 'custom' && !block.hasSaid ? inputHead : ''
  block.hasSaid = true
  const json = block.kind === 'custom' ? writeInputFragment(fragment) : fragment
  return [callDelta(block, opening + json)]
}

function callDelta(block: ReadBlock, json: string): ChatEvent {
  return { type: 'tool-call-delta', index: block.index, json }
}

type ItemFinisher = (reading: Reading, place: string, item: JsonObject) => ChatEvent[]

const itemFinishers: Readonly<Record<string, ItemFinisher>> = {
  message: finishMessage,
  function_call: finishCall,
  custom_tool_call: finishCall,
  reasoning: finishReasoning,
  image_generation_call: finishImage,
  web_search_call: noteSearch,
  file_search_call: noteSearch,
}

/** The item, whole: says what has not been said and ends its blocks. What the provider ran by itself says nothing. */
export function finishItem(reading: Reading, place: string, item: JsonObject): ChatEvent[] {
  const type = textOf(item.type)
  const finish = Object.hasOwn(itemFinishers, type) ? itemFinishers[type] : undefined
  return finish?.(reading, place, item) ?? []
}

function noteSearch({ searches }: Reading, _place: string, item: JsonObject): ChatEvent[] {
  countSearch(item, searches)
  return []
}

function finishMessage(reading: Reading, place: string, item: JsonObject): ChatEvent[] {
  const parts = Array.isArray(item.content) ? item.content : []
  return parts.flatMap((part, index) => (isObject(part) ? finishPart(reading, partPlace(place, index), part) : []))
}

export function finishPart(reading: Reading, key: string, part: JsonObject): ChatEvent[] {
  const kind = part.type === 'refusal' ? 'refusal' : 'text'
  const text = textOf(part[kind])
  if (reading.blocks.get(key)?.isEnded || (text === '' && !reading.blocks.has(key))) return []
  if (kind === 'refusal') reading.hasRefused = true
  const block = openBlock(reading, key, kind)
  const said: ChatEvent[] = block.hasSaid || text === '' ? [] : [{ type: kind, index: block.index, text }]
  return [...said, ...restOfAnnotations(block, part), ...endBlock(reading, key)]
}

function restOfAnnotations(block: ReadBlock, part: JsonObject): ChatEvent[] {
  const annotations = Array.isArray(part.annotations) ? part.annotations.slice(block.annotations) : []
  return annotations.flatMap((value): ChatEvent[] => {
    const annotation = readAnnotation(value)
    return annotation === undefined ? [] : [{ type: 'annotation', index: block.index, annotation }]
  })
}

function finishCall(reading: Reading, place: string, item: JsonObject): ChatEvent[] {
  const started = startCall(reading, place, item)
  const hasSaid = reading.blocks.get(place)?.hasSaid === true
  const whole = hasSaid
    ? []
    : readFragment(reading, place, item.type === 'custom_tool_call' ? item.input : item.arguments)
  return [...started, ...whole, ...endBlock(reading, place)]
}

function finishReasoning(reading: Reading, place: string, item: JsonObject): ChatEvent[] {
  const thinking = readReasoningItem(item, 'item')
  const { text, ...rest } = thinking
  const hasSaid = reading.blocks.get(place)?.hasSaid === true
  if (!hasSaid && text === '' && !hasOpaque(rest)) return []
  if (!hasSaid && reading.callSignatures.tryKeep(thinking)) return []
  const { index } = openBlock(reading, place, 'thinking')
  const missing: ThinkingEvent = { ...rest, index, text: hasSaid ? '' : text }
  const isNew = missing.text !== '' || hasOpaque(missing)
  return [...(isNew ? [missing] : []), ...endBlock(reading, place)]
}

function finishImage(reading: Reading, place: string, item: JsonObject): ChatEvent[] {
  const data = textOf(item.result)
  if (data === '') return []
  const { index } = openBlock(reading, place, 'image')
  const mediaType = `image/${textOf(item.output_format) || 'png'}`
  return [{ type: 'image', index, mediaType, data }, ...endBlock(reading, place)]
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
