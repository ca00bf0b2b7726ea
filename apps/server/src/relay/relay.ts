import { type EndReason, type Language, ParleyError } from '@parley/contract'
import type { RelayError } from '@parley/wires'
import type { Catalog, OutputLimits } from '../catalog/catalog.ts'
import type { WriteLine } from '../config/log.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Ticket } from '../ledger/ticket.ts'
import { admit, type Gate } from './admit.ts'
import type { MemberEnd } from './cache/shared-reply.ts'
import type { ResponseCache } from './cache/response-cache.ts'
import { type Admitted, type Attempted, type AttemptParts, attempt, LaterAttemptError } from './attempts.ts'
import type { Exchange, Outcome } from './exchange.ts'
import { forCaller, refusalOf } from './failures.ts'
import { plan } from './plan.ts'
import type { Reply } from './reply.ts'
import { settle } from './settle.ts'
import { Trace } from './trace.ts'
import type { Traces } from './traces.ts'

export interface RelayParts extends AttemptParts, Gate {
  readonly ledger: Ledger
  readonly catalog: Catalog & OutputLimits
  readonly traces: Traces
  readonly cache: ResponseCache
  readonly writeInfo: WriteLine
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
  const underWay = new UnderWay()
  return {
    async call(given) {
      underWay.add()
      try {
        const ticket = await letIn(given, parts)
        const exchange = underItsId(given, ticket, parts)
        const trace = new Trace(exchange)
        const admitted = { exchange, ticket, trace }
        let outcome: Outcome
        try {
          exchange.onAdmitted?.(exchange.id)
          outcome = await (exchange.cacheMs === undefined ? carryOut(admitted, parts) : answer(admitted, parts))
        } catch (error) {
          outcome = refuse(exchange, ticket, parts, error)
        }
        parts.traces.record(trace, outcome)
        log(exchange, parts, outcome)
        return outcome
      } finally {
        underWay.remove()
      }
    },
    [Symbol.asyncDispose]: () => underWay.ended(),
  }
}

async function letIn(exchange: Exchange, parts: RelayParts): Promise<Ticket> {
  try {
    return await admit(exchange, parts)
  } catch (error) {
    logRefusal(exchange, parts, error)
    throw error
  }
}

function underItsId(given: Exchange, { requestId: id }: Ticket, { log }: RelayParts): Exchange {
  if (id === given.id) return given
  log.warn({ request_id: id, given_request_id: given.id }, 'a proxy gave the id of another call: this one has its own')
  return { ...given, id }
}

/** How many calls there are, and when there are none. */
class UnderWay {
  #count = 0
  readonly #waiting: (() => void)[] = []

  add(): void {
    this.#count += 1
  }

  remove(): void {
    this.#count -= 1
    if (this.#count === 0) for (const resolve of this.#waiting.splice(0)) resolve()
  }

  ended(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve))
  }
}

/** From what equal calls were answered, if possible. */
function answer(admitted: Admitted, parts: RelayParts): Promise<Outcome> {
  const { ask, cacheMs = 0 } = admitted.exchange
  if (ask.kind !== 'wire') return carryOut(admitted, parts)
  return parts.cache.answer(
    admitted,
    { ask, maxAgeMs: cacheMs },
    {
      make: (made) => carryOut(made, parts),
      settle: ({ exchange, ticket }, end) => settleUnmade(exchange, ticket, parts, answered(end)),
    },
  )
}

function answered(end: MemberEnd): Unmade {
  if (end.kind !== 'failed') return { endReason: 'cached', error: undefined }
  return { endReason: 'upstream_error', error: errorOf(forCaller(end.error)) }
}

async function carryOut(admitted: Admitted, parts: RelayParts): Promise<Outcome> {
  const { exchange, ticket, trace } = admitted
  try {
    const planned = plan(exchange, parts, trace)
    const attempted = await attempt(admitted, planned instanceof Promise ? await planned : planned, parts)
    return finish(admitted, parts, attempted)
  } catch (error) {
    return refuse(exchange, ticket, parts, error)
  }
}

