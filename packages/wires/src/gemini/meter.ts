import { isObject } from '../fields.ts'
import type { JsonObject } from '../neutral.ts'
import { isTooDeep, tryParseObject } from '../shared/json.ts'
import { createJsonMeter, createStreamMeter, type Readings } from '../shared/meter.ts'
import { createKeyFinder, objectAt, rawStringLength } from '../shared/raw-json.ts'
import { decodeRaw } from '../sse.ts'
import type { Meter } from '../wire.ts'
import { readErrorObject } from './errors.ts'
import { readUsage } from './usage.ts'

export function createMeter(kind: 'stream' | 'json'): Meter {
  if (kind === 'json') return createJsonMeter(readReply)
  return createStreamMeter((_event, data, readings) => readChunk(data, readings))
}

const findKeys = createKeyFinder([
  'text',
  'functionCall',
  'inlineData',
  'finishReason',
  'promptFeedback',
  'usageMetadata',
  'error',
])

/**
 * /!\ Hot path. Every chunk has a usage report, of which only its own braces are parsed; a chunk is parsed whole only for
 * calls and errors, and when more than one report seems to be in it.
 */
function readChunk(data: string, readings: Readings): void {
  let mustParse = false
  let reportAt: number | undefined
  findKeys(data, (key, valueAt) => {
    if (key === 'text') readText(data, valueAt, readings)
    else if (key === 'usageMetadata' && reportAt === undefined) reportAt = valueAt
    else mustParse = true
  })
  if (reportAt !== undefined) readReport(tryParseObject(objectAt(data, reportAt)), readings)
  if (mustParse) readParsed(data, readings)
}

function readText(data: string, valueAt: number, readings: Readings): void {
  const length = data[valueAt] === '"' ? rawStringLength(data, valueAt + 1) : 0
  readings.contentLength += length
  if (length > 0) readings.hasContent = true
}

function readReport(report: unknown, readings: Readings): void {
  if (isObject(report)) readings.usage = readUsage(report)
}

function readParsed(data: string, readings: Readings): void {
  const chunk = tryParseObject(decodeRaw(data))
  if (chunk === undefined || isTooDeep(chunk)) return
  if (isObject(chunk.error)) readings.error = readErrorObject(chunk)
  readReport(chunk.usageMetadata, readings)
  for (const part of partsOf(chunk)) {
    if (isObject(part.functionCall)) readings.contentLength += callLength(part.functionCall)
  }
  readEnd(chunk, readings)
}

function readReply(body: JsonObject, readings: Readings): void {
  if (isObject(body.error)) readings.error = readErrorObject(body)
  readReport(body.usageMetadata, readings)
  for (const part of partsOf(body)) {
    if (typeof part.text === 'string') readings.contentLength += part.text.length
    if (isObject(part.functionCall)) readings.contentLength += callLength(part.functionCall)
  }
  readEnd(body, readings)
}

function readEnd(reply: JsonObject, readings: Readings): void {
  const isBlocked = isObject(reply.promptFeedback) && typeof reply.promptFeedback.blockReason === 'string'
  const hasFinished = isBlocked || candidatesOf(reply).some(({ finishReason }) => typeof finishReason === 'string')
  if (hasFinished) readings.isFinished = true
  if (hasFinished || partsOf(reply).some((part) => isObject(part.functionCall) || isObject(part.inlineData))) {
    readings.hasContent = true
  }
}

function callLength({ args }: JsonObject): number {
  return args === undefined ? 2 : JSON.stringify(args).length
}

function candidatesOf(reply: JsonObject): JsonObject[] {
  return Array.isArray(reply.candidates) ? reply.candidates.filter(isObject) : []
}

function partsOf(reply: JsonObject): JsonObject[] {
  return candidatesOf(reply).flatMap(({ content }) =>
    isObject(content) && Array.isArray(content.parts) ? content.parts.filter(isObject) : [],
  )
}
