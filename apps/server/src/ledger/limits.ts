import {
  dollarText,
  fillMessage,
  isRenewed,
  type Limit,
  limitAmounts,
  limitPeriods,
  limitRests,
  ParleyError,
} from '@parley/contract'
import {
  type Budgets,
  BudgetsUnreachable,
  type ReserveResult,
  type SettleStage,
  type Take,
  type UsedNow,
} from '../state/budgets.ts'
import type { Alerts } from './alerts.ts'
import type { BookedOf } from './booked.ts'
import { leastOutputTokens, mostOutputTokens } from './ceiling.ts'
import { type HeldLimits, type LimitPart, summarize, unlimited } from './held-limits.ts'
import { countsCost, type LeftCall, type LimitedCall, LimitParts, type LimitPartsOptions } from './limit-parts.ts'
import type { UsageSubject, UsedSince } from './used-within.ts'
import type { Window } from './windows.ts'

/**
 * All limits of a call, taken in one step: all of them, or none and an error that says which. What is taken is an
 * estimate; a reply that outgrows it takes more while it streams, and what was really used is booked at the end.
 *
 * Guarantees: a call is let in as long as something is left for it, and holds no more than is left; requests and calls at
 * once are exact, whatever comes at the same time; a limit that was forgotten begins with what the database knows.
 */
export interface Limits {
  /** Throws, or rejects with, quota_exhausted, limit_reached, concurrency_full, limits_unavailable. */
  take(call: LimitedCall): HeldLimits | Promise<HeldLimits>
  /** Takes the account's limits as well. False: one of them is reached. Rejects with limits_unavailable; so with `extend`. */
  enterAccount(held: HeldLimits, accountId: string): boolean | Promise<boolean>
  /** Takes more for a call that is longer than thought; nothing when what it lacks is not left. */
  extend(held: HeldLimits, growth: Growth): Promise<Extension>
  renew(held: HeldLimits): Promise<void>
  /** Gives back what is held and books what was used. */
  settle(held: Booking, used: UsedSince, stage?: SettleStage): void | Promise<void>
  /**
   * The limits in which a call counts that another process made. Their budgets are known when it resolves, from rows that
   * do not have yet what is going to be written: so what is booked then, after the rows were written, is not also in a seed.
   */
  adopt(call: LeftCall): Promise<Booking>
  /** Sees to the alerts that the rows owe in the limits of a call. */
  look(call: LeftCall): Promise<void>
  /** Other nodes have corrected prices: limits on cost begin anew with what the rows say. */
  doubtCosts(): void
  /** How far the limits of a subject have come in their windows. */
  read(subject: UsageSubject, limits: readonly Limit[]): Promise<LimitState[]>
}

/** Who books on which limits. */
export type Booking = Pick<HeldLimits, 'id' | 'parts'>

/** What a call has come to, or is about to. */
export interface Growth {
  /** Nano-dollars, charged, and never too few. */
  readonly cost: number
  readonly tokens: number
  /** Tokens of a reply, wanted besides, as far as there are any. */
  readonly ahead: number
  /** What is left is taken, if all is not. */
  readonly isPartial?: boolean
}

/** Not granted: other calls hold what is lacking and may not need it, or it has been used. */
export type Extension = 'granted' | 'held_by_others' | 'used_up'

export interface LimitState {
  readonly limit: Limit
  readonly window: Window
  readonly used: number
  /** By calls under way. */
  readonly held: number
}

export interface LimitsOptions extends LimitPartsOptions {
  readonly budgets: Budgets
  readonly alerts: Alerts
  readonly booked: BookedOf
  /** The key's own, of a key that is still there. */
  readonly limitsOfKey: (keyId: string) => Promise<readonly Limit[]>
  /** Servers that share these limits. */
  readonly nodes: () => number
}

/** A call that has not renewed for so long is dead, and what it holds is free. */
export const holdLifetimeMs = 120_000
/** So that a usual reply never has to ask for more: twice what a reply keeps as its distance from the end. */
const spareTokens = 128
/** A budget that was asked for is there the next time, unless Redis throws it away at once. */
const maxSeedings = 3
/** How long a budget without a window outlives its last call. */
const keptIdleMs = 7 * 24 * 3_600_000

export function createLimits(options: LimitsOptions): Limits {
  return new BudgetLimits(options)
}

