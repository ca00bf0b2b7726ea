import { isObject, tryOwn } from '../fields.ts'
import type { JsonObject, RelayError, RelayErrorKind } from '../neutral.ts'
import {
  cleanMessage,
  contextLengthExceeded,
  kindOfStatus,
  kindOfText,
  readErrorBody,
  readRetryAfterMs,
  retryAfterHeader,
  tryCodeOfText,
} from '../shared/errors.ts'
import { encodeSseJson } from '../sse.ts'
import type { ResponseHeaders, WireErrorReply } from '../wire.ts'

/** Anthropic's error types and statuses (Errors reference, 2026-11). Conflicts and bad gateways have no type of their own. */
const errors: Readonly<Record<RelayErrorKind, { status: number; type: string }>> = {
  'invalid-request': { status: 400, type: 'invalid_request_error' },
  authentication: { status: 401, type: 'authentication_error' },
  payment: { status: 402, type: 'billing_error' },
  permission: { status: 403, type: 'permission_error' },
  'not-found': { status: 404, type: 'not_found_error' },
  conflict: { status: 409, type: 'invalid_request_error' },
  'too-large': { status: 413, type: 'request_too_large' },
  'rate-limit': { status: 429, type: 'rate_limit_error' },
  server: { status: 500, type: 'api_error' },
  unavailable: { status: 503, type: 'api_error' },
  timeout: { status: 504, type: 'timeout_error' },
  overloaded: { status: 529, type: 'overloaded_error' },
}

const kinds: Readonly<Record<string, RelayErrorKind>> = {
  authentication_error: 'authentication',
  billing_error: 'payment',
  permission_error: 'permission',
  not_found_error: 'not-found',
  request_too_large: 'too-large',
  rate_limit_error: 'rate-limit',
  timeout_error: 'timeout',
  overloaded_error: 'overloaded',
}

export function readError(status: number, headers: ResponseHeaders, body: Uint8Array): RelayError {
  const { json, text } = readErrorBody(status, body)
  const retryAfterMs = readRetryAfterMs(headers)
  const error = readErrorObject(json, { status, message: text })
  return retryAfterMs === undefined ? error : { ...error, retryAfterMs }
}

/** `{type: 'error', error: {type, message}}`, as in bodies and in the stream's `error` event (which has no status). */
export function readErrorObject(body: unknown, fallback: { status?: number; message: string }): RelayError {
  const error = isObject(body) && isObject(body.error) ? body.error : {}
  const type = typeof error.type === 'string' ? error.type : ''
  const message = typeof error.message === 'string' ? cleanMessage(error.message) : fallback.message
  const kind = kindOfText(kindOf(type, fallback.status), message)
  const status = fallback.status ?? errors[kind].status
  const code = tryCode(type, message)
  return code === undefined ? { kind, status, message } : { kind, status, message, code }
}

/** Types are kinds, so only one that is not known is worth keeping. The prompt's length has no type, only a text. */
function tryCode(type: string, message: string): string | undefined {
  const said = tryCodeOfText(message)
  if (said !== undefined) return said
  return type === '' || Object.hasOwn(kinds, type) || type === 'invalid_request_error' || type === 'api_error'
    ? undefined
    : type
}

function kindOf(type: string, status: number | undefined): RelayErrorKind {
  const kind = tryOwn(kinds, type)
  if (kind !== undefined) return kind
  if (status !== undefined) return kindOfStatus(status)
  return type === 'invalid_request_error' ? 'invalid-request' : 'server'
}

export function writeError(error: RelayError): WireErrorReply {
  return { status: errors[error.kind].status, headers: retryAfterHeader(error), body: writeErrorBody(error) }
}

export function writeStreamError(error: RelayError): string {
  return encodeSseJson('error', JSON.stringify(writeErrorBody(error)))
}

function writeErrorBody(error: RelayError): JsonObject {
  const message = error.code === contextLengthExceeded ? tooLongMessage(error.message) : error.message
  return { type: 'error', error: { type: errors[error.kind].type, message } }
}

/** Clients of this wire know a prompt that is too long by this text alone, and shorten the conversation then. */
function tooLongMessage(message: string): string {
  if (message.startsWith('prompt is too long')) return message
  const [limit, used] = [...message.matchAll(/(?<!\d)(\d{3,})(?: (?:input )?tokens|\))/g)]
    .map(([, count]) => Number(count))
    .toSorted(ascending)
  if (limit === undefined || used === undefined) return `prompt is too long: ${message}`
  return `prompt is too long: ${used} tokens > ${limit} maximum`
}

function ascending(a: number, b: number): number {
  return a - b
}
