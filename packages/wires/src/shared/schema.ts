import { isObject, join } from '../fields.ts'
import { type JsonObject, type JsonValue, type OutputFormat, WireError } from '../neutral.ts'

export interface SchemaRewrite {
  /** On the way in: names keywords as JSON Schema does, so that inner schemas are found. */
  prepare?: (schema: JsonObject) => JsonObject
  /** On the way out: turns one schema, whose inner schemas are done, into what it should be. */
  finish: (schema: JsonObject, path: string) => JsonObject
}

const deepest = 64

/** Rewrites a JSON Schema and every schema inside it. Throws a WireError when it is too deep to be sane. */
export function rewriteSchema(schema: JsonObject, path: string, rewrite: SchemaRewrite): JsonObject {
  return rewriteAt(schema, { path, rewrite, depth: 0 })
}

interface Place {
  path: string
  rewrite: SchemaRewrite
  depth: number
}

function rewriteAt(schema: JsonObject, { path, rewrite, depth }: Place): JsonObject {
  if (depth > deepest) throw new WireError(path, 'schemaTooDeep', { deepest })
  const prepared = rewrite.prepare?.(schema) ?? schema
  const inner = Object.entries(prepared).map(([key, value]) => {
    const place: Place = { path: join(path, key), rewrite, depth: depth + 1 }
    return [key, rewriteKeyword(key, value, place)]
  })
  return rewrite.finish(Object.fromEntries(inner), path)
}

/** Keywords by what is in them: one schema, schemas in a list, schemas by name, or a plain value. */
const oneSchema = new Set(['items', 'additionalProperties', 'not'])
const listedSchemas = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems', 'items'])
const namedSchemas = new Set(['properties', '$defs', 'definitions'])

function rewriteKeyword(key: string, value: JsonValue, place: Place): JsonValue {
  const inner = (child: JsonValue, name: string | number): JsonValue =>
    isObject(child) ? rewriteAt(child, { ...place, path: join(place.path, name) }) : child
  if (Array.isArray(value)) return listedSchemas.has(key) ? value.map(inner) : value
  if (!isObject(value)) return value
  if (oneSchema.has(key)) return rewriteAt(value, place)
  if (!namedSchemas.has(key)) return value
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, inner(child, name)]))
}

/** For readers of wires whose formats are always strict: they say so where OpenAI can be strict, too, which it is not by itself. */
export function readStrictFormat(schema: JsonObject, path: string): OutputFormat {
  let isStrict = schema.type === 'object'
  const look = (inner: JsonObject): JsonObject => {
    isStrict &&= hasStrictWordsOnly(inner) && isClosed(inner)
    return inner
  }
  rewriteSchema(schema, path, { finish: look })
  return isStrict ? { type: 'json-schema', schema, strict: true } : { type: 'json-schema', schema }
}

/** Keywords that OpenAI takes in a strict schema (Structured Outputs guide, 2026-11); others make it refuse the request. */
const strictWords = new Set([
  'type',
  'title',
  'description',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'minItems',
  'maxItems',
  'enum',
  'const',
  'anyOf',
  'minimum',
  'maximum',
  '$ref',
  '$defs',
])

function hasStrictWordsOnly(schema: JsonObject): boolean {
  return Object.keys(schema).every((word) => strictWords.has(word))
}

/** Of an object: nothing may be in it but what must be. */
function isClosed({ type, properties, required, additionalProperties }: JsonObject): boolean {
  const isOfObjects = type === 'object' || (Array.isArray(type) && type.includes('object')) || properties !== undefined
  if (!isOfObjects) return true
  if (additionalProperties !== false || !isObject(properties) || !Array.isArray(required)) return false
  return Object.keys(properties).every((name) => required.includes(name))
}
