import { type JsonObject, WireError } from './neutral.ts'

/**
 * Reading untrusted JSON field by field. Each reader takes the object, the field's name and the path of the object, and
 * throws a WireError that names the whole path and what it must be. Absent and null are the same.
 */

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function assertObject(value: unknown, path: string): JsonObject {
  if (!isObject(value)) throw new WireError(path, 'notObject')
  return value
}

/** What a table has under a key that somebody else has written. Every object inherits `constructor`, `toString`, `__proto__`. */
export function tryOwn<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

export function assertArray(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw new WireError(path, 'notArray')
  return value
}

export function join(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`
  return path === '' ? key : `${path}.${key}`
}

export function readString(object: JsonObject, key: string, path = ''): string {
  const value = object[key]
  if (typeof value !== 'string') throw new WireError(join(path, key), 'notString')
  return value
}

export function tryString(object: JsonObject, key: string, path = ''): string | undefined {
  return object[key] === undefined || object[key] === null ? undefined : readString(object, key, path)
}

export function tryNumber(object: JsonObject, key: string, path = ''): number | undefined {
  const value = object[key]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new WireError(join(path, key), 'notNumber')
  }
  return value
}

export function tryInteger(object: JsonObject, key: string, path = ''): number | undefined {
  const value = tryNumber(object, key, path)
  if (value !== undefined && !Number.isSafeInteger(value)) {
    throw new WireError(join(path, key), 'notWhole')
  }
  return value
}

export function tryBoolean(object: JsonObject, key: string, path = ''): boolean | undefined {
  const value = object[key]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw new WireError(join(path, key), 'notBoolean')
  return value
}

export function tryArray(object: JsonObject, key: string, path = ''): unknown[] | undefined {
  const value = object[key]
  return value === undefined || value === null ? undefined : assertArray(value, join(path, key))
}

export function tryObject(object: JsonObject, key: string, path = ''): JsonObject | undefined {
  const value = object[key]
  return value === undefined || value === null ? undefined : assertObject(value, join(path, key))
}

/** Counters in usage reports: anything that is not a whole number of tokens counts as none. */
export function countOf(object: JsonObject | undefined, key: string): number {
  const value = object?.[key]
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}

/** The object without its undefined fields, which JSON and exactOptionalPropertyTypes have no place for. */
export function defined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  const result: Partial<T> = {}
  for (const key in object) {
    const value = object[key]
    if (value !== undefined) result[key] = value
  }
  return result as T
}
