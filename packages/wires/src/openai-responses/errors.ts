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
  statusOfKind,
  tryCodeOfText,
} from '../shared/errors.ts'
import { kindOfMetadata, kindsOfRequestCodes } from '../shared/openai-errors.ts'
import { encodeSseJson } from '../sse.ts'
import type { ResponseHeaders, WireErrorReply } from '../wire.ts'

/** Error objects (Error codes guide, 2026-11): `type` is the class, `code` the reason. OpenAI has no status 529. */
const errors: Readonly<Record<RelayErrorKind, { type: string; code: string | null; status?: number }>> = {
  'invalid-request': { type: 'invalid_request_error', code: null },
  authentication: { type: 'authentication_error', code: 'invalid_api_key' },
  payment: { type: 'insufficient_quota', code: 'insufficient_quota' },
  permission: { type: 'permission_error', code: null },
  'not-found': { type: 'invalid_request_error', code: 'not_found' },
  conflict: { type: 'invalid_request_error', code: 'conflict' },
  'too-large': { type: 'invalid_request_error', code: 'request_too_large' },
  'rate-limit': { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  server: { type: 'server_error', code: 'server_error' },
  overloaded: { type: 'server_error', code: 'server_is_overloaded', status: 503 },
  unavailable: { type: 'server_error', code: 'server_error' },
  timeout: { type: 'server_error', code: 'timeout' },
}

/** What `code` or, failing that, `type` says about an error, also where there is no status (in a stream). */
const kinds: Readonly<Record<string, RelayErrorKind>> = {
  invalid_api_key: 'authentication',
  authentication_error: 'authentication',
  insufficient_quota: 'payment',
  billing_hard_limit_reached: 'payment',
  billing_not_active: 'payment',
  usage_limit_reached: 'rate-limit',
  rate_limit_exceeded: 'rate-limit',
  rate_limit_error: 'rate-limit',
  permission_error: 'permission',
  model_not_found: 'not-found',
  not_found: 'not-found',
  request_too_large: 'too-large',
  server_is_overloaded: 'overloaded',
  slow_down: 'overloaded',
  timeout: 'timeout',
  vector_store_timeout: 'timeout',
  server_error: 'server',
  invalid_request_error: 'invalid-request',
  ...kindsOfRequestCodes,
}

const fallbackMessage = 'The upstream reported an error'

export function readError(status: number, headers: ResponseHeaders, body: Uint8Array): RelayError {
  const { json, text } = readErrorBody(status, body)
  const error = readErrorObject(json, { status, message: text })
  const retryAfterMs = readRetryAfterMs(headers)
  return retryAfterMs === undefined ? error : { ...error, retryAfterMs }
}

/** `{error: {…}}` of a body, `response.error` of a failed reply, or an `error` event, which has its fields bare. */
export function readErrorObject(body: unknown, fallback: { status?: number; message?: string } = {}): RelayError {
  const outer = isObject(body) ? body : {}
  const error = isObject(outer.error) ? outer.error : outer
  const code = textOf(error.code)
  const type = error === outer ? undefined : textOf(error.type)
  const message = cleanMessage(textOf(error.message) ?? fallback.message ?? fallbackMessage)
  const param = textOf(error.param)
  const kind = kindOfMetadata(error, kindOfText(kindOf({ code, type, param }, fallback.status), message))
  const read: RelayError = { kind, status: fallback.status ?? statusOf(kind), message }
  const reason = tryCodeOfText(message) ?? code ?? type
  if (reason !== undefined) read.code = reason
  if (param !== undefined) read.param = param
  return read
}

/**
 * The status decides, except that an empty account comes with that of a limit or of a bad request, and a bad request with any.
 * Without a status, whatever names a field of the request is about it.
 */
function kindOf(
  { code = '', type = '', param }: { code: string | undefined; type: string | undefined; param: string | undefined },
  status: number | undefined,
): RelayErrorKind {
  const kind = tryOwn(kinds, code) ?? tryOwn(kinds, type)
  if (kind === 'payment' || Object.hasOwn(kindsOfRequestCodes, code)) return kind ?? 'invalid-request'
  if (status !== undefined) return kindOfStatus(status)
  return kind ?? (param === undefined ? 'server' : 'invalid-request')
}

function statusOf(kind: RelayErrorKind): number {
  return errors[kind].status ?? statusOfKind[kind]
}

export function writeError(error: RelayError): WireErrorReply {
  const { type, code } = errors[error.kind]
  return {
    status: statusOf(error.kind),
    headers: retryAfterHeader(error),
    body: { error: { message: error.message, type, param: error.param ?? null, code: error.code ?? code } },
  }
}

/**
 * For a stream of which no more is known than that it has begun. OpenAI's clients throw at the `error` event; agents pass over
 * it and look at the failed reply alone.
 */
export function writeStreamError(error: RelayError): string {
  const response = { object: 'response', status: 'failed', output: [], error: writeFailure(error) }
  const failed = { type: 'response.failed', sequence_number: 1, response }
  return writeErrorEvent(error, 0) + encodeSseJson('response.failed', JSON.stringify(failed))
}

export function writeErrorEvent(error: RelayError, sequenceNumber: number): string {
  const { code, message, param } = error
  const event = {
    type: 'error',
    code: code ?? errors[error.kind].code,
    message,
    param: param ?? null,
    sequence_number: sequenceNumber,
  }
  return encodeSseJson('error', JSON.stringify(event))
}

/** The error of a reply that failed. Clients read the wait out of the message: there is no header any more. */
export function writeFailure(error: RelayError): JsonObject {
  const { retryAfterMs, message } = error
  const wait =
    retryAfterMs === undefined || /try again in/i.test(message) ? '' : ` Please try again in ${retryAfterMs / 1000}s.`
  // The codes of other providers mean nothing to clients of this wire, but at this one they shorten the conversation.
  const { code } = error.code === contextLengthExceeded ? error : errors[error.kind]
  return { code: code ?? 'invalid_prompt', message: message + wait }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
