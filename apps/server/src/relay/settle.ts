import type { Price } from '@parley/contract'
import { noUsage, type Usage } from '@parley/wires'
import type { Catalog } from '../catalog/catalog.ts'
import { costOf } from '../ledger/cost.ts'
import { inputTokensOf } from '../ledger/tokens.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { FailedAttempt, Planned, Ticket } from '../ledger/ticket.ts'
import type { Candidate } from '../upstreams/account.ts'
import { askedTier } from './asked-tier.ts'
import type { UsedAttempt } from './attempts.ts'
import type { CallResult } from './call.ts'
import type { Exchange, Outcome } from './exchange.ts'

export interface SettleOptions {
  readonly exchange: Exchange
  readonly ticket: Ticket
  readonly ledger: Ledger
  readonly catalog: Catalog
  readonly attempts: number
  readonly candidate: Candidate | undefined
  readonly result: Pick<CallResult, 'endReason' | 'usage' | 'contentLength' | 'firstByteAt' | 'upstreamStatus'>
  /** The request has gone to an upstream. */
  readonly isSent: boolean
  readonly error: Outcome['error']
  /** Attempts before the last that used something. */
  readonly failed?: readonly UsedAttempt[] | undefined
  readonly planned?: Planned | undefined
}

/** Turns the reservation into a record of what was really used. Runs for every admitted call, however it ended. */
export function settle(options: SettleOptions): Outcome {
  const { exchange, ticket, ledger, candidate, result } = options
  const measured = measure(options)
  const price = candidate && priceOf(options, candidate, measured.usage)
  const outcome: Outcome = {
    endReason: result.endReason,
    httpStatus: exchange.reply.goneReason === 'client_gone' ? 499 : exchange.reply.status,
    usage: measured.usage,
    usageSource: measured.source,
    costNanos: price ? costOf(measured.usage, price) : 0,
    accountId: candidate?.account.id ?? null,
    upstreamModel: candidate?.upstreamModel ?? null,
    attempts: options.attempts,
    firstByteMs: result.firstByteAt === undefined ? null : Math.round(result.firstByteAt - exchange.startedAt),
    durationMs: Math.round(performance.now() - exchange.startedAt),
    error: options.error,
  }
  ledger.settle(ticket, {
    ...outcome,
    price,
    contentLength: result.contentLength,
    errorCode: options.error?.code ?? null,
    failedAttempts: options.failed?.map((failed) => pricedAttempt(options, failed)),
    planned: options.planned,
  })
  return outcome
}

/** By the call's whole input and its tier of service. The simulator costs nothing, whatever model it plays. */
function priceOf({ exchange, catalog }: SettleOptions, candidate: Candidate, usage: Usage): Price | undefined {
  if (candidate.account.kind === 'simulator') return undefined
  return catalog.tryPrice(exchange.ask.model, candidate.upstreamModel, inputTokensOf(usage), usage.serviceTier)
}

function pricedAttempt(options: SettleOptions, { attempt, candidate, usage }: UsedAttempt): FailedAttempt {
  const price = priceOf(options, candidate, usage)
  const { account, upstreamModel } = candidate
  return { attempt, accountId: account.id, upstreamModel, usage, costNanos: price ? costOf(usage, price) : 0 }
}

/**
 * What was used. An upstream that finished has said it. One that was cut off has said a part at most: then it is never
 * less than what went to the caller, and a caller who left pays at least for the input, if any upstream has got it to work on.
 * Where it has said nothing it counts at the tier that was asked for.
 */
function measure({ exchange, ticket, result, isSent }: SettleOptions): {
  usage: Usage
  source: Outcome['usageSource']
} {
  if (result.endReason === 'done' && result.usage) return { usage: result.usage, source: 'upstream' }
  const hasWorked =
    result.contentLength > 0 ||
    result.endReason === 'limit_reached' ||
    result.endReason === 'done' ||
    (isSent && (result.endReason === 'client_gone' || result.endReason === 'stopped'))
  const spoken = ticket.outputTokens(result.contentLength)
  if (result.usage) {
    const said = result.usage.output + result.usage.thinking + result.usage.audioOutput
    if (said >= spoken) return { usage: result.usage, source: 'upstream' }
    return { usage: { ...result.usage, output: result.usage.output + spoken - said }, source: 'estimate' }
  }
  if (!hasWorked) return { usage: noUsage, source: 'none' }
  const serviceTier = askedTier(exchange.ask)
  return { usage: { ...noUsage, input: ticket.inputTokens, output: spoken, serviceTier }, source: 'estimate' }
}
