import { isObject, tryOwn } from '../fields.ts'
import type { JsonObject } from '../neutral.ts'
import { tryParseObject } from '../shared/json.ts'
import { createJsonMeter, createStreamMeter, type Readings } from '../shared/meter.ts'
import { rawStringLengths } from '../shared/raw-json.ts'
import { decodeRaw } from '../sse.ts'
import type { Meter } from '../wire.ts'
import { readErrorObject } from './errors.ts'
import { readUsage } from './usage.ts'

type EventReader = (data: string, readings: Readings) => void

/** The few events that must be parsed; of the others only the deltas are measured. */
const eventReaders: Readonly<Record<string, EventReader>> = {
  'response.created': () => undefined,
  'response.queued': () => undefined,
  'response.in_progress': () => undefined,
  'response.completed': readEnd,
  'response.incomplete': readEnd,
  'response.failed': readEnd,
  error: (data, readings) => {
    readings.error = readErrorObject(tryParseObject(decodeRaw(data)))
  },
}

export function createMeter(kind: 'stream' | 'json'): Meter {
  if (kind === 'json') return createJsonMeter(readBody)
  return createStreamMeter((event, data, readings) => {
    const type = event === '' ? typeOf(data) : event
    const read = tryOwn(eventReaders, type) ?? (type.startsWith('response.') ? readContent : undefined)
    read?.(data, readings)
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

function readEnd(data: string, readings: Readings): void {
  const response = tryParseObject(decodeRaw(data))?.response
  if (isObject(response)) readReply(response, readings)
}

function readReply(response: JsonObject, readings: Readings): void {
  if (isObject(response.usage)) readings.usage = readUsage(response.usage)
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
