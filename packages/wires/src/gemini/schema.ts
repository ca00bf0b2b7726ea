import type { JsonObject, JsonValue } from '../neutral.ts'
import { rewriteSchema } from '../shared/schema.ts'
import { camelCased } from './camel.ts'

/**
 * Schemas: Gemini has its own (`parameters`, `responseSchema`: a subset of OpenAPI 3.0 with types in capitals) and takes
 * a subset of JSON Schema (`parametersJsonSchema`, `responseJsonSchema`). Read from both, written as JSON Schema.
 */

/** Gemini's own schema → JSON Schema. */
export function readOpenApiSchema(schema: JsonObject, path: string): JsonObject {
  return rewriteSchema(schema, path, { prepare: camelCased, finish: fromOpenApi })
}

const countFields = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'])

function fromOpenApi(schema: JsonObject): JsonObject {
  const { type, nullable, example, ...rest } = schema
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
  return rewriteSchema(schema, path, { finish: toSupported })
}

/** A reference may have no neighbours, a constant is an enumeration of one, and the dialect is not named. */
function toSupported(schema: JsonObject): JsonObject {
  const { $schema: _, ...rest } = schema
  if (typeof rest.$ref === 'string') {
    return Object.fromEntries(Object.entries(rest).filter(([key]) => key.startsWith('$')))
  }
  if (rest.const === undefined) return rest
  const { const: constant, ...others } = rest
  return { ...others, enum: [constant] }
}
