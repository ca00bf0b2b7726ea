import { isObject, tryOwn } from '../fields.ts'
import type { JsonObject } from '../neutral.ts'
import { tryParseObject } from '../shared/json.ts'
import { createJsonMeter, createStreamMeter, type Readings } from '../shared/meter.ts'
import { rawStringLengths } from '../shared/raw-json.ts'
import { decodeRaw } from '../sse.ts'
import type { Meter } from '../wire.ts'
import { readErrorObject } from './errors.ts'
import { countSearch, readReplyUsage, type Searches } from './usage.ts'

type EventReader = (data: string, readings: Readings, searches: Searches) => void

/** The few events that must be parsed; of the others only the deltas are measured. */
const eventReaders: Readonly<Record<string, EventReader>> = {
  'response.created': () => undefined,
  'response.queued': () => undefined,
  'response.in_progress': () => undefined,
  'response.output_item.done': readItem,
  'response.completed': readEnd,
  'response.incomplete': readEnd,
  'response.failed': readEnd,
  error: (data, readings) => {
    readings.error = readErrorObject(tryParseObject(decodeRaw(data)))
  },
}

export function createMeter(kind: 'stream' | 'json'): Meter {
  if (kind === 'json') return createJsonMeter(readBody)
  const searches = { webSearches: 0, fileSearches: 0 }
  return createStreamMeter((event, data, readings) => {
    const type = event === '' ? typeOf(data) : event
    const read = tryOwn(eventReaders, type) ?? (type.startsWith('response.') ? readContent : undefined)
    read?.(data, readings, searches)
  })
}

/** The type that the data says where a proxy left the event's name out. */
function typeOf(data: string): string {
  return /"type"\s*:\s*"([a-z_.]+)"/.exec(data.slice(0, 400))?.[1] ?? ''
}

/** /!\ Hot path: nearly all events are deltas, which are measured without being parsed. */
function readContent(data: string, readings: Readings): void {
  readings.hasContent = true
  readings.contentLength += rawStringLengths(data, '"delta"')
}

/** Of the items only searches are parsed. */
function readItem(data: string, readings: Readings, searches: Searches): void {
  readings.hasContent = true
  if (data.includes('_search_call"')) countSearch(tryParseObject(data)?.item, searches)
}

function readEnd(data: string, readings: Readings, searches: Searches): void {
  const response = tryParseObject(decodeRaw(data))?.response
  if (isObject(response)) readReply(response, readings, searches)
}

function readReply(response: JsonObject, readings: Readings, searches?: Searches): void {
  readings.usage = readReplyUsage(response, searches) ?? readings.usage
  if (response.status === 'failed' || isObject(response.error)) {
    readings.error = readErrorObject(response)
    return
  }
  readings.hasContent = true
  readings.isFinished = true
}

function readBody(body: JsonObject, readings: Readings): void {
  if (!isObject(body.error) && !Array.isArray(body.output)) return
  readReply(body, readings)
  if (Array.isArray(body.output)) readings.contentLength = lengthOfTexts(body.output)
}

const textFields = new Set(['text', 'refusal', 'arguments', 'input'])

function lengthOfTexts(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, member) => sum + lengthOfTexts(member), 0)
  if (!isObject(value)) return 0
  return Object.entries(value).reduce((sum, [key, member]) => {
    return sum + (typeof member === 'string' ? (textFields.has(key) ? member.length : 0) : lengthOfTexts(member))
  }, 0)
}
