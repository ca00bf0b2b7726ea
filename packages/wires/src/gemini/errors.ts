import { isObject, tryOwn } from '../fields.ts'
import type { JsonObject, RelayError, RelayErrorKind } from '../neutral.ts'
import {
  cleanMessage,
  kindOfStatus,
  kindOfText,
  readErrorBody,
  readRetryAfterMs,
  retryAfterHeader,
  statusOfKind,
  tryCodeOfText,
} from '../shared/errors.ts'
import { encodeSseJson } from '../sse.ts'
import type { ResponseHeaders, WireErrorReply } from '../wire.ts'

/** `google.rpc.Status` (Google API error model, 2026-11). There is no 529; an empty account is a failed precondition. */
const errors: Readonly<Record<RelayErrorKind, { code: string; status?: number }>> = {
  'invalid-request': { code: 'INVALID_ARGUMENT' },
  authentication: { code: 'UNAUTHENTICATED' },
  payment: { code: 'FAILED_PRECONDITION' },
  permission: { code: 'PERMISSION_DENIED' },
  'not-found': { code: 'NOT_FOUND' },
  conflict: { code: 'ABORTED' },
  'too-large': { code: 'INVALID_ARGUMENT' },
  'rate-limit': { code: 'RESOURCE_EXHAUSTED' },
  server: { code: 'INTERNAL' },
  overloaded: { code: 'UNAVAILABLE', status: 503 },
  unavailable: { code: 'UNAVAILABLE' },
  timeout: { code: 'DEADLINE_EXCEEDED' },
}

const kinds: Readonly<Record<string, RelayErrorKind>> = {
  INVALID_ARGUMENT: 'invalid-request',
  FAILED_PRECONDITION: 'invalid-request',
  OUT_OF_RANGE: 'invalid-request',
  UNAUTHENTICATED: 'authentication',
  PERMISSION_DENIED: 'permission',
  NOT_FOUND: 'not-found',
  ALREADY_EXISTS: 'conflict',
  ABORTED: 'conflict',
  RESOURCE_EXHAUSTED: 'rate-limit',
  UNAVAILABLE: 'overloaded',
  DEADLINE_EXCEEDED: 'timeout',
}

export function readError(status: number, headers: ResponseHeaders, body: Uint8Array): RelayError {
  const { json, text } = readErrorBody(status, body)
  const error = readErrorObject(json, { status, message: text })
  const retryAfterMs = readRetryAfterMs(headers)
  return retryAfterMs === undefined ? error : { ...error, retryAfterMs }
}

/** `{error: {code, message, status, details}}`; streams that are one JSON array have it as an element. */
export function readErrorObject(json: unknown, fallback: { status?: number; message?: string } = {}): RelayError {
  const body: unknown = Array.isArray(json) ? json[0] : json
  const error = isObject(body) && isObject(body.error) ? body.error : {}
  const details = Array.isArray(error.details) ? error.details.filter(isObject) : []
  const code = typeof error.status === 'string' && error.status !== '' ? error.status : undefined
  const status = fallback.status ?? (typeof error.code === 'number' ? error.code : undefined)
  const text = typeof error.message === 'string' && error.message !== '' ? error.message : fallback.message
  const message = cleanMessage(text ?? 'The upstream reported an error')
  const kind = kindOfText(kindOf(code, status, details), message)
  const read: RelayError = { kind, status: status ?? errors[kind].status ?? statusOfKind[kind], message }
  const reason = tryCodeOfText(message) ?? code
  const retryAfterMs = readRetryDelay(details)
  const param = readFieldViolation(details)
  if (reason !== undefined) read.code = reason
  if (retryAfterMs !== undefined) read.retryAfterMs = retryAfterMs
  if (param !== undefined) read.param = param
  return read
}

/** A wrong key is reported as an invalid argument, a missing payment as a permission; only the details say what it is. */
function kindOf(code: string | undefined, status: number | undefined, details: JsonObject[]): RelayErrorKind {
  if (details.some(({ reason }) => reason === 'API_KEY_INVALID')) return 'authentication'
  if (details.some(({ reason }) => reason === 'BILLING_DISABLED')) return 'payment'
  const known = code === undefined ? undefined : tryOwn(kinds, code)
  return known ?? (status === undefined ? 'server' : kindOfStatus(status))
}

const detailType = (name: string) => `type.googleapis.com/google.rpc.${name}`

function readRetryDelay(details: JsonObject[]): number | undefined {
  const delay = details.find((detail) => detail['@type'] === detailType('RetryInfo'))?.retryDelay
  const seconds = typeof delay === 'string' ? /^(\d+(?:\.\d+)?)s$/.exec(delay)?.[1] : undefined
  return seconds === undefined ? undefined : Math.round(Number(seconds) * 1000)
}

function readFieldViolation(details: JsonObject[]): string | undefined {
  const violations = details.find((detail) => detail['@type'] === detailType('BadRequest'))?.fieldViolations
  const first: unknown = Array.isArray(violations) ? violations[0] : undefined
  return isObject(first) && typeof first.field === 'string' ? first.field : undefined
}

export function writeError(error: RelayError): WireErrorReply {
  return { status: statusOf(error), headers: retryAfterHeader(error), body: writeErrorBody(error) }
}

function statusOf({ kind }: RelayError): number {
  return errors[kind].status ?? statusOfKind[kind]
}

export function writeStreamError(error: RelayError): string {
  return encodeSseJson('', JSON.stringify(writeErrorBody(error)))
}

export function writeErrorBody(error: RelayError): JsonObject {
  const details = writeDetails(error)
  const body = { code: statusOf(error), message: error.message, status: errors[error.kind].code }
  return { error: details.length === 0 ? body : { ...body, details } }
}

function writeDetails({ retryAfterMs, param, message }: RelayError): JsonObject[] {
  const details: JsonObject[] = []
  if (retryAfterMs !== undefined) {
    details.push({ '@type': detailType('RetryInfo'), retryDelay: `${retryAfterMs / 1000}s` })
  }
  if (param !== undefined) {
    details.push({ '@type': detailType('BadRequest'), fieldViolations: [{ field: param, description: message }] })
  }
  return details
}
