import { setTimeout as delay } from 'node:timers/promises'
import { ParleyError, reasonText } from '@parley/contract'
import type { Usage } from '@parley/wires'
import type { FastifyBaseLogger } from 'fastify'
import type { OutputLimits } from '../catalog/catalog.ts'
import type { Config } from '../config/config.ts'
import type { Ticket } from '../ledger/ticket.ts'
import { tokensOf } from '../ledger/tokens.ts'
import type { Candidate, Slot, Upstreams } from '../upstreams/account.ts'
import type { Affinity } from '../upstreams/affinity.ts'
import { type CallLimits, type CallParts, type CallResult, call } from './call.ts'
import { withCeiling } from './ceiling.ts'
import type { Exchange } from './exchange.ts'
import { pauseBeforeLastResort, wholeReply } from './last-resort.ts'
import type { MediaFetcher } from './media/media-fetcher.ts'
import type { Operations } from './operations/operation.ts'
import { prepare } from './prepare.ts'
import { sessionKeyOf } from './session.ts'
import type { Simulate } from './source.ts'
import type { Trace } from './trace.ts'

export interface AttemptParts {
  readonly upstreams: Upstreams
  readonly affinity: Affinity
  readonly simulate: Simulate
  readonly operations: Operations
  readonly media: MediaFetcher
  readonly catalog: OutputLimits
  readonly config: Config['relay']
  readonly log: FastifyBaseLogger
}

/** A call that stands in the ledger. */
export interface Admitted {
  readonly exchange: Exchange
  readonly ticket: Ticket
  readonly trace: Trace
}

/** What the attempts of a call came to. */
export interface Attempted {
  readonly attempts: number
  readonly candidate: Candidate
  readonly result: CallResult
  /** The request has gone to one of the upstreams, this or an earlier one, which may have worked on it. */
  readonly isSent: boolean
  /** Those before it that used something; undefined: none did. */
  readonly failed: readonly UsedAttempt[] | undefined
}

export interface UsedAttempt {
  /** From 1. */
  readonly attempt: number
  readonly candidate: Candidate
  readonly usage: Usage
}

/**
 * All attempts of a call: a slot on each account in turn; then those who were busy, and at last, for the chat, the last one
 * once more. The last attempt's result is the call's.
 *
 * /!\ Hot path: nearly every call ends with the first account, so no generator is made before that has failed.
 */
export async function attempt(
  admitted: Admitted,
  candidates: readonly Candidate[],
  parts: AttemptParts,
): Promise<Attempted> {
  const { exchange, trace } = admitted
  const progress: Progress = {
    attempts: 0,
    spent: 0,
    last: undefined,
    unsaid: undefined,
    out: 0,
    candidates: candidates.length,
  }
  try {
    const busy: Candidate[] = []
    for (const candidate of candidates) {
      const acquired = parts.upstreams.acquire(candidate)
      const slot = acquired instanceof Promise ? await acquired : acquired
      if (slot) {
        const tried = await tryOn(slot, admitted, parts)
        if (isLast(tried, slot, { asked: admitted, progress, parts })) return lastOf(progress, exchange)
      } else {
        // Getting it ready may have put it out.
        const { isAvailable, reason = reasonText('out') } = parts.upstreams.availability(candidate)
        if (isAvailable) busy.push(candidate)
        else progress.out += 1
        trace.passOver(candidate, isAvailable ? reasonText('noSlot') : reason)
      }
    }
    for await (const { slot, isLastResort } of laterChances(admitted, busy, { ...parts, progress })) {
      const asked = isLastResort ? { ...admitted, exchange: wholeReply(exchange) } : admitted
      const tried = await tryOn(slot, asked, parts)
      if (isLast(tried, slot, { asked, progress, parts })) break
    }
    return lastOf(progress, exchange)
  } catch (error) {
    throw progress.last === undefined ? error : new LaterAttemptError(error, progress.last)
  }
}

/** An attempt could not be made, after others were. */
export class LaterAttemptError extends Error {
  override readonly name = 'LaterAttemptError'
  readonly attempts: number
  readonly failed: Attempted['failed']

  constructor(cause: unknown, last: Attempted) {
    super('an attempt could not be made after others', { cause })
    this.attempts = last.attempts
    this.failed = usedBefore(last)
  }
}

/** Throws when no attempt was made. */
function lastOf({ last, unsaid, out, candidates }: Progress, { ask: { model } }: Exchange): Attempted {
  if (last) return last
  if (out === candidates) throw new ParleyError('model_unavailable', { parameters: { model } })
  throw unsaid ?? new ParleyError('accounts_busy', { parameters: { model }, retryAfterMs: 1000 })
}

type SeriesParts = AttemptParts & { readonly progress: Progress }

/** Notes what came of an attempt on the slot. True: no other may follow. */
function isLast(
  tried: Tried,
  { candidate }: Slot,
  { asked, progress, parts }: { readonly asked: Admitted; readonly progress: Progress; readonly parts: AttemptParts },
): boolean {
  if (tried instanceof ParleyError) progress.unsaid ??= tried
  if (tried === undefined || tried instanceof ParleyError) return false
  const { result } = tried
  progress.attempts += 1
  progress.spent += costOf(result)
  const failed = progress.last && usedBefore(progress.last)
  const isSent = result.isSent || progress.last?.isSent === true
  progress.last = { attempts: progress.attempts, candidate, result, isSent, failed }
  if (progress.candidates > 1 && result.endReason === 'done') remember(asked.exchange, candidate, parts)
  if (!tried.mayRetry || progress.spent >= parts.config.maxAttempts) return true
  parts.log.warn(
    { request_id: asked.exchange.id, account_id: candidate.account.id, error: result.error },
    'attempt failed, trying again',
  )
  return false
}

