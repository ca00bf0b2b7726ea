import { createHash } from 'node:crypto'
import { isObject } from '../fields.ts'
import { type ChatEvent, type FinishReason, type JsonObject, WireError } from '../neutral.ts'
import { truncatedReply } from '../shared/errors.ts'
import { assertNotTooDeep, tryParseObject } from '../shared/json.ts'
import type { SseEvent } from '../sse.ts'
import type { StreamReader } from '../wire.ts'
import { readErrorObject } from './errors.ts'
import { readFinishReason } from './finish.ts'
import { readAnnotations } from './grounding.ts'
import { foreignCallSignature } from '../shared/call-signature.ts'
import { readSignature } from './signature.ts'
import { readUsage } from './usage.ts'

/**
 * GenerateContentResponse objects → neutral events (GenerateContent reference, 2026-11): one per event of a stream, or
 * the only one. Parts have no indexes: a text goes on until a part of another kind comes.
 */
export interface Reading {
  replyId: string
  open: { kind: 'text' | 'thinking'; index: number } | undefined
  /** The text of the open block, for places that count its bytes. */
  text: string[]
  sources: Set<string>
  nextIndex: number
  calls: number
  hasStarted: boolean
  isOver: boolean
}

export function createReading(): Reading {
  return {
    replyId: '',
    open: undefined,
    text: [],
    sources: new Set(),
    nextIndex: 0,
    calls: 0,
    hasStarted: false,
    isOver: false,
  }
}

export function readStream(): StreamReader {
  const reading = createReading()
  return {
    read: (event) => (reading.isOver ? [] : readEvent(reading, event)),
    end: () => (reading.isOver ? [] : cut(reading)),
  }
}

function readEvent(reading: Reading, event: SseEvent): ChatEvent[] {
  if (event.data === '[DONE]') return []
  const chunk = tryParseObject(event.data)
  if (chunk === undefined) throw new WireError('data', 'eventNotObject')
  return readChunk(reading, chunk)
}

/** The bytes have ended without a reason to finish. */
export function cut(reading: Reading): ChatEvent[] {
  return [...endBlock(reading), ...over(reading, { type: 'error', error: truncatedReply() })]
}

export function readChunk(reading: Reading, chunk: JsonObject): ChatEvent[] {
  assertNotTooDeep(chunk, 'data')
  if (isObject(chunk.error)) {
    return [...endBlock(reading), ...over(reading, { type: 'error', error: readErrorObject(chunk) })]
  }
  const candidates = Array.isArray(chunk.candidates) ? chunk.candidates.filter(isObject) : []
  const candidate = candidates.find(({ index }) => index === undefined || index === 0)
  const events = start(reading, chunk)
  if (candidate !== undefined) events.push(...readCandidate(reading, candidate))
  const reason = readReason(reading, chunk, candidate)
  if (reason !== undefined) events.push(...endBlock(reading))
  if (isObject(chunk.usageMetadata)) events.push({ type: 'usage', usage: readUsage(chunk.usageMetadata) })
  return reason === undefined ? events : [...events, ...over(reading, { type: 'finish', reason })]
}

function start(reading: Reading, chunk: JsonObject): ChatEvent[] {
  if (reading.hasStarted) return []
  reading.hasStarted = true
  reading.replyId = textOf(chunk.responseId)
  const createdAt = Date.parse(textOf(chunk.createTime))
  const event: ChatEvent = { type: 'start', id: reading.replyId, model: textOf(chunk.modelVersion) }
  return [Number.isNaN(createdAt) ? event : { ...event, createdAt: Math.floor(createdAt / 1000) }]
}

/** Sources come with or after the last text that they are of, and must be said before it ends. */
function readCandidate(reading: Reading, candidate: JsonObject): ChatEvent[] {
  const content = isObject(candidate.content) ? candidate.content : {}
  const parts = Array.isArray(content.parts) ? content.parts.filter(isObject) : []
  const lastText = parts.findLastIndex((part) => typeof part.text === 'string' && part.thought !== true)
  const events = parts.slice(0, lastText + 1).flatMap((part) => readPart(reading, part))
  events.push(...readSources(reading, candidate))
  for (const part of parts.slice(lastText + 1)) events.push(...readPart(reading, part))
  return events
}

function readSources(reading: Reading, candidate: JsonObject): ChatEvent[] {
  const { open } = reading
  if (open?.kind !== 'text') return []
  return readAnnotations(candidate, reading).map((annotation) => ({
    type: 'annotation',
    index: open.index,
    annotation,
  }))
}

