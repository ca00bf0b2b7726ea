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
import { forCaller } from './failures.ts'
import type { MediaFetcher } from './media/media-fetcher.ts'
import { plan } from './plan.ts'
import { prepare } from './prepare.ts'
import { sessionKeyOf } from './session.ts'
import { settle } from './settle.ts'
import type { Simulate } from './source.ts'
import { Trace } from './trace.ts'
import type { Traces } from './traces.ts'

export interface RelayParts {
  readonly ledger: Ledger
  readonly upstreams: Upstreams
  readonly affinity: Affinity
  readonly catalog: Catalog
  readonly simulate: Simulate
  readonly media: MediaFetcher
  readonly traces: Traces
  readonly config: Config['relay']
  readonly log: FastifyBaseLogger
}

/** A call that stands in the ledger. */
interface Admitted {
  readonly exchange: Exchange
  readonly ticket: Ticket
  readonly trace: Trace
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
  const trace = new Trace(exchange)
  const outcome = await carryOut({ exchange, ticket, trace }, parts)
  parts.traces.record(trace, outcome)
  return logged(exchange, parts, outcome)
}

async function carryOut(admitted: Admitted, parts: RelayParts): Promise<Outcome> {
  const { exchange, ticket, trace } = admitted
  try {
    const attempted = await attempt(admitted, await plan(exchange, parts, trace), parts)
    return finish(exchange, ticket, parts, attempted)
  } catch (error) {
    return refuse(exchange, ticket, parts, error)
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
      operation: ask.kind === 'wire' ? ask.operation?.name : undefined,
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
async function attempt(admitted: Admitted, candidates: readonly Candidate[], parts: RelayParts): Promise<Attempted> {
  const { exchange, ticket, trace } = admitted
  let attempts = 0
  let last: Attempted | undefined
  let unsaid: ParleyError | undefined
  for await (const slot of slots(admitted, candidates, parts)) {
    const { candidate } = slot
    if (!(await ticket.enter(candidate.account.id))) {
      slot.release()
      trace.passOver(candidate, 'a limit of the account is reached')
      continue
    }
    attempts += 1
    let mayRetry = false
    const startedAt = performance.now()
    try {
      const prepared = prepare({
        exchange,
        slot,
        limits: limitsFor(exchange, parts.config),
        simulate: parts.simulate,
        allowance: ticket.allowance,
        media: parts.media,
      })
      const callParts = (prepared instanceof Promise ? await prepared : prepared) as CallParts<Buffer>
      const { account, upstreamModel } = candidate
      ticket.follow({ accountId: account.id, upstreamModel, reading: callParts.passage.reading })
      const result = await call(callParts)
      trace.attempted(candidate, startedAt, result)
      mayRetry = report(parts.upstreams, candidate, result, performance.now() - startedAt)
      if (result.endReason === 'done' && candidates.length > 1) remember(exchange, candidate, parts)
      last = { attempts, candidate, result }
    } catch (error) {
      // An account whose wire cannot say this request is no attempt: another one may speak the caller's own.
      if (!(error instanceof ParleyError) || error.code !== 'wire_unsupported') throw error
      unsaid ??= error
      trace.passOver(candidate, error.message)
      attempts -= 1
      continue
    } finally {
      slot.release()
    }
    if (!mayRetry || attempts >= parts.config.maxAttempts) return last
    parts.log.warn(
      { request_id: exchange.id, account_id: candidate.account.id, error: last.result.error },
      'attempt failed, trying another account',
    )
  }
  if (last) return last
  throw unsaid ?? new ParleyError('accounts_busy', { parameters: { model: exchange.ask.model }, retryAfterMs: 1000 })
}

/** A slot on each account in turn; then on those that were busy, as they become free, waited for in line. */
async function* slots(
  { exchange, trace }: Admitted,
  candidates: readonly Candidate[],
  { upstreams, config }: RelayParts,
): AsyncGenerator<Slot> {
  let busy: Candidate[] = []
  for (const candidate of candidates) {
    const slot = await upstreams.acquire(candidate)
    if (slot) yield slot
    else busy.push(candidate)
    if (!slot) trace.passOver(candidate, 'no slot is free')
  }
  if (busy.length === 0) return
  const gone = new AbortController()
  exchange.reply.whenGone(() => gone.abort())
  const endsAt = performance.now() + config.slotWaitMs
  while (busy.length > 0) {
    const slot = await upstreams.waitForSlot(busy, { waitMs: endsAt - performance.now(), signal: gone.signal })
    if (!slot) return
    busy = busy.filter(({ account }) => account.id !== slot.candidate.account.id)
    yield slot
  }
}

function remember(exchange: Exchange, candidate: Candidate, { affinity }: RelayParts): void {
  const session = sessionKeyOf(exchange)
  if (session !== undefined) affinity.remember(session, candidate.account.id)
}

/**
 * Tells what became of the attempt. True: another account may be tried, because nothing has gone to the caller and it is
 * not the caller who must mend something. Of an attempt that the caller ended, or that was answered here, nothing can be
 * said.
 */
function report(upstreams: Upstreams, candidate: Candidate, result: CallResult, latencyMs: number): boolean {
  const { error, firstByteAt, upstreamStatus, upstreamHeaders } = result
  if (error === undefined && (firstByteAt === undefined || upstreamStatus === undefined)) return false
  const { mayRetryElsewhere } = upstreams.report(candidate, {
    ok: error === undefined,
    status: statusOf(result),
    retryAfterMs: error?.retryAfterMs,
    latencyMs,
    reason: error?.message,
    headers: upstreamHeaders,
  })
  return mayRetryElsewhere && !result.isCommitted
}

/** What the upstream meant: an error may come in a reply that began with 200. Undefined: there was no answer. */
function statusOf({ error, upstreamStatus }: CallResult): number | undefined {
  return upstreamStatus === undefined ? undefined : (error?.status ?? upstreamStatus)
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
