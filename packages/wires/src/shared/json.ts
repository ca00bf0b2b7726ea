import { isObject } from '../fields.ts'
import { type JsonObject, WireError } from '../neutral.ts'

/** What JavaScript's parser tells a reviver, and how a number is written as it was: not in TypeScript's library yet. */
interface ExactJson {
  parse(text: string, revive: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(text: string): JsonObject
  isRawJSON(value: unknown): boolean
}
const exactJson = JSON as unknown as ExactJson

/** Fewer digits than these are exact in any case. */
const manyDigits = /\d{16}/
const whole = /^-?\d+$/

/**
 * JSON whose whole numbers are written again as they were: ids of 64 bits in the arguments of tools are longer than what a
 * number of JavaScript can hold. Such a number is an object that writing JSON knows (`JSON.rawJSON`); all others are numbers.
 */
export function parseExactly(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (!manyDigits.test(text) || isTooDeep(value)) return value
  return exactJson.parse(text, (_key, parsed, { source }) =>
    typeof parsed === 'number' && source !== undefined && whole.test(source) && !Number.isSafeInteger(parsed)
      ? exactJson.rawJSON(source)
      : parsed,
  )
}

/** A number that `parseExactly` has kept as it was written. */
export function isExactNumber(value: unknown): boolean {
  return exactJson.isRawJSON(value)
}

/** The object that the text holds, undefined when it holds anything else. */
export function tryParseObject(text: string): JsonObject | undefined {
  try {
    const value = parseExactly(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The object without the fields that are known: what goes into `extra`. Undefined when nothing is left. */
export function restOf(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  const rest = Object.entries(object).filter(([key]) => !known.has(key))
  return rest.length === 0 ? undefined : Object.fromEntries(rest)
}

/** The body with the fields that only its own wire has; inside objects they join what is there. */
export function withExtra(body: JsonObject, extra: JsonObject | undefined): JsonObject {
  if (extra === undefined) return body
  const joined = Object.entries(extra).map(([key, value]) => {
    const own = body[key]
    return [key, isObject(own) && isObject(value) ? { ...own, ...value } : value]
  })
  return { ...body, ...Object.fromEntries(joined) }
}

/** Arguments of a tool call as an object, for wires that carry them so. What is no object goes under one name. */
export function readArguments(json: string): JsonObject {
  if (json.trim() === '') return {}
  const parsed = tryParseObject(json)
  return parsed === undefined || isTooDeep(parsed) ? { arguments: json } : parsed
}

/** Far beyond any honest message, far below where writing JSON runs out of stack. */
const deepest = 500

/** For readers, before anything else: a value nested without end could be read, but not written again. */
export function assertNotTooDeep(value: unknown, path: string): void {
  if (isTooDeep(value)) throw new WireError(path, 'tooDeep', { deepest })
}

export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth > deepest) return true
  const children: unknown[] = Array.isArray(value) ? value : Object.values(value)
  for (const child of children) if (isTooDeep(child, depth + 1)) return true
  return false
}