/** Parts of what the provider ran by itself (code, searches) say nothing to other wires. */
function readPart(reading: Reading, part: JsonObject): ChatEvent[] {
  if (isObject(part.functionCall)) return readCall(reading, part.functionCall, part.thoughtSignature)
  if (isObject(part.inlineData)) return readImage(reading, part.inlineData)
  if (typeof part.text !== 'string') return []
  return part.thought === true ? readThought(reading, part) : readText(reading, part)
}

function readText(reading: Reading, part: JsonObject): ChatEvent[] {
  const text = textOf(part.text)
  const events: ChatEvent[] = []
  if (text !== '') {
    events.push(...openBlock(reading, 'text'), { type: 'text', index: lastIndex(reading), text })
    reading.text.push(text)
  }
  return [...events, ...readProof(reading, part)]
}

/** A signature on a text is thinking of its own: no other wire signs its texts. */
function readProof(reading: Reading, { thoughtSignature }: JsonObject): ChatEvent[] {
  if (typeof thoughtSignature !== 'string' || thoughtSignature === '') return []
  const ended = endBlock(reading)
  const index = reading.nextIndex++
  return [
    ...ended,
    { type: 'thinking', index, text: '', ...readSignature(thoughtSignature) },
    { type: 'block-end', index },
  ]
}

function readThought(reading: Reading, part: JsonObject): ChatEvent[] {
  const text = textOf(part.text)
  const signature = textOf(part.thoughtSignature)
  if (text === '' && signature === '') return []
  const opened = openBlock(reading, 'thinking')
  const proof = signature === '' ? {} : readSignature(signature)
  return [...opened, { type: 'thinking', index: lastIndex(reading), text, ...proof }]
}

function readCall(reading: Reading, call: JsonObject, signature: unknown): ChatEvent[] {
  const name = textOf(call.name)
  const json = JSON.stringify(isObject(call.args) ? call.args : {})
  const id = textOf(call.id) || makeCallId(reading, name + json)
  reading.calls += 1
  const ended = endBlock(reading)
  const index = reading.nextIndex++
  const isSigned = typeof signature === 'string' && signature !== '' && signature !== foreignCallSignature
  return [
    ...ended,
    { type: 'tool-call-start', index, id, name, ...(isSigned ? { signature } : {}) },
    { type: 'tool-call-delta', index, json },
    { type: 'block-end', index },
  ]
}

/** Older models give no ids. One that no other call in a conversation has, and the same each time it is read. */
function makeCallId({ replyId, calls }: Reading, call: string): string {
  return `call_${createHash('sha256').update(`${replyId}/${calls}/${call}`).digest('base64url').slice(0, 24)}`
}

function readImage(reading: Reading, inline: JsonObject): ChatEvent[] {
  const mediaType = textOf(inline.mimeType)
  if (!mediaType.startsWith('image/')) return []
  const ended = endBlock(reading)
  const index = reading.nextIndex++
  return [...ended, { type: 'image', index, mediaType, data: textOf(inline.data) }, { type: 'block-end', index }]
}

function openBlock(reading: Reading, kind: 'text' | 'thinking'): ChatEvent[] {
  if (reading.open?.kind === kind) return []
  const ended = endBlock(reading)
  reading.open = { kind, index: reading.nextIndex++ }
  return ended
}

function lastIndex(reading: Reading): number {
  return reading.nextIndex - 1
}

function endBlock(reading: Reading): ChatEvent[] {
  const { open } = reading
  reading.open = undefined
  reading.text = []
  reading.sources = new Set()
  return open === undefined ? [] : [{ type: 'block-end', index: open.index }]
}

/** A prompt that was blocked has no candidate, and no other reason to finish. */
function readReason(
  reading: Reading,
  { promptFeedback }: JsonObject,
  candidate: JsonObject | undefined,
): FinishReason | undefined {
  const reason = candidate?.finishReason
  if (typeof reason === 'string' && reason !== 'FINISH_REASON_UNSPECIFIED') {
    return readFinishReason(reason, reading.calls > 0)
  }
  return isObject(promptFeedback) && typeof promptFeedback.blockReason === 'string' ? 'content-filter' : undefined
}

function over(reading: Reading, event: ChatEvent): ChatEvent[] {
  reading.isOver = true
  return [event]
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
