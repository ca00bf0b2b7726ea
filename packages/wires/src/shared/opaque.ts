import { isObject } from '../fields.ts'
import { type JsonObject, type ThinkingBlock, type WireName, wireNames } from '../neutral.ts'
import { tryParseObject } from './json.ts'

/**
 * Opaque thinking data (signatures, encrypted content) of one wire, shown to a client of another.
 *
 * Guarantees: what a client hands back is recognised as the other wire's, so that it reaches its own upstream unchanged
 * and is never sent to an upstream that did not make it (which would answer 400).
 */
export type OpaqueThinking = Pick<ThinkingBlock, 'signature' | 'encrypted' | 'id' | 'wire' | 'detail'>

export const marker = 'parley:'

function wrap(fields: object): string {
  return marker + Buffer.from(JSON.stringify(fields)).toString('base64url')
}

function tryUnwrap(text: string): JsonObject | undefined {
  if (!text.startsWith(marker)) return undefined
  return tryParseObject(Buffer.from(text.slice(marker.length), 'base64url').toString('utf8'))
}

export function wrapOpaque(thinking: OpaqueThinking): string {
  const { wire, signature, encrypted, id, detail } = thinking
  return wrap({ wire, signature, encrypted, id, detail })
}

/** What was wrapped, undefined when this is somebody's own data. */
export function tryUnwrapOpaque(text: string): OpaqueThinking | undefined {
  const fields = tryUnwrap(text)
  if (fields === undefined) return undefined
  const result: OpaqueThinking = {}
  if (typeof fields.signature === 'string') result.signature = fields.signature
  if (typeof fields.encrypted === 'string') result.encrypted = fields.encrypted
  if (typeof fields.id === 'string') result.id = fields.id
  const wire = wireNames.find((name: WireName) => name === fields.wire)
  if (wire !== undefined) result.wire = wire
  if (isObject(fields.detail)) result.detail = plainFields(fields.detail)
  return result
}

/** The fields that hold no others: whoever hands them back could nest them without end. */
export function plainFields(object: JsonObject): NonNullable<ThinkingBlock['detail']> {
  const plain: NonNullable<ThinkingBlock['detail']> = {}
  for (const [name, value] of Object.entries(object)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') plain[name] = value
  }
  return plain
}

/** A summary where its client expects data that only a provider can read. */
export function wrapSummary(summary: string): string {
  return wrap({ summary })
}

export function tryUnwrapSummary(text: string): string | undefined {
  const summary = tryUnwrap(text)?.summary
  return typeof summary === 'string' ? summary : undefined
}

export function hasOpaque(thinking: OpaqueThinking): boolean {
  return thinking.signature !== undefined || thinking.encrypted !== undefined || thinking.detail !== undefined
}

/** Whether this wire's upstream can take the block's opaque data back. */
export function isOwnOpaque(thinking: OpaqueThinking, wire: WireName): boolean {
  return thinking.wire === undefined || thinking.wire === wire
}
