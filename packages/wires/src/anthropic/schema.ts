import { isObject, join } from '../fields.ts'
import { type JsonObject, type JsonValue, WireError } from '../neutral.ts'
import { rewriteSchema } from '../shared/schema.ts'

/**
 * JSON Schemas of replies as this wire takes them (Structured outputs guide, 2026-11): every object must be closed, and
 * bounds of numbers, strings and lists are not known. An object that says nothing is closed; one that is open is refused,
 * because its reply could not be given. Bounds become words in the description, as Anthropic's own clients do it.
 */
export function writeSchema(schema: JsonObject, path: string): JsonObject {
  return rewriteSchema(schema, path, { finish: toSupported })
}

function toSupported(schema: JsonObject, path: string): JsonObject {
  const { kept, bounds } = splitBounds(schema)
  if (bounds.length > 0) kept.description = describe(kept.description, bounds)
  if (kept.type === 'object' || isObject(kept.properties)) closeObject(kept, path)
  return kept
}

const boundNames = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
])

/** Of the bounds of lists, "not empty" is known. */
function isBound(key: string, value: JsonValue): boolean {
  return boundNames.has(key) || (key === 'minItems' && value !== 0 && value !== 1)
}

function splitBounds(schema: JsonObject): { kept: JsonObject; bounds: [string, JsonValue][] } {
  const entries = Object.entries(schema)
  return {
    kept: Object.fromEntries(entries.filter(([key, value]) => !isBound(key, value))),
    bounds: entries.filter(([key, value]) => isBound(key, value)),
  }
}

function describe(description: JsonValue | undefined, bounds: readonly [string, JsonValue][]): string {
  const words = `{${bounds.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(', ')}}`
  return typeof description === 'string' ? `${description}\n\n${words}` : words
}

function closeObject(schema: JsonObject, path: string): void {
  const { additionalProperties } = schema
  if (additionalProperties !== undefined && additionalProperties !== false) {
    const field = join(path, 'additionalProperties')
    throw new WireError(field, 'openObject')
  }
  schema.additionalProperties = false
}