function log({ id, caller, ask, conversationId }: Exchange, { writeInfo }: RelayParts, outcome: Outcome): void {
  const { usage, endReason } = outcome
  writeInfo({
    request_id: id,
    user_id: caller.userId,
    key_id: caller.keyId,
    conversation_id: conversationId,
    wire: ask.kind === 'wire' ? ask.wire : 'chat',
    operation: ask.kind === 'wire' ? ask.operation : undefined,
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
    message: 'model call',
  })
}

/** The ledger does not have it: who was refused can be told why from this line only. */
function logRefusal({ id, caller, ask }: Exchange, { writeInfo }: RelayParts, error: unknown): void {
  if (!(error instanceof ParleyError)) return
  writeInfo({
    request_id: id,
    user_id: caller.userId,
    key_id: caller.keyId,
    wire: ask.kind === 'wire' ? ask.wire : 'chat',
    model: ask.model,
    status: error.status,
    error: error.code,
    reason: error.message,
    message: 'call refused',
  })
}

function finish({ exchange, ticket, trace }: Admitted, parts: RelayParts, attempted: Attempted): Outcome {
  const { result } = attempted
  const error = result.error && forCaller(result.error)
  if (error) {
    const raw = error === result.error ? result.rawError : undefined
    tell(exchange, parts, (reply) => (result.isErrorSaid ? reply.end() : reply.fail(error, raw)))
  }
  return settle({
    ...attempted,
    exchange,
    ticket,
    ledger: parts.ledger,
    catalog: parts.catalog,
    error: error && errorOf(error),
    planned: parts.traces.planned(trace),
  })
}

/** Whatever comes of telling the caller, the call is settled. */
function tell({ id, reply }: Exchange, parts: RelayParts, say: (reply: Reply) => void): void {
  try {
    say(reply)
  } catch (err) {
    parts.log.error({ request_id: id, err }, 'the caller could not be told how the call ended')
  }
}

/** The call was admitted but no upstream serves it: no account, or a request that its wire cannot say. */
function refuse(exchange: Exchange, ticket: Ticket, parts: RelayParts, thrown: unknown): Outcome {
  const before = thrown instanceof LaterAttemptError ? thrown : undefined
  const error = before === undefined ? thrown : before.cause
  const known = error instanceof ParleyError ? error : new ParleyError('internal', { cause: error })
  if (known.status >= 500) parts.log.error({ request_id: exchange.id, err: known.cause ?? known }, 'call refused')
  tell(exchange, parts, (reply) => reply.fail(toRelayError(known, exchange.language)))
  return settleUnmade(exchange, ticket, parts, {
    endReason: known.code === 'internal' ? 'internal_error' : 'refused',
    error: refusalOf(known),
    before,
  })
}

interface Unmade {
  readonly endReason: EndReason
  readonly error: Outcome['error']
  /** Attempts that failed before; absent: there were none. */
  readonly before?: Pick<Attempted, 'attempts' | 'failed'> | undefined
}

/** Of a call that no upstream serves. */
function settleUnmade(
  exchange: Exchange,
  ticket: Ticket,
  { ledger, catalog }: RelayParts,
  { endReason, error, before }: Unmade,
): Outcome {
  return settle({
    exchange,
    ticket,
    ledger,
    catalog,
    attempts: before?.attempts ?? 0,
    failed: before?.failed,
    candidate: undefined,
    result: { ...unanswered, endReason },
    isSent: false,
    error,
  })
}

const unanswered = {
  usage: undefined,
  contentLength: 0,
  firstByteAt: undefined,
  upstreamStatus: undefined,
}

function errorOf(error: RelayError): Outcome['error'] {
  const { code = error.kind, message, retryAfterMs } = error
  return { code, message, ...(retryAfterMs !== undefined && { retryAfterMs }) }
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