/** What the upstream has counted before it failed may be on its bill, though another one serves the call. */
function usedBefore({ attempts, candidate, result: { usage }, failed }: Attempted): Attempted['failed'] {
  if (usage === undefined || tokensOf(usage) === 0) return failed
  return [...(failed ?? []), { attempt: attempts, candidate, usage }]
}

interface Progress {
  attempts: number
  /** Of the call's attempt budget. */
  spent: number
  last: Attempted | undefined
  /** An account's wire could not say the request. */
  unsaid: ParleyError | undefined
  /** Candidates that went out when it was their turn. */
  out: number
  /** When there is a choice of accounts, the session has one to come back to. */
  readonly candidates: number
}

/**
 * What came of an attempt. Undefined: the account's limits did not let it in. A ParleyError: its wire cannot say this
 * request, which is no attempt, because another account may speak the caller's own.
 */
type Tried = { readonly result: CallResult; readonly mayRetry: boolean } | ParleyError | undefined

async function tryOn(slot: Slot, { exchange, ticket, trace }: Admitted, parts: AttemptParts): Promise<Tried> {
  const { candidate } = slot
  const { account, upstreamModel } = candidate
  try {
    const entered = ticket.enter(account.id)
    if (!(entered instanceof Promise ? await entered : entered)) {
      trace.passOver(candidate, reasonText('accountLimit'))
      return undefined
    }
    const startedAt = performance.now()
    const { allowance } = ticket
    const ceiling = ticket.ceiling(exchange.ask.isStream)
    const asked = ceiling === undefined ? exchange : await keptWithin(exchange, ceiling, slot)
    const limits = limitsFor(exchange, parts.config)
    const { simulate, media, catalog } = parts
    const isLimitNear = ceiling !== undefined
    const options = { exchange: asked, slot, limits, allowance, isLimitNear, simulate, media, catalog }
    const operation = asked.ask.kind === 'wire' ? asked.ask.operation : undefined
    const prepared = operation === undefined ? prepare(options) : parts.operations[operation].prepare(options)
    const callParts = (prepared instanceof Promise ? await prepared : prepared) as CallParts<Buffer>
    ticket.follow({ accountId: account.id, upstreamModel, reading: callParts.passage.reading })
    const result = await call(callParts)
    trace.attempted(candidate, startedAt, result)
    return { result, mayRetry: report(parts.upstreams, candidate, result, performance.now() - startedAt) }
  } catch (error) {
    if (!(error instanceof ParleyError) || error.code !== 'wire_unsupported') throw error
    trace.passOver(candidate, error.message)
    return error
  } finally {
    slot.release()
  }
}

async function keptWithin(
  exchange: Exchange,
  ceiling: Promise<number | undefined> | number,
  slot: Slot,
): Promise<Exchange> {
  const tokens = await ceiling
  if (tokens === undefined) return exchange
  exchange.onShortened?.()
  return withCeiling(exchange, tokens, slot)
}

interface Chance {
  readonly slot: Slot
  readonly isLastResort: boolean
}

/** Slots of those that were busy, as they become free, waited for in line; at last, for the chat, the last account's. */
async function* laterChances(
  { exchange }: Admitted,
  busy: readonly Candidate[],
  { upstreams, config, progress }: SeriesParts,
): AsyncGenerator<Chance> {
  const pauseMs = () => pauseBeforeLastResort(exchange, progress.last, config)
  if (busy.length === 0 && pauseMs() === undefined) return
  const gone = new AbortController()
  exchange.reply.whenGone(() => gone.abort())
  for await (const slot of freedSlots(busy, upstreams, { waitMs: config.slotWaitMs, signal: gone.signal })) {
    yield { slot, isLastResort: false }
  }
  const pause = pauseMs()
  const candidate = progress.last?.candidate
  if (pause === undefined || candidate === undefined || !(await paused(pause, gone.signal))) return
  const slot = await upstreams.acquire(candidate)
  if (slot) yield { slot, isLastResort: true }
}

async function* freedSlots(
  candidates: readonly Candidate[],
  upstreams: Upstreams,
  { waitMs, signal }: { waitMs: number; signal: AbortSignal },
): AsyncGenerator<Slot> {
  const endsAt = performance.now() + waitMs
  let busy = candidates
  while (busy.length > 0) {
    const slot = await upstreams.waitForSlot(busy, { waitMs: endsAt - performance.now(), signal })
    if (!slot) return
    busy = busy.filter(({ account }) => account.id !== slot.candidate.account.id)
    yield slot
  }
}

/** False: the caller left meanwhile. */
function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal }).catch(() => false)
}

function remember(exchange: Exchange, candidate: Candidate, { affinity }: AttemptParts): void {
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
    errorKind: error?.kind,
    status: statusOf(result),
    retryAfterMs: error?.retryAfterMs,
    latencyMs,
    reason: error?.message,
    headers: upstreamHeaders,
  })
  return mayRetryElsewhere && !result.isCommitted
}

/**
 * An attempt that the upstream refused, or that never reached it, has cost nobody anything: a call may meet several of
 * those before it gives up.
 */
function costOf({ failure }: CallResult): number {
  return failure === 'refused' || failure === 'unreachable' ? 0.25 : 1
}

/** What the upstream meant: an error may come in a reply that began with 200. Undefined: there was no answer. */
function statusOf({ error, upstreamStatus }: CallResult): number | undefined {
  return upstreamStatus === undefined ? undefined : (error?.status ?? upstreamStatus)
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
