import { type Language, ParleyError } from '@parley/contract'
import type { RelayError } from '@parley/wires'
import type { FastifyBaseLogger } from 'fastify'
import type { Catalog } from '../catalog/catalog.ts'
import type { Config } from '../config/config.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Ticket } from '../ledger/ticket.ts'
import type { Candidate, Slot, Upstreams } from '../upstreams/account.ts'
import type { Affinity } from '../upstreams/affinity.ts'
import { admit } from './admit.ts'
import { type CallLimits, type CallParts, type CallResult, call } from './call.ts'
import type { Exchange, Outcome } from './exchange.ts'
import { forCaller, isCallersFault } from './failures.ts'
import { plan } from './plan.ts'
import { prepare } from './prepare.ts'
import { sessionKeyOf } from './session.ts'
import { settle } from './settle.ts'
import type { Simulate } from './source.ts'

export interface RelayParts {
  readonly ledger: Ledger
  readonly upstreams: Upstreams
  readonly affinity: Affinity
  readonly catalog: Catalog
  readonly simulate: Simulate
  readonly config: Config['relay']
  readonly log: FastifyBaseLogger
}

/** What the attempts of a call came to. */
interface Attempted {
  readonly attempts: number
  readonly candidate: Candidate | undefined
  readonly result: CallResult
}

export interface Relay extends AsyncDisposable {
  /**
   * One call through the engine: admit → plan → call → settle. Rejects (ParleyError) only when the call was not admitted;
   * after that the caller has got a reply or an error, and the ledger has the record.
   */
  call(exchange: Exchange): Promise<Outcome>
}

