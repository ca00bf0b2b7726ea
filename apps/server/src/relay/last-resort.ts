import type { Config } from '../config/config.ts'
import type { Candidate } from '../upstreams/account.ts'
import type { CallResult } from './call.ts'
import type { Exchange } from './exchange.ts'

/**
 * When no account is left, the chat asks the last one once more, after a pause, and for a whole reply instead of a stream: a
 * person would do the same by hand. Programs have their own retries, and are told at once.
 */

/** A pause that nobody would wait for. */
const longestPauseMs = 60_000

/** How long to wait before the last account is asked once more; undefined: it is not. */
export function pauseBeforeLastResort(
  { ask, reply }: Exchange,
  last: { readonly candidate: Candidate | undefined; readonly result: CallResult } | undefined,
  { backoff }: Pick<Config['relay'], 'backoff'>,
): number | undefined {
  if (ask.kind !== 'neutral' || !last?.result.error || last.result.isCommitted || reply.goneReason !== undefined)
    return undefined
  // The simulator fails because it was told to.
  if (last.candidate?.account.kind === 'simulator') return undefined
  const { kind, retryAfterMs } = last.result.error
  const usualMs = kind === 'rate-limit' ? backoff.rateLimitedMs : backoff.failedMs
  if (usualMs === 0) return undefined
  const pauseMs = retryAfterMs ?? usualMs
  return pauseMs <= longestPauseMs ? pauseMs : undefined
}

/** The same question, answered whole. */
export function wholeReply(exchange: Exchange): Exchange {
  const { ask } = exchange
  if (ask.kind !== 'neutral') return exchange
  return { ...exchange, ask: { ...ask, isStream: false, request: { ...ask.request, stream: false } } }
}
