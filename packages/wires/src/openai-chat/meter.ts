import { isObject } from '../fields.ts'
import type { JsonObject } from '../neutral.ts'
import { tryParseObject } from '../shared/json.ts'
import { createJsonMeter, createStreamMeter, type Readings } from '../shared/meter.ts'
import { createKeyFinder, rawStringLength, tryParseUnder } from '../shared/raw-json.ts'
import { decodeRaw } from '../sse.ts'
import type { Meter } from '../wire.ts'
import { readErrorObject } from './errors.ts'
import { readUsage } from './usage.ts'

const errorMessage = 'The upstream reported an error'

export function createMeter(kind: 'stream' | 'json'): Meter {
  if (kind === 'json') return createJsonMeter(readBody)
  let hasFinishReason = false
  return createStreamMeter(
    (_event, data, readings) => {
      if (data === '[DONE]') readings.isFinished = true
      else if (readChunk(data, readings)) hasFinishReason = true
    },
    (readings) => {
      // Some servers end without `[DONE]`: then the reason to finish is what tells a whole reply from one that was cut.
      if (hasFinishReason) readings.isFinished = true
    },
  )
}

const findKeys = createKeyFinder([
  'content',
  'reasoning_content',
  'reasoning',
  'refusal',
  'arguments',
  'input',
  'finish_reason',
  'usage',
  'error',
])

/** It stands in every chunk, and is looked for in those that have a report. */
const tierIn = /"service_tier"\s*:\s*"([^"\\]*)"/

interface Findings {
  content: number
  reasoning: number
  finishes: boolean
  hasUsage: boolean
  hasError: boolean
}

/** Reasoning goes by two names, and some servers say the same under both. */
function findIn(data: string): Findings {
  const findings: Findings = { content: 0, reasoning: 0, finishes: false, hasUsage: false, hasError: false }
  findKeys(data, (key, valueAt) => {
    if (key === 'usage') findings.hasUsage = true
    else if (key === 'error') findings.hasError = true
    else if (key === 'finish_reason') findings.finishes = true
    else if (data[valueAt] === '"') {
      const length = rawStringLength(data, valueAt + 1)
      if (key.startsWith('reasoning')) findings.reasoning = Math.max(findings.reasoning, length)
      else findings.content += length
    }
  })
  return findings
}

/**
 * /!\ Hot path: once there is content, only reports of usage and errors are parsed. Returns whether it has a reason to
 * finish.
 */
function readChunk(data: string, readings: Readings): boolean {
  const { content, reasoning, finishes, hasUsage, hasError } = findIn(data)
  readings.contentLength += content + reasoning
  if (!readings.hasContent)
    readings.hasContent = finishes || content + reasoning > 0 || startsReply(tryParseObject(data))
  if (hasUsage) {
    const report = tryParseUnder(data, '"usage"') ?? tryParseObject(data)?.usage
    if (isObject(report)) readings.usage = readUsage(report, tierIn.exec(data)?.[1])
  }
  if (hasError) readError(tryParseObject(decodeRaw(data)), readings)
  return finishes
}

function readError(chunk: JsonObject | undefined, readings: Readings): void {
  if (isObject(chunk?.error) || typeof chunk?.error === 'string') {
    readings.error = readErrorObject(chunk, { message: errorMessage })
  }
}

/** Whether the delta has anything but a role and empty values. */
function startsReply(chunk: JsonObject | undefined): boolean {
  const choice = Array.isArray(chunk?.choices) ? chunk.choices[0] : undefined
  const delta = isObject(choice) ? choice.delta : undefined
  return isObject(delta) && Object.entries(delta).some(([key, value]) => key !== 'role' && !isEmpty(value))
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

function readBody(body: JsonObject, readings: Readings): void {
  if (isObject(body.usage)) readings.usage = readUsage(body.usage, body.service_tier)
  const choice = Array.isArray(body.choices) ? body.choices[0] : undefined
  if (!isObject(choice)) {
    readError(body, readings)
    return
  }
  readings.hasContent = true
  readings.isFinished = true
  const { content, reasoning } = findIn(Buffer.from(JSON.stringify(choice.message ?? null)).toString('latin1'))
  readings.contentLength = content + reasoning
}
