import {
  type BudgetReading,
  type Budgets,
  extraShare,
  type Reservation,
  type ReserveResult,
  type Take,
  type Use,
} from './budgets.ts'

interface Budget {
  used: number
  held: number
  /** Calls that hold something of it. */
  holders: number
  /** What had been used when it was seeded. */
  base: number
  isDoubted: boolean
  endsAt: number
}

/** What one call holds, of which budgets. */
interface Holding {
  readonly parts: HeldPart[]
  endsAt: number
}

interface HeldPart {
  readonly budget: Budget
  readonly amount: number
}

/** How many reservations go by until as many budgets are looked at, four for each, to forget those that have ended. */
const sweepEvery = 64
const sweepSize = 4 * sweepEvery
/** A budget whose window is over is kept for calls that began in it. */
const keptAfterEndMs = 600_000

/**
 * The budgets of one process. Each method does its work in one synchronous step, which makes it atomic.
 *
 * /!\ Hot path: two steps for each call that has limits.
 */
export class MemoryBudgets implements Budgets {
  readonly #budgets = new Map<string, Budget>()
  readonly #holdings = new Map<string, Holding>()
  /** No holding ends before. */
  #nextEndAt = Number.POSITIVE_INFINITY
  readonly #now: () => number
  #sweep: Iterator<[string, Budget]> | undefined
  #reservations = 0

  constructor(now: () => number) {
    this.#now = now
  }

  reserve({ takes, holder, timeToLiveMs, nodes = 1 }: Reservation): ReserveResult {
    const now = this.#now()
    this.#releaseEnded(now)
    const unknown = this.#unknownOf(takes)
    if (unknown !== undefined) return { kind: 'unknown', indexes: unknown }
    const granted: number[] = []
    const used: number[] = []
    const budgets: Budget[] = []
    for (const take of takes) {
      const budget = this.#open(take)
      const max = nodes === 1 ? take.max : budget.base + Math.floor((take.max - budget.base) / nodes)
      const free = max - budget.used - budget.held
      const grant = Math.min(take.amount, free)
      if (grant < take.atLeast) return { kind: 'refused', index: budgets.length, used: budget.used, held: budget.held }
      budgets.push(budget)
      granted.push(grant + Math.min(take.extra ?? 0, Math.floor((free - grant) / extraShare)))
      used.push(budget.used)
    }
    const holding = this.#holdingOf(holder, now + timeToLiveMs)
    let index = 0
    for (const budget of budgets) {
      const amount = granted[index] ?? 0
      holding.parts.push({ budget, amount })
      budget.held += amount
      budget.holders += 1
      budget.endsAt = Math.max(budget.endsAt, takes[index]?.endsAt ?? 0)
      index += 1
    }
    this.#sweepSome(now)
    return { kind: 'reserved', granted, used }
  }

  settle(holder: string, uses: readonly Use[]): (number | undefined)[] {
    const holding = this.#holdings.get(holder)
    const result = uses.map(({ key, amount }) => {
      const budget = this.#budgets.get(key)
      if (budget === undefined) return undefined
      if (holding !== undefined) releaseOf(holding, budget)
      budget.used += amount
      return budget.used
    })
    if (holding?.parts.length === 0) this.#holdings.delete(holder)
    return result
  }

  async renew(holder: string, _keys: readonly string[], timeToLiveMs: number): Promise<void> {
    const holding = this.#holdings.get(holder)
    if (holding !== undefined) holding.endsAt = this.#now() + timeToLiveMs
  }

  async read(keys: readonly string[]): Promise<(BudgetReading | undefined)[]> {
    this.#releaseEnded(this.#now())
    return keys.map((key) => {
      const budget = this.#budgets.get(key)
      return budget === undefined || budget.isDoubted ? undefined : { used: budget.used, held: budget.held }
    })
  }

  doubt(isMeant: (key: string) => boolean): void {
    for (const [key, budget] of this.#budgets) if (isMeant(key)) budget.isDoubted = true
  }

  /** Forgets everything, so that it is asked for anew. */
  clear(): void {
    this.#budgets.clear()
    this.#holdings.clear()
    this.#sweep = undefined
  }

  #unknownOf(takes: readonly Take[]): number[] | undefined {
    const isUnknown = ({ key, seed }: Take) => seed === undefined && this.#budgets.get(key)?.isDoubted !== false
    return takes.some(isUnknown) ? takes.flatMap((take, index) => (isUnknown(take) ? [index] : [])) : undefined
  }

  #open({ key, seed = 0, endsAt }: Take): Budget {
    const known = this.#budgets.get(key)
    if (known !== undefined) {
      if (known.isDoubted) Object.assign(known, { used: seed, base: seed, isDoubted: false })
      return known
    }
    const budget = { used: seed, base: seed, isDoubted: false, held: 0, holders: 0, endsAt }
    this.#budgets.set(key, budget)
    return budget
  }

  #holdingOf(holder: string, endsAt: number): Holding {
    this.#nextEndAt = Math.min(this.#nextEndAt, endsAt)
    const known = this.#holdings.get(holder)
    if (known !== undefined) {
      known.endsAt = endsAt
      return known
    }
    const holding = { parts: [], endsAt }
    this.#holdings.set(holder, holding)
    return holding
  }

  /** What calls held that have not renewed for their lifetime. Looked for when one may have ended, which is seldom. */
  #releaseEnded(now: number): void {
    if (now < this.#nextEndAt) return
    this.#nextEndAt = Number.POSITIVE_INFINITY
    for (const [holder, holding] of this.#holdings) {
      if (holding.endsAt > now) this.#nextEndAt = Math.min(this.#nextEndAt, holding.endsAt)
      else {
        for (const part of holding.parts) giveBack(part)
        this.#holdings.delete(holder)
      }
    }
  }

  #sweepSome(now: number): void {
    this.#reservations += 1
    if (this.#reservations % sweepEvery !== 0) return
    for (let looked = 0; looked < sweepSize; looked += 1) {
      this.#sweep ??= this.#budgets.entries()
      const { done, value } = this.#sweep.next()
      if (done === true) {
        this.#sweep = undefined
        return
      }
      const [key, { endsAt, holders }] = value
      if (endsAt + keptAfterEndMs <= now && holders === 0) this.#budgets.delete(key)
    }
  }
}

function releaseOf(holding: Holding, budget: Budget): void {
  for (let at = holding.parts.length - 1; at >= 0; at -= 1) {
    const part = holding.parts[at]
    if (part?.budget !== budget) continue
    giveBack(part)
    holding.parts.splice(at, 1)
  }
}

function giveBack({ budget, amount }: HeldPart): void {
  budget.held -= amount
  budget.holders -= 1
}
