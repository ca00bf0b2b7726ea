import { type EndReason, type ParleyError, reasonText } from '@parley/contract'
import type { RelayError } from '@parley/wires'
import type { Outcome } from './exchange.ts'

/**
 * Kinds of failure before the first content, by what is known of the upstream's work:
 * `unreachable` the request never arrived; `refused` it answered with an error; `timeout` and `broken` it may have worked.
 */
export type FailureKind = 'unreachable' | 'refused' | 'timeout' | 'broken'

const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'EPROTO',
])

/** There was no answer: why, for the caller and for the ledger. */
export function connectionError(error: Error): { endReason: EndReason; error: RelayError; kind: FailureKind } {
  const code = codeOf(error)
  const kind: FailureKind = unreachableCodes.has(code) ? 'unreachable' : 'broken'
  const endReason: EndReason = code === 'UND_ERR_CONNECT_TIMEOUT' ? 'connect_timeout' : 'upstream_error'
  const message =
    endReason === 'connect_timeout' ? reasonText('unreachableInTime') : reasonText('unreachable', { code })
  return { endReason, kind, error: { kind: 'unavailable', status: 502, message } }
}

/** An error of ours, with all that is needed to say it again in another language. */
export function refusalOf({
  code,
  message,
  parameters,
  retryAfterMs,
  limit,
}: ParleyError): NonNullable<Outcome['error']> {
  return { code, message, parameters, ...(retryAfterMs !== undefined && { retryAfterMs }), ...(limit && { limit }) }
}

/** The reply broke off, or ended without its end. */
export function cutError(): RelayError {
  return { kind: 'unavailable', status: 502, message: reasonText('cut') }
}

export function timeoutError(endReason: EndReason): RelayError {
  const message = endReason === 'idle_timeout' ? reasonText('silent') : reasonText('tooLate')
  return { kind: 'timeout', status: 504, message }
}

/**
 * An upstream that refuses our credential, or has no money left, is our trouble and not the caller's: they must not
 * think that their own key is bad.
 */
export function forCaller(error: RelayError): RelayError {
  if (error.kind !== 'authentication' && error.kind !== 'permission' && error.kind !== 'payment') return error
  return {
    kind: 'unavailable',
    status: 503,
    message: reasonText('accountRefused', { status: error.status }),
  }
}

function codeOf(error: Error): string {
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  if (typeof code === 'string') return code
  return cause instanceof Error ? codeOf(cause) : reasonText('noAnswer')
}
