import { isObject } from '../fields.ts'
import { type JsonObject, type JsonValue, WireError } from '../neutral.ts'
import { camelCased } from './camel.ts'

/**
 * Schemas: Gemini has its own (`parameters`, `responseSchema`: a subset of OpenAPI 3.0 with types in capitals) and takes
 * a subset of JSON Schema (`parametersJsonSchema`, `responseJsonSchema`). Read from both, written as JSON Schema.
 */

const deepest = 64

type Rewrite = (schema: JsonObject, path: string, depth: number) => JsonObject

/** Applies `rewrite` to every schema inside this one, innermost last. */
function rewriteChildren(schema: JsonObject, rewrite: Rewrite, path: string, depth: number): JsonObject {
  if (depth > deepest) throw new WireError(path, `${path} is nested more than ${deepest} deep`)
  const child = (value: JsonValue): JsonValue => (isObject(value) ? rewrite(value, path, depth + 1) : value)
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, rewriteField(key, value, child)]))
}

const schemaFields = new Set(['items', 'additionalProperties', 'not'])
const schemaListFields = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
const schemaMapFields = new Set(['properties', '$defs', 'definitions'])

function rewriteField(key: string, value: JsonValue, child: (value: JsonValue) => JsonValue): JsonValue {
  if (schemaFields.has(key)) return Array.isArray(value) ? value.map(child) : child(value)
  if (schemaListFields.has(key) && Array.isArray(value)) return value.map(child)
  if (schemaMapFields.has(key) && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, child(member)]))
  }
  return value
}

/** Gemini's own schema → JSON Schema. */
export function readOpenApiSchema(schema: JsonObject, path: string): JsonObject {
  return fromOpenApi(schema, path, 0)
}

const countFields = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'])

function fromOpenApi(schema: JsonObject, path: string, depth: number): JsonObject {
  const { type, nullable, example, ...rest } = rewriteChildren(camelCased(schema), fromOpenApi, path, depth)
  const counts = Object.entries(rest).map(([key, value]) => [key, countFields.has(key) ? asCount(value) : value])
  const read: JsonObject = Object.fromEntries(counts)
  if (typeof type === 'string' && type !== 'TYPE_UNSPECIFIED') {
    const name = type.toLowerCase()
    return { type: nullable === true ? [name, 'null'] : name, ...read, ...examples(example) }
  }
  return { ...read, ...(type === undefined || typeof type === 'string' ? {} : { type }), ...examples(example) }
}

function examples(example: JsonValue | undefined): JsonObject {
  return example === undefined ? {} : { examples: [example] }
}

/** 64-bit numbers are strings in this API's JSON. */
function asCount(value: JsonValue | undefined): JsonValue {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : (value ?? null)
}

/** JSON Schema → the part of it that Gemini understands. */
export function writeJsonSchema(schema: JsonObject, path: string): JsonObject {
  return toSupported(schema, path, 0)
}

/** A reference may have no neighbours, a constant is an enumeration of one, and the dialect is not named. */
function toSupported(schema: JsonObject, path: string, depth: number): JsonObject {
  const { $schema: _, ...rest } = rewriteChildren(schema, toSupported, path, depth)
  if (typeof rest.$ref === 'string') {
    return Object.fromEntries(Object.entries(rest).filter(([key]) => key.startsWith('$')))
  }
  if (rest.const === undefined) return rest
  const { const: constant, ...others } = rest
  return { ...others, enum: [constant] }
}
