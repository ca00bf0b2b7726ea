import type { HoldEffect } from './verdict.ts'

/**
 * Which accounts are out, until when, and why: this node's knowledge, in memory.
 *
 * Guarantees: a failure that belongs to calls begun before a hold does not make the hold grow, so that a hundred calls
 * failing at once count as one; one success forgets everything about the account and that model; a reset forgets all.
 */
export interface Hold {
  readonly accountId: string
  /** The upstream's name of the model; null: the account as a whole. */
  readonly model: string | null
  /** `Infinity`: until an admin resets or changes the account. */
  readonly untilMs: number
  readonly reason: string
}

/** With what it needs to go on where it was left. */
export interface LeveledHold extends Hold {
  /** Holds in a row by the same rule, each longer than the one before. */
  readonly level: number
}

interface Record {
  strikes: number
  /** Of each rule, by its name: a first refused credential is no second one because the account was out for something else. */
  readonly levels: Map<string, number>
  untilMs: number
  reason: string
}

/** Of one account: names of models may come from callers. The oldest goes first. */
const maxRecords = 500

export interface HealthOptions {
  readonly now: () => number
  /** A number from 0 (included) to 1 (excluded). */
  readonly random: () => number
}

export class Health {
  readonly #now: () => number
  readonly #random: () => number
  /** By account, then by model; '' stands for the account as a whole. */
  readonly #records = new Map<string, Map<string, Record>>()

  constructor(options: HealthOptions) {
    this.#now = options.now
    this.#random = options.random
  }

  /** Why the account cannot serve the model now. */
  holdOn(accountId: string, model: string): Hold | undefined {
    const records = this.#records.get(accountId)
    if (records === undefined) return undefined
    const now = this.#now()
    for (const scope of ['', model]) {
      const record = records.get(scope)
      if (record !== undefined && record.untilMs > now) return holdOf(accountId, scope, record)
    }
    return undefined
  }

  /** Everything that is out now, for people. */
  holds(accountId: string): Hold[] {
    const now = this.#now()
    return [...(this.#records.get(accountId) ?? [])]
      .filter(([, record]) => record.untilMs > now)
      .map(([scope, record]) => holdOf(accountId, scope, record))
  }

  /** Applies a verdict; the hold that came of it, undefined when the account stays in. */
  fail(accountId: string, model: string, effect: HoldEffect, reason: string): Hold | undefined {
    const scope = effect.scope === 'account' ? '' : model
    const record = this.#recordOf(accountId, scope)
    const now = this.#now()
    if (record.untilMs > now) {
      if (effect.forMs !== undefined) record.untilMs = Math.max(record.untilMs, now + effect.forMs)
      return holdOf(accountId, scope, record)
    }
    record.strikes += 1
    const { name, strikes } = effect.rule
    const level = (record.levels.get(name) ?? 0) + 1
    if (record.strikes < strikes && level === 1) return undefined
    record.levels.set(name, level)
    record.untilMs = now + this.#holdMs(level, effect)
    record.reason = `${name}: ${reason}`
    return holdOf(accountId, scope, record)
  }

  /** Growing by two, up to a quarter longer by chance so that nodes and models do not come back all at once. */
  #holdMs(level: number, effect: HoldEffect): number {
    if (effect.forMs !== undefined) return effect.forMs
    const { firstMs, maxMs, isLastingWhenRepeated } = effect.rule
    if (isLastingWhenRepeated && level > 1) return Number.POSITIVE_INFINITY
    return Math.min(firstMs * 2 ** Math.min(level - 1, 20) * (1 + this.#random() / 4), maxMs)
  }

  succeed(accountId: string, model: string): void {
    const records = this.#records.get(accountId)
    if (records === undefined) return
    const now = this.#now()
    for (const scope of ['', model]) {
      // A call that began before the hold may end well during it: that does not say that the limit is over.
      if ((records.get(scope)?.untilMs ?? 0) <= now) records.delete(scope)
    }
    if (records.size === 0) this.#records.delete(accountId)
  }

  /** The same hold, with how many there have been in a row. */
  leveled(hold: Hold): LeveledHold {
    const levels = this.#records.get(hold.accountId)?.get(hold.model ?? '')?.levels
    return { ...hold, level: levels?.get(ruleIn(hold.reason)) ?? 1 }
  }

  /** Takes over a hold: an admin's pause, what another node found out, or what was known before a restart. */
  impose(hold: Hold & { readonly level?: number }): void {
    const record = this.#recordOf(hold.accountId, hold.model ?? '')
    const rule = ruleIn(hold.reason)
    record.levels.set(rule, Math.max(record.levels.get(rule) ?? 0, hold.level ?? 1))
    if (hold.untilMs < record.untilMs) return
    record.untilMs = hold.untilMs
    record.reason = hold.reason
  }

  reset(accountId: string): void {
    this.#records.delete(accountId)
  }

  #recordOf(accountId: string, scope: string): Record {
    let records = this.#records.get(accountId)
    if (records === undefined) {
      records = new Map()
      this.#records.set(accountId, records)
    }
    let record = records.get(scope)
    if (record === undefined) {
      record = { strikes: 0, levels: new Map(), untilMs: 0, reason: '' }
      if (records.size >= maxRecords) records.delete([...records.keys()].find((known) => known !== '') ?? '')
      records.set(scope, record)
    }
    return record
  }
}

/** A reason begins with the name of its rule. What a pause begins with is the name of none. */
function ruleIn(reason: string): string {
  return reason.split(':', 1)[0] ?? ''
}

function holdOf(accountId: string, scope: string, record: Record): Hold {
  return { accountId, model: scope === '' ? null : scope, untilMs: record.untilMs, reason: record.reason }
}
