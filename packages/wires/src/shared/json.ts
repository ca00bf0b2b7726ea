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
  return tryParseObject(json) ?? { arguments: json }
}
