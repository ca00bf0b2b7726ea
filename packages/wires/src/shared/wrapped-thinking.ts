import { isObject } from '../fields.ts'
import type { JsonObject, JsonValue } from '../neutral.ts'
import { tellSummary } from '../openai-responses/compaction.ts'
import { isExactNumber, isTooDeep, parseExactly } from './json.ts'
import { marker, tryUnwrapOpaque, tryUnwrapSummary } from './opaque.ts'

/**
 * Requests that go to an upstream of their own wire as they came: a client that talked to another wire's upstream before hands
 * back its thinking, wrapped, which this upstream never made, and refuses.
 */

/** How wrapped data begins, and how it does on Gemini's wire, in base64. */
const beginnings = [Buffer.from(marker), Buffer.from(Buffer.from(marker).toString('base64url').slice(0, -1))]

/** /!\ Hot path. The request without other upstreams' thinking; undefined when there is none in it. */
export function tryWithoutWrapped(body: Buffer): JsonObject | undefined {
  if (!beginnings.some((beginning) => body.includes(beginning))) return undefined
  const request = parseExactly(body.toString('utf8'))
  if (!isObject(request) || isTooDeep(request)) return undefined
  const rest = withoutWrapped(request)
  return rest === request ? undefined : (rest as JsonObject)
}

/** The same value when nothing of it was wrapped. */
function withoutWrapped(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    const rest = value.flatMap((member) => tryToldSummary(member) ?? (holdsWrapped(member) ? [] : keptMember(member)))
    return rest.length === value.length && rest.every((member, index) => member === value[index]) ? value : rest
  }
  if (!isObject(value) || isExactNumber(value)) return value
  const fields = Object.entries(value).map(([key, field]) => [key, withoutWrapped(field)] as const)
  return fields.every(([key, field]) => field === value[key]) ? value : Object.fromEntries(fields)
}

/** A message of which nothing is left goes, too: empty ones are refused. */
function keptMember(member: JsonValue): JsonValue[] {
  const rest = withoutWrapped(member)
  const isEmptied = rest !== member && isObject(rest) && Object.values(rest).some(isEmptyList)
  return isEmptied ? [] : [rest]
}

function isEmptyList(value: JsonValue): boolean {
  return Array.isArray(value) && value.length === 0
}

/** A summary that was written here stands for the conversation before it: as words it stays. */
function tryToldSummary(member: JsonValue): JsonObject | undefined {
  if (!isObject(member) || member.type !== 'compaction' || typeof member.encrypted_content !== 'string')
    return undefined
  const summary = tryUnwrapSummary(member.encrypted_content)
  if (summary === undefined) return undefined
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text: tellSummary(summary).text }] }
}

/** A block, item or part that is wrapped thinking, in any of the wires' forms. */
function holdsWrapped(member: JsonValue): boolean {
  if (!isObject(member)) return false
  const { signature, data, encrypted_content: encrypted, thoughtSignature, thought_signature: snakeCased } = member
  return [signature, data, encrypted].some(isWrapped) || [thoughtSignature, snakeCased].map(decoded).some(isWrapped)
}

function isWrapped(text: unknown): boolean {
  return typeof text === 'string' && tryUnwrapOpaque(text) !== undefined
}

function decoded(text: unknown): unknown {
  return typeof text === 'string' ? Buffer.from(text, 'base64').toString('latin1') : undefined
}
