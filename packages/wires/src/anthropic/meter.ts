import { isObject } from '../fields.ts'
import type { JsonObject } from '../neutral.ts'
import { tryParseObject } from '../shared/json.ts'
import { createJsonMeter, createStreamMeter, type MeterReader, type Readings } from '../shared/meter.ts'
import { createLengthReader, tryParseUnder } from '../shared/raw-json.ts'
import { decodeRaw } from '../sse.ts'
import type { Meter } from '../wire.ts'
import { readErrorObject } from './errors.ts'
import { mergeUsageReports, readUsage } from './usage.ts'

interface MeterState {
  report: JsonObject | undefined
}

/**
 * Events that are not here cannot change a reading (`ping`) or are not known.
 *
 * /!\ Hot path: nearly all events are deltas, which are measured without being parsed; of the two that report usage only
 * the report is.
 */
function readEvent(type: string, data: string, readings: Readings, state: MeterState): void {
  switch (type) {
    case 'content_block_delta':
    case 'content_block_start':
    case 'content_block_stop':
      readings.hasContent = true
      readings.contentLength += contentLengthOf(data)
      return
    case 'message_start':
      readReport(tryParseUnder(data, usageKey) ?? usageOf(tryParseObject(data)?.message), readings, state)
      return
    case 'message_delta':
      readings.hasContent = true
      readReport(tryParseUnder(data, usageKey) ?? usageOf(tryParseObject(data)), readings, state)
      return
    case 'message_stop':
      readings.hasContent = true
      readings.isFinished = true
      return
    case 'error':
      readings.error = readErrorObject(tryParseObject(decodeRaw(data)), { message: 'The upstream reported an error' })
  }
}

const usageKey = '"usage"'

function usageOf(value: unknown): unknown {
  return isObject(value) ? value.usage : undefined
}

const contentLengthOf = createLengthReader(['text', 'thinking', 'partial_json'])

function readReport(report: unknown, readings: Readings, state: MeterState): void {
  if (!isObject(report)) return
  state.report = mergeUsageReports(state.report, report)
  readings.usage = readUsage(state.report)
}

/** The event's name, or the type that its data begins with where a proxy left the name out. */
function typeOf(event: string, data: string): string {
  return event === '' ? (/"type"\s*:\s*"([a-z_]+)"/.exec(data.slice(0, 200))?.[1] ?? '') : event
}

export function createMeter(kind: 'stream' | 'json'): Meter {
  if (kind === 'json') return createJsonMeter(readBody)
  const state: MeterState = { report: undefined }
  const read: MeterReader = (event, data, readings) => readEvent(typeOf(event, data), data, readings, state)
  return createStreamMeter(read)
}

function readBody(body: JsonObject, readings: Readings): void {
  if (body.type === 'error') {
    readings.error = readErrorObject(body, { message: 'The upstream reported an error' })
    return
  }
  if (isObject(body.usage)) readings.usage = readUsage(body.usage)
  if (!Array.isArray(body.content)) return
  readings.hasContent = true
  readings.isFinished = true
  for (const block of body.content.filter(isObject)) readings.contentLength += blockLength(block)
}

function blockLength(block: JsonObject): number {
  if (block.type === 'tool_use') return JSON.stringify(block.input ?? {}).length
  const text = block.type === 'thinking' ? block.thinking : block.text
  return typeof text === 'string' ? text.length : 0
}
