import type { Price } from '@parley/contract'
import type { RosterMember } from '../state/roster.ts'
import type { Log } from '../store/log.ts'
import { CallAllowance } from './allowance.ts'
import { ceilingOf, mostOutputTokens } from './ceiling.ts'
import type { CallShape, Estimate, Estimator } from './estimate.ts'
import type { OpenRow, SettledRow } from './journal.ts'
import type { CallSize, HeldLimits } from './held-limits.ts'
import type { Limits } from './limits.ts'
import type { Multipliers } from './multipliers.ts'
import type { Allowance, Attempt, OpenEntry, Settlement, Ticket } from './ticket.ts'
import { inputTokensOf, outputTokensOf } from './tokens.ts'
import type { PriceOf } from './cost.ts'

export interface ActiveCallParts {
  readonly estimate: Estimate
  readonly held: HeldLimits
  readonly limits: Limits
  readonly estimator: Estimator
  readonly log: Log
}

/** A call between its opening and its settlement. */
export class ActiveCall implements Ticket, RosterMember {
  readonly entry: OpenEntry
  readonly at: number
  readonly held: HeldLimits
  readonly allowance: Allowance
  readonly #parts: ActiveCallParts
  attempt: Attempt | undefined
  place: number | undefined
  checkpoints = 0
  /** Length of the reply at the last checkpoint. */
  notedLength = -1

  constructor(entry: OpenEntry, at: number, parts: ActiveCallParts) {
    this.entry = entry
    this.at = at
    this.held = parts.held
    this.#parts = parts
    this.allowance = new CallAllowance(parts.held, { ...parts, outputTokens: (length) => this.outputTokens(length) })
  }

  get requestId(): string {
    return this.entry.requestId
  }

  get inputTokens(): number {
    return this.#parts.estimate.input
  }

  outputTokens(contentLength: number): number {
    return this.#parts.estimator.outputTokens(callerOf(this.entry), this.entry.model, contentLength)
  }

  enter(accountId: string): boolean | Promise<boolean> {
    return this.#parts.limits.enterAccount(this.held, accountId)
  }

  ceiling(isStream: boolean): Promise<number | undefined> | number | undefined {
    const { held } = this
    const isLimited = held.tokens !== Infinity || held.cost !== Infinity
    return isLimited && !isStream && !held.isWhole ? this.#ceilingOfWhole() : ceilingOf(held, isStream)
  }

  /** What was opened as a stream is to be answered whole after all. */
  async #ceilingOfWhole(): Promise<number | undefined> {
    const { held } = this
    held.isWhole = true
    await this.#parts.limits.extend(held, { tokens: 0, cost: 0, ahead: mostOutputTokens(held.size) })
    return ceilingOf(held, false)
  }

  follow(attempt: Attempt): void {
    this.attempt = attempt
  }
}

/** A person's chat and a person's keys are different habits. */
export function callerOf({ keyId, userId }: OpenEntry): string {
  return keyId ?? userId ?? ''
}

export function shapeOf(entry: OpenEntry): CallShape {
  const { model, inputLength, maxOutputTokens } = entry
  return { caller: callerOf(entry), model, inputLength, maxOutputTokens }
}

/** What a model may turn out to be at its upstreams, which say what it costs. At least one name. */
export type UpstreamModelsOf = (model: string) => readonly string[]

export interface SizePrices {
  readonly priceOf: PriceOf
  readonly upstreamModelsOf: UpstreamModelsOf
  readonly multipliers: Multipliers
}

export function sizeOf(
  entry: OpenEntry,
  { input, inputAtLeast, inputAtMost, output }: Estimate,
  prices: SizePrices,
): CallSize {
  let price: TokenPrice | undefined
  return {
    inputTokens: input,
    inputTokensAtLeast: inputAtLeast,
    inputTokensAtMost: inputAtMost,
    outputTokens: output,
    outputTokensAtMost: entry.maxOutputTokens ?? Infinity,
    cost(inputTokens, outputTokens) {
      price ??= dearest(entry, inputAtMost, prices)
      const nanos = (inputTokens * price.input + outputTokens * price.output) / 1_000_000
      return prices.multipliers.charge(Math.ceil(nanos), entry)
    },
  }
}

type TokenPrice = Pick<Price, 'input' | 'output'>

/** What a token may cost at most: what kind it will be is not known yet, nor who serves the call, and at which tier. */
function dearest({ model, cacheWrites, serviceTier }: OpenEntry, inputTokens: number, prices: SizePrices): TokenPrice {
  const writes = cacheWrites()
  let most: TokenPrice = { input: 0, output: 0 }
  const consider = (upstreamModel: string, tier: string | null): void => {
    const price = prices.priceOf({ model, upstreamModel, accountId: null, inputTokens, serviceTier: tier })
    if (price === undefined) return
    const { cacheWrite5m, cacheWrite1h, output, thinking } = price
    const input = Math.max(price.input, writes === 'none' ? 0 : cacheWrite5m, writes === '1h' ? cacheWrite1h : 0)
    most = { input: Math.max(most.input, input), output: Math.max(most.output, output, thinking) }
  }
  for (const upstreamModel of prices.upstreamModelsOf(model)) {
    consider(upstreamModel, null)
    if (serviceTier) consider(upstreamModel, serviceTier)
  }
  return most
}

export function learn(
  estimator: Estimator,
  entry: OpenEntry,
  { usage, usageSource, endReason, contentLength }: Settlement,
): void {
  if (usageSource !== 'upstream' || endReason !== 'done') return
  const inputTokens = inputTokensOf(usage)
  if (inputTokens > 0)
    estimator.learn(shapeOf(entry), { inputTokens, outputTokens: outputTokensOf(usage), contentLength })
}

/** Nothing of the entry but what is written: it may wait for a while, and the entry holds the whole request. */
export function openRowOf(
  { requestId: id, userId, keyId, conversationId, model, wire, isStream }: OpenEntry,
  more: Pick<OpenRow, 'nodeId' | 'at' | 'estimatedTokens'>,
): OpenRow {
  return { id, userId, keyId, conversationId, model, wire, isStream, ...more }
}

export function settledRow(
  { entry, at }: Pick<ActiveCall, 'entry' | 'at'>,
  settlement: Settlement,
  { settledAt, multipliers }: { settledAt: number; multipliers: Multipliers },
): SettledRow {
  return {
    ...settlement,
    id: entry.requestId,
    at,
    userId: entry.userId,
    keyId: entry.keyId,
    model: entry.model,
    wire: entry.wire,
    settledAt,
    chargedNanos: multipliers.charge(settlement.costNanos, entry),
    priceSource: settlement.price?.source ?? 'unpriced',
  }
}