/** /!\ Hot path: nothing is awaited where the budgets are in memory. */
class BudgetLimits implements Limits {
  readonly #options: LimitsOptions
  readonly #parts: LimitParts

  constructor(options: LimitsOptions) {
    this.#options = options
    this.#parts = new LimitParts(options)
  }

  take(call: LimitedCall): HeldLimits | Promise<HeldLimits> {
    const parts = this.#parts.of(call)
    return parts instanceof Promise ? parts.then((found) => this.#hold(call, found)) : this.#hold(call, parts)
  }

  #hold({ id, size, isWhole }: LimitedCall, parts: readonly LimitPart[]): HeldLimits | Promise<HeldLimits> {
    const held: HeldLimits = { id, size, isWhole, parts: [], ...unlimited, isUnasked: false }
    if (parts.length === 0) return held
    const refusal = this.#tryTake(held, parts)
    return refusal instanceof Promise
      ? refusal.then((found) => this.#unlessRefused(held, found), asUnavailable)
      : this.#unlessRefused(held, refusal)
  }

  #unlessRefused(held: HeldLimits, refusal: Refusal | undefined): HeldLimits {
    if (refusal !== undefined) throw refusalError(refusal, this.#options.now())
    return held
  }

  enterAccount(held: HeldLimits, accountId: string): boolean | Promise<boolean> {
    const entered = held.parts.find(({ subject }) => subject.kind === 'account')?.subject.id
    // It may be asked once more, as the last resort.
    if (entered === accountId) return true
    const rules = this.#options.rules.ofAccount(accountId)
    if (rules.length === 0 && entered === undefined) return true
    return this.#enterAccount(held, accountId, rules).catch(asUnavailable)
  }

  async #enterAccount(held: HeldLimits, accountId: string, rules: readonly Limit[]): Promise<boolean> {
    const others = held.parts.filter(({ subject }) => subject.kind === 'account')
    if (others.length > 0) {
      // The account that was tried before has been asked, whatever came of it.
      await this.settle({ id: held.id, parts: others }, { requests: 1, tokens: 0, cost: 0 }, 'part')
      held.parts = held.parts.filter((part) => !others.includes(part))
      summarize(held)
    }
    if (rules.length === 0) return true
    return (await this.#tryTake(held, this.#parts.make({ kind: 'account', id: accountId }, rules))) === undefined
  }

  extend(held: HeldLimits, growth: Growth): Promise<Extension> {
    return this.#extend(held, growth).catch(asUnavailable)
  }

  async #extend(held: HeldLimits, { tokens, cost, ahead, isPartial = false }: Growth): Promise<Extension> {
    const now = this.#options.now()
    const growing = held.parts.flatMap((part) => {
      const { what } = part.limit
      if (what !== 'tokens' && what !== 'cost') return []
      const lacking = Math.max(0, (what === 'tokens' ? tokens : cost) - part.granted)
      const amount = lacking + (what === 'tokens' ? ahead : held.size.cost(0, ahead))
      return amount === 0 ? [] : [{ part, take: { ...bounds(part, now), amount, atLeast: isPartial ? 0 : lacking } }]
    })
    if (growing.length === 0) return 'granted'
    const parts = growing.map(({ part }) => part)
    const takes = growing.map(({ take }) => take)
    const result = await this.#reserve(held.id, parts, takes)
    if (result.kind === 'refused') {
      const { part, take } = growing[result.index] ?? {}
      const isUsedUp = part && take && result.used + part.granted + take.atLeast > part.limit.max
      return isUsedUp ? 'used_up' : 'held_by_others'
    }
    for (const [index, part] of parts.entries()) {
      part.granted += result.granted[index] ?? 0
      part.free = part.limit.max - (result.used[index] ?? 0)
    }
    summarize(held)
    return 'granted'
  }

  async renew({ id, parts }: HeldLimits): Promise<void> {
    const keys = parts.map(({ key }) => key)
    await this.#options.budgets.renew(id, keys, holdLifetimeMs)
  }

  settle({ id, parts }: Booking, used: UsedSince, stage: SettleStage = 'end'): void | Promise<void> {
    if (parts.length === 0) return
    const uses = parts.map(({ key, limit }) => ({ key, amount: amountUsed(limit.what, used) }))
    const after = this.#options.budgets.settle(id, uses, stage)
    return after instanceof Promise
      ? after.then((usedNow) => this.#lookForAlerts(parts, usedNow))
      : this.#lookForAlerts(parts, after)
  }

  #lookForAlerts(parts: readonly LimitPart[], usedNow: UsedNow): void {
    parts.forEach((part, index) => {
      const used = usedNow[index]
      if (used !== undefined) this.#options.alerts.look(part, used)
    })
  }

