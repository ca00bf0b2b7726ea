import { assertObject } from '../fields.ts'
import { type JsonObject, WireError } from '../neutral.ts'

/**
 * Gemini takes the names of its fields in both spellings, `systemInstruction` and `system_instruction`. Each object that
 * is read goes through here once; what clients name themselves (properties of schemas, arguments) does not.
 */
export function camelCased(object: JsonObject): JsonObject {
  const keys = Object.keys(object)
  if (!keys.some((key) => key.includes('_'))) return object
  const twice = keys.find((key) => key !== toCamelCase(key) && Object.hasOwn(object, toCamelCase(key)))
  if (twice !== undefined) throw new WireError(twice, 'saidTwice', { name: toCamelCase(twice) })
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [toCamelCase(key), value]))
}

export function readCamelCased(value: unknown, path: string): JsonObject {
  return camelCased(assertObject(value, path))
}

export function tryCamelCased(object: JsonObject, key: string, path: string): JsonObject | undefined {
  const value = object[key]
  return value === undefined || value === null ? undefined : readCamelCased(value, path === '' ? key : `${path}.${key}`)
}

function toCamelCase(key: string): string {
  return key.replace(/(?<=.)_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
}
