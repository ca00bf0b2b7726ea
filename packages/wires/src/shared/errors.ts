import { isObject } from '../fields.ts'
import type { RelayError, RelayErrorKind } from '../neutral.ts'
import type { ResponseHeaders } from '../wire.ts'

/** The HTTP status that stands for each kind where a wire has none of its own. */
export const statusOfKind: Readonly<Record<RelayErrorKind, number>> = {
  'invalid-request': 400,
  authentication: 401,
  payment: 402,
  permission: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  'rate-limit': 429,
  server: 500,
  overloaded: 529,
  unavailable: 503,
  timeout: 504,
}

const kindOfStatuses: Readonly<Record<number, RelayErrorKind>> = {
  401: 'authentication',
  402: 'payment',
  403: 'permission',
  404: 'not-found',
  408: 'timeout',
  409: 'conflict',
  413: 'too-large',
  429: 'rate-limit',
  500: 'server',
  502: 'unavailable',
  503: 'overloaded',
  504: 'timeout',
  524: 'timeout',
  529: 'overloaded',
}

export function kindOfStatus(status: number): RelayErrorKind {
  return kindOfStatuses[status] ?? (status >= 500 ? 'server' : 'invalid-request')
}

/** Whole, so that nothing that quotes the request can be taken for them. */
const accountSentences: readonly [RegExp, RelayErrorKind][] = [
  [
    /^your credit balance is too low(?: to access the \w+ api)?\.?(?: please go to plans & billing to upgrade or purchase credits\.)?$/i,
    'payment',
  ],
  [
    /^gemini api free tier is not available in your country\.(?: please enable billing on your project in google ai studio\.)?$/i,
    'payment',
  ],
  [/^this organization has been disabled\.?$/i, 'authentication'],
]

/** Some say that the account is empty or disabled as if the request were invalid: only the text tells. */
export function kindOfText(kind: RelayErrorKind, message: string): RelayErrorKind {
  if (kind !== 'invalid-request') return kind
  return accountSentences.find(([sentence]) => sentence.test(message))?.[1] ?? kind
}

/** The `code` of a prompt that does not fit, on whichever wire it was said. */
export const contextLengthExceeded = 'context_length_exceeded'

/** Anthropic's, Gemini's, and that of OpenAI's compatible servers (DeepSeek, vLLM), in this order. */
const tooLong =
  /^prompt is too long|input token count\b.{0,40}\bexceeds the maximum number of tokens|maximum context length is \d+ tokens\. However, you/i

/** For error readers: the code of a prompt that does not fit, which most servers tell only in words. */
export function tryCodeOfText(message: string): string | undefined {
  return tooLong.test(message) ? contextLengthExceeded : undefined
}

/** A reply whose bytes ended before it did. */
export function truncatedReply(): RelayError {
  return { kind: 'unavailable', status: 502, message: 'The upstream ended the reply before it was complete' }
}

/** The body of an error response: its JSON object if it is one, and a message fit for people whatever it is. */
export function readErrorBody(status: number, bytes: Uint8Array): { json: unknown; text: string } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, longestBody)).toString('utf8')
  try {
    const json: unknown = JSON.parse(text)
    if (isObject(json) || Array.isArray(json)) return { json, text: `The upstream answered ${status}` }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return { json: undefined, text: plainMessage(status, text) }
}

const longestBody = 256 * 1024
const longestMessage = 2000

function plainMessage(status: number, text: string): string {
  const title = /<title[^<>]*>([^<]*)<\/title>/i.exec(text)?.[1]?.trim()
  const isHtml = title !== undefined || /^\s*</.test(text)
  const detail = isHtml ? (title ?? '') : text.trim()
  return detail === '' ? `The upstream answered ${status}` : cleanMessage(`The upstream answered ${status}: ${detail}`)
}

const secrets = [
  /\b(?:sk|rk|pk|cr|gsk|xai|ghp|key)[-_][\w*.-]{6,}/gi,
  /\bAIza[\w-]{10,}/g,
  /\bya29\.[\w.-]+/g,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /\b(?<=Bearer\s+)[^\s"',;]+/gi,
  /(?<=[?&](?:key|api_key|api-key|token|access_token)=)[^\s&"']+/gi,
]

/** A provider's message as it may be shown: short enough, and without anything that looks like a credential. */
export function cleanMessage(message: string): string {
  const shortened = message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message
  return secrets.reduce((text, secret) => text.replace(secret, '[redacted]'), shortened)
}

/** How long the upstream asks to wait, from whichever header it says it in. */
export function readRetryAfterMs(headers: ResponseHeaders): number | undefined {
  const milliseconds = tryNumeric(headerOf(headers, 'retry-after-ms'))
  if (milliseconds !== undefined) return Math.round(milliseconds)
  const value = headerOf(headers, 'retry-after')
  const seconds = tryNumeric(value)
  if (seconds !== undefined) return Math.round(seconds * 1000)
  return value === undefined ? undefined : untilDate(value, headers)
}

/** `retry-after` in whole seconds, rounded up so that nobody comes back too early. */
export function retryAfterHeader(error: RelayError): { [name: string]: string } {
  return error.retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) }
}

export function headerOf(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

function tryNumeric(value: string | undefined): number | undefined {
  if (value === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(value)) return undefined
  return Number(value)
}

/** Measured from the upstream's own clock where it tells it. */
function untilDate(value: string, headers: ResponseHeaders): number | undefined {
  const until = Date.parse(value)
  if (Number.isNaN(until)) return undefined
  const now = Date.parse(headerOf(headers, 'date') ?? '')
  return Math.max(0, until - (Number.isNaN(now) ? Date.now() : now))
}