  async adopt(call: LeftCall): Promise<Booking> {
    const parts = await this.#partsOfLeft(call)
    const now = this.#options.now()
    for (const part of parts) {
      // Nobody asks for the seed of a window that is over.
      if (part.window.end > now) await this.#makeKnown(part)
    }
    return { id: call.id, parts }
  }

  async look(call: LeftCall): Promise<void> {
    const { booked, alerts } = this.#options
    for (const part of await this.#partsOfLeft(call)) alerts.look(part, await booked(part))
  }

  async #partsOfLeft(call: LeftCall): Promise<LimitPart[]> {
    const { limitsOfKey, rules } = this.#options
    const limits = call.keyId === null ? [] : await limitsOfKey(call.keyId)
    const parts = await this.#parts.of({ ...call, limits }, call.at)
    const { accountId } = call
    if (accountId === null) return parts
    return [...parts, ...this.#parts.make({ kind: 'account', id: accountId }, rules.ofAccount(accountId), call.at)]
  }

  /** Taking nothing, of one budget alone: if it is full already it is no less known. */
  async #makeKnown(part: LimitPart): Promise<void> {
    try {
      await this.#reserve('', [part], [{ ...bounds(part, this.#options.now()), amount: 0, atLeast: 0 }])
    } catch (error) {
      if (!(error instanceof BudgetsUnreachable)) throw error
    }
  }

  doubtCosts(): void {
    this.#options.budgets.doubt(countsCost)
  }

  async read(subject: UsageSubject, limits: readonly Limit[]): Promise<LimitState[]> {
    const parts = this.#parts.make(subject, limits)
    const readings = await this.#options.budgets.read(parts.map(({ key }) => key))
    return Promise.all(
      parts.map(async (part, index) => {
        const { limit, window } = part
        const reading = readings[index] ?? { used: await this.#options.booked(part), held: 0 }
        return { limit, window, ...reading }
      }),
    )
  }

  /** Adds the parts to what the call holds; gives the one that does not fit. */
  #tryTake(held: HeldLimits, parts: readonly LimitPart[]): Refusal | undefined | Promise<Refusal | undefined> {
    const taken: LimitPart[] = []
    const takes: Take[] = []
    const now = this.#options.now()
    for (const part of parts) {
      const { amount, atLeast, extra } = amountsOf(part.limit.what, held)
      if (amount === 0) continue
      taken.push(part)
      takes.push({ key: part.key, max: part.limit.max, endsAt: endOf(part, now), amount, atLeast, extra })
    }
    if (takes.length === 0) {
      hold(held, parts)
      return undefined
    }
    const reserved = this.#reserve(held.id, taken, takes)
    return reserved instanceof Promise
      ? reserved.then((result) => noteTaken(held, { parts, taken, takes, result }))
      : noteTaken(held, { parts, taken, takes, result: reserved })
  }

  #reserve(holder: string, parts: readonly LimitPart[], takes: readonly Take[]): Reserved | Promise<Reserved> {
    const { budgets, nodes } = this.#options
    const reserve = (seeded: readonly Take[]) =>
      budgets.reserve({ holder, timeToLiveMs: holdLifetimeMs, takes: seeded, nodes: nodes() })
    const result = reserve(takes)
    return result instanceof Promise || result.kind === 'unknown'
      ? this.#seeded(result, { takes, parts, reserve })
      : result
  }

  async #seeded(
    first: ReserveResult | Promise<ReserveResult>,
    {
      takes,
      parts,
      reserve,
    }: {
      readonly takes: readonly Take[]
      readonly parts: readonly LimitPart[]
      readonly reserve: (takes: readonly Take[]) => ReserveResult | Promise<ReserveResult>
    },
  ): Promise<Reserved> {
    let result = await first
    let seeded = takes
    for (let round = 0; round < maxSeedings; round += 1) {
      if (result.kind !== 'unknown') return result
      seeded = await this.#seed(seeded, parts, result.indexes)
      result = await reserve(seeded)
    }
    if (result.kind !== 'unknown') return result
    throw new ParleyError('internal', { cause: new Error('the budgets are forgotten as soon as they are seeded') })
  }

  #seed(takes: readonly Take[], parts: readonly LimitPart[], unknown: readonly number[]): Promise<Take[]> {
    return Promise.all(
      takes.map(async (take, index) => {
        const part = parts[index]
        return unknown.includes(index) && part !== undefined
          ? { ...take, seed: await this.#options.booked(part) }
          : take
      }),
    )
  }
}

