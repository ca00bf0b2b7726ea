import { isObject } from '../fields.ts'
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
import { kindOfMetadata, kindsOfRequestCodes } from '../shared/openai-errors.ts'
import { encodeSseJson } from '../sse.ts'
import type { ResponseHeaders, WireErrorReply } from '../wire.ts'

interface ErrorForm {
  status: number
  type: string
  code: string | null
}

/** OpenAI's error bodies (Error codes guide, 2026-11). An empty account is a 429 there, overload a 503. */
const forms: Readonly<Record<RelayErrorKind, ErrorForm>> = {
  'invalid-request': { status: 400, type: 'invalid_request_error', code: null },
  authentication: { status: 401, type: 'authentication_error', code: 'invalid_api_key' },
  payment: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  permission: { status: 403, type: 'permission_error', code: null },
  'not-found': { status: 404, type: 'invalid_request_error', code: 'not_found' },
  conflict: { status: 409, type: 'invalid_request_error', code: null },
  'too-large': { status: 413, type: 'invalid_request_error', code: null },
  'rate-limit': { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  server: { status: 500, type: 'server_error', code: null },
  unavailable: { status: 503, type: 'server_error', code: null },
  timeout: { status: 504, type: 'server_error', code: 'timeout' },
  overloaded: { status: 503, type: 'server_error', code: 'overloaded' },
}

/** Codes and types that say more than the status does. */
const kinds: Readonly<Record<string, RelayErrorKind>> = {
  insufficient_quota: 'payment',
  insufficient_balance: 'payment',
  billing_hard_limit_reached: 'payment',
  billing_not_active: 'payment',
  // Moonshot's type of the same.
  exceeded_current_quota_error: 'payment',
  invalid_api_key: 'authentication',
  authentication_error: 'authentication',
  permission_error: 'permission',
  model_not_found: 'not-found',
  not_found: 'not-found',
  not_found_error: 'not-found',
  rate_limit_exceeded: 'rate-limit',
  rate_limit_error: 'rate-limit',
  overloaded: 'overloaded',
  overloaded_error: 'overloaded',
  timeout: 'timeout',
  server_error: 'server',
  invalid_request_error: 'invalid-request',
  ...kindsOfRequestCodes,
}

export function readError(status: number, headers: ResponseHeaders, body: Uint8Array): RelayError {
  const { json, text } = readErrorBody(status, body)
  const retryAfterMs = readRetryAfterMs(headers)
  const error = readErrorObject(json, { status, message: text })
  return retryAfterMs === undefined ? error : { ...error, retryAfterMs }
}

/**
 * `{error: {message, type, param, code}}`, and the variants of compatible servers: the error as a string, the fields at
 * the top (vLLM), `detail` (FastAPI), the whole in an array (Google). In a stream there is no status; `code` may be one.
 */
export function readErrorObject(body: unknown, fallback: { status?: number; message: string }): RelayError {
  const fields = errorFields(Array.isArray(body) ? body[0] : body)
  const code = typeof fields.code === 'string' && fields.code !== '' ? fields.code : undefined
  const status = fallback.status ?? tryStatus(fields.code)
  const message = typeof fields.message === 'string' ? cleanMessage(fields.message) : fallback.message
  const kind = kindOfMetadata(fields, kindOfText(kindOf(code, fields.type, status), message))
  const error: RelayError = { kind, status: status ?? statusOfKind[kind], message }
  const reason = tryCodeOfText(error.message) ?? code
  if (reason !== undefined) error.code = reason
  if (typeof fields.param === 'string') error.param = fields.param
  return error
}

function errorFields(body: unknown): JsonObject {
  if (!isObject(body)) return {}
  if (isObject(body.error)) return body.error
  if (typeof body.error === 'string') return { message: body.error }
  if (typeof body.detail === 'string') return { message: body.detail }
  return body
}

function tryStatus(code: unknown): number | undefined {
  return typeof code === 'number' && code >= 400 && code < 600 ? code : undefined
}

/**
 * A known code decides, then a type that says the account is empty, then a status, then the code and the type. The class is no
 * code: DeepSeek says it of every failure, that of a credential as well.
 */
function kindOf(code: string | undefined, type: unknown, status: number | undefined): RelayErrorKind {
  const kindOfCode = tryKind(code)
  const kindOfType = tryKind(type)
  if (kindOfCode !== undefined && (status === undefined || code !== 'invalid_request_error')) return kindOfCode
  if (kindOfType === 'payment') return kindOfType
  return status === undefined ? (kindOfType ?? 'server') : kindOfStatus(status)
}

function tryKind(name: unknown): RelayErrorKind | undefined {
  return typeof name === 'string' && Object.hasOwn(kinds, name) ? kinds[name] : undefined
}

/** Clients retry every 429; an empty account must not be asked again. */
export function writeError(error: RelayError): WireErrorReply {
  const noRetry = error.kind === 'payment' ? { 'x-should-retry': 'false' } : {}
  return {
    status: forms[error.kind].status,
    headers: { ...retryAfterHeader(error), ...noRetry },
    body: writeErrorBody(error),
  }
}

export function writeStreamError(error: RelayError): string {
  return encodeSseJson('', JSON.stringify(writeErrorBody(error)))
}

function writeErrorBody(error: RelayError): JsonObject {
  const { type, code } = forms[error.kind]
  return { error: { message: error.message, type, param: error.param ?? null, code: error.code ?? code } }
}