/** Disposing waits for the calls that are under way, so that all of them are settled. */
export function createRelay(parts: RelayParts): Relay {
  const active = new Set<Promise<Outcome>>()
  return {
    async call(exchange) {
      const outcome = relay(exchange, parts)
      active.add(outcome)
      try {
        return await outcome
      } finally {
        active.delete(outcome)
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(active)
    },
  }
}

async function relay(exchange: Exchange, parts: RelayParts): Promise<Outcome> {
  const ticket = await admit(exchange, parts.ledger)
  try {
    const attempted = await attempt(exchange, ticket, await plan(exchange, parts), parts)
    return logged(exchange, parts, finish(exchange, ticket, parts, attempted))
  } catch (error) {
    return logged(exchange, parts, refuse(exchange, ticket, parts, error))
  }
}

function logged({ id, caller, ask, conversationId }: Exchange, { log }: RelayParts, outcome: Outcome): Outcome {
  const { usage, endReason } = outcome
  log.info(
    {
      request_id: id,
      user_id: caller.userId,
      key_id: caller.keyId,
      conversation_id: conversationId,
      wire: ask.kind === 'wire' ? ask.wire : 'chat',
      model: ask.model,
      upstream_model: outcome.upstreamModel,
      account_id: outcome.accountId,
      status: outcome.httpStatus,
      end_reason: endReason,
      error: outcome.error?.code,
      input_tokens: usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h,
      output_tokens: usage.output + usage.thinking,
      cost_nanos: outcome.costNanos,
      first_byte_ms: outcome.firstByteMs,
      duration_ms: outcome.durationMs,
      attempts: outcome.attempts,
    },
    'model call',
  )
  return outcome
}

/** The only loop over attempts. The last attempt's result is the call's. */
async function attempt(
  exchange: Exchange,
  ticket: Ticket,
  candidates: readonly Candidate[],
  parts: RelayParts,
): Promise<Attempted> {
  let attempts = 0
  let last: Attempted | undefined
  let unsaid: ParleyError | undefined
  for await (const slot of slots(exchange, candidates, parts)) {
    const { candidate } = slot
    if (!(await ticket.enter(candidate.account.id))) {
      slot.release()
      continue
    }
    attempts += 1
    const startedAt = performance.now()
    try {
      const callParts = prepare({
        exchange,
        slot,
        limits: limitsFor(exchange, parts.config),
        simulate: parts.simulate,
        allowance: ticket.allowance,
      }) as CallParts<Buffer>
      const { account, upstreamModel } = candidate
      ticket.follow({ accountId: account.id, upstreamModel, reading: callParts.passage.reading })
      const result = await call(callParts)
      report(parts.upstreams, candidate, result, performance.now() - startedAt)
      if (result.endReason === 'done' && candidates.length > 1) remember(exchange, candidate, parts)
      last = { attempts, candidate, result }
    } catch (error) {
      // An account whose wire cannot say this request is no attempt: another one may speak the caller's own.
      if (!(error instanceof ParleyError) || error.code !== 'wire_unsupported') throw error
      unsaid ??= error
      attempts -= 1
      continue
    } finally {
      slot.release()
    }
    if (!mayRetry(last.result) || attempts >= parts.config.maxAttempts) return last
    parts.log.warn(
      { request_id: exchange.id, account_id: candidate.account.id, error: last.result.error },
      'attempt failed, trying another account',
    )
  }
  if (last) return last
  throw unsaid ?? new ParleyError('accounts_busy', { parameters: { model: exchange.ask.model }, retryAfterMs: 1000 })
}

/** A slot on each account in turn. When all of all accounts are taken: the first that becomes free, waited for in line. */
async function* slots(
  { reply }: Exchange,
  candidates: readonly Candidate[],
  { upstreams, config }: RelayParts,
): AsyncGenerator<Slot> {
  let isAllTaken = true
  for (const candidate of candidates) {
    const slot = await upstreams.acquire(candidate)
    if (!slot) continue
    isAllTaken = false
    yield slot
  }
  if (!isAllTaken) return
  const gone = new AbortController()
  reply.whenGone(() => gone.abort())
  const slot = await upstreams.waitForSlot(candidates, { waitMs: config.slotWaitMs, signal: gone.signal })
  if (slot) yield slot
}

function remember(exchange: Exchange, candidate: Candidate, { affinity }: RelayParts): void {
  const session = sessionKeyOf(exchange)
  if (session !== undefined) affinity.remember(session, candidate.account.id)
}

/** Only before the first content, and not for what the caller must mend. */
function mayRetry(result: CallResult): boolean {
  return result.error !== undefined && !result.isCommitted && !isCallersFault(result.error)
}

function report(upstreams: Upstreams, candidate: Candidate, result: CallResult, latencyMs: number): void {
  const ok = result.error === undefined || isCallersFault(result.error)
  upstreams.report(candidate, {
    ok,
    status: ok ? result.upstreamStatus : (result.error?.status ?? result.upstreamStatus),
    retryAfterMs: result.error?.retryAfterMs,
    latencyMs,
    reason: result.error?.message,
  })
}

function finish(exchange: Exchange, ticket: Ticket, parts: RelayParts, attempted: Attempted): Outcome {
  const { result } = attempted
  const error = result.error && forCaller(result.error)
  if (error && !result.isErrorSaid) exchange.reply.fail(error, error === result.error ? result.rawError : undefined)
  else if (error) exchange.reply.end()
  return settle({
    ...attempted,
    exchange,
    ticket,
    ledger: parts.ledger,
    catalog: parts.catalog,
    error: error && { code: error.code ?? error.kind, message: error.message, ...retryAfter(error) },
  })
}

/** The call was admitted but never reached an upstream: no account, or a request that its wire cannot say. */
function refuse(exchange: Exchange, ticket: Ticket, parts: RelayParts, error: unknown): Outcome {
  const known = error instanceof ParleyError ? error : new ParleyError('internal', { cause: error })
  if (known.status >= 500) parts.log.error({ request_id: exchange.id, err: known.cause ?? known }, 'call refused')
  exchange.reply.fail(toRelayError(known))
  return settle({
    exchange,
    ticket,
    ledger: parts.ledger,
    catalog: parts.catalog,
    attempts: 0,
    candidate: undefined,
    result: {
      endReason: known.code === 'internal' ? 'internal_error' : 'refused',
      usage: undefined,
      contentLength: 0,
      firstByteAt: undefined,
      upstreamStatus: undefined,
    },
    error: { code: known.code, message: known.message, ...retryAfter(known) },
  })
}

function retryAfter({ retryAfterMs }: { readonly retryAfterMs?: number | undefined }): { retryAfterMs?: number } {
  return retryAfterMs === undefined ? {} : { retryAfterMs }
}

const kindByStatus: { readonly [status: number]: RelayError['kind'] } = {
  400: 'invalid-request',
  401: 'authentication',
  402: 'payment',
  403: 'permission',
  404: 'not-found',
  409: 'conflict',
  413: 'too-large',
  429: 'rate-limit',
  502: 'unavailable',
  503: 'unavailable',
  504: 'timeout',
}

/** An error of ours, for the wire of the caller. */
export function toRelayError(error: ParleyError, language: Language = 'en'): RelayError {
  const relayError: RelayError = {
    kind: kindByStatus[error.status] ?? (error.status < 500 ? 'invalid-request' : 'server'),
    status: error.status,
    message: error.text(language),
    code: error.code,
  }
  if (error.retryAfterMs !== undefined) relayError.retryAfterMs = error.retryAfterMs
  const { field } = (error.details ?? {}) as { field?: unknown }
  if (typeof field === 'string') relayError.param = field
  return relayError
}

function limitsFor(exchange: Exchange, config: Config['relay']): CallLimits {
  const isOpenEnded = exchange.ask.kind === 'wire' && exchange.ask.isStream
  return {
    firstByteMs: config.firstByteTimeoutMs,
    idleMs: config.idleTimeoutMs,
    totalMs: isOpenEnded ? undefined : config.totalTimeoutMs,
    heartbeatMs: config.heartbeatMs,
    drainMs: config.drainMs,
    drainBytes: config.drainBytes,
  }
}
