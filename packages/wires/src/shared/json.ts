import { isObject } from '../fields.ts'
import type { JsonObject } from '../neutral.ts'

/** The object that the text holds, undefined when it holds anything else. */
export function tryParseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
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