function amountUsed(what: Limit['what'], used: UsedSince): number {
  return what === 'concurrency' ? 0 : used[what]
}

type Reserved = Exclude<ReserveResult, { kind: 'unknown' }>

interface Taking {
  readonly parts: readonly LimitPart[]
  /** Those of them of which something was asked for. */
  readonly taken: readonly LimitPart[]
  readonly takes: readonly Take[]
  readonly result: Reserved
}

/** Adds the parts to what the call holds; gives the one that does not fit. */
function noteTaken(held: HeldLimits, { parts, taken, takes, result }: Taking): Refusal | undefined {
  if (result.kind === 'refused') {
    const part = taken[result.index]
    const { atLeast = 0 } = takes[result.index] ?? {}
    return part && { part, isUsedUp: result.used + atLeast > part.limit.max }
  }
  for (const [index, part] of taken.entries()) {
    part.granted = result.granted[index] ?? 0
    part.free = part.limit.max - (result.used[index] ?? 0)
  }
  hold(held, parts)
  return undefined
}

/** Also those of which nothing is held, because the call is thought to cost nothing: what it does cost counts in them. */
function hold(held: HeldLimits, parts: readonly LimitPart[]): void {
  held.parts = held.parts.length === 0 ? [...parts] : [...held.parts, ...parts]
  summarize(held)
}

function asUnavailable(error: unknown): never {
  if (error instanceof BudgetsUnreachable)
    throw new ParleyError('limits_unavailable', { cause: error, retryAfterMs: 5_000 })
  throw error
}

function amountsOf(
  what: Limit['what'],
  { size, isWhole }: HeldLimits,
): Pick<Take, 'amount' | 'atLeast'> & { readonly extra: number } {
  if (what === 'requests' || what === 'concurrency') return { amount: 1, atLeast: 1, extra: 0 }
  const { inputTokensAtLeast, inputTokensAtMost, cost } = size
  const output = size.outputTokens + spareTokens
  const least = Math.max(1, leastOutputTokens(size))
  const extra = isWhole ? Math.max(0, mostOutputTokens(size) - output) : 0
  if (what === 'tokens') return { amount: inputTokensAtMost + output, atLeast: inputTokensAtLeast + least, extra }
  return { amount: cost(inputTokensAtMost, output), atLeast: cost(inputTokensAtLeast, least), extra: cost(0, extra) }
}

function bounds(part: LimitPart, now: number): Pick<Take, 'key' | 'max' | 'endsAt'> {
  return { key: part.key, max: part.limit.max, endsAt: endOf(part, now) }
}

function endOf({ limit, window }: LimitPart, now: number): number {
  return isRenewed(limit) ? window.end : now + keptIdleMs
}

interface Refusal {
  readonly part: LimitPart
  /** False: it is only that calls under way hold what is left. */
  readonly isUsedUp: boolean
}

/** Calls under way hold what is left: soon some of it is free again. */
const soonMs = 1000

function refusalError({ part: { subject, limit, window }, isUsedUp }: Refusal, now: number): ParleyError {
  const { what, per, max } = limit
  if (what === 'concurrency') {
    const reached = { retryAfterMs: soonMs, limit: { max, resetMs: soonMs } }
    return new ParleyError('concurrency_full', { parameters: { max }, ...reached })
  }
  const resetMs = per === 'total' ? undefined : Math.max(0, window.end - now)
  const shown = what === 'cost' ? dollarText(max) : max
  const reached = { retryAfterMs: isUsedUp ? resetMs : soonMs, limit: { max: shown, resetMs } }
  if (subject.kind === 'quota') return new ParleyError('quota_exhausted', reached)
  const parameters = {
    amount: fillMessage(limitAmounts[what], { max: shown }),
    period: limitPeriods[per],
    rest: reached.retryAfterMs === undefined ? limitRests.never : limitRests.resets,
  }
  return new ParleyError('limit_reached', { parameters, ...reached })
}
