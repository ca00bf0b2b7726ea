import {
  type BudgetReading,
  type Budgets,
  extraShare,
  type Reservation,
  type ReserveResult,
  type Take,
} from './budgets.ts'

interface Budget {
  used: number
  held: number
  /** What had been used when it was seeded. */
  readonly base: number
  /** In the order of their ends: who renews goes to the back. */
  readonly holds: Map<string, Hold>
  endsAt: number
}

interface Hold {
  readonly amount: number
  readonly endsAt: number
}

/** How many budgets each reservation looks at to forget those that have ended. */
const sweepSize = 4
/** A budget whose window is over is kept for calls that began in it. */
const keptAfterEndMs = 600_000

/** The budgets of one process. Each method does its work in one synchronous step, which makes it atomic. */
export class MemoryBudgets implements Budgets {
  readonly #budgets = new Map<string, Budget>()
  readonly #now: () => number
  #sweep: Iterator<[string, Budget]> | undefined

  constructor(now: () => number) {
    this.#now = now
  }

  async reserve(reservation: Reservation): Promise<ReserveResult> {
    const { takes, nodes = 1 } = reservation
    const unknown = takes.flatMap(({ key, seed }, index) =>
      seed === undefined && !this.#budgets.has(key) ? [index] : [],
    )
    if (unknown.length > 0) return { kind: 'unknown', indexes: unknown }
    for (const take of takes) this.#open(take)
    const granted: number[] = []
    const used: number[] = []
    for (const [index, take] of takes.entries()) {
      const budget = this.#live(take.key)
      const max = nodes === 1 ? take.max : budget.base + Math.floor((take.max - budget.base) / nodes)
      const free = max - budget.used - budget.held
      const grant = Math.min(take.amount, free)
      if (grant < take.atLeast) return { kind: 'refused', index, used: budget.used, held: budget.held }
      granted.push(grant + Math.min(take.extra ?? 0, Math.floor((free - grant) / extraShare)))
      used.push(budget.used)
    }
    const endsAt = this.#now() + reservation.timeToLiveMs
    for (const [index, take] of takes.entries()) this.#hold(take, reservation.holder, granted[index] ?? 0, endsAt)
    this.#sweepSome()
    return { kind: 'reserved', granted, used }
  }

  async settle(holder: string, uses: readonly { key: string; amount: number }[]): Promise<(number | undefined)[]> {
    return uses.map(({ key, amount }) => {
      const budget = this.#budgets.get(key)
      if (budget === undefined) return undefined
      this.#release(budget, holder)
      budget.used += amount
      return budget.used
    })
  }

  async renew(holder: string, keys: readonly string[], timeToLiveMs: number): Promise<void> {
    for (const key of keys) {
      const holds = this.#budgets.get(key)?.holds
      const hold = holds?.get(holder)
      if (hold === undefined) continue
      holds?.delete(holder)
      holds?.set(holder, { ...hold, endsAt: this.#now() + timeToLiveMs })
    }
  }

  async read(keys: readonly string[]): Promise<(BudgetReading | undefined)[]> {
    return keys.map((key) => {
      if (!this.#budgets.has(key)) return undefined
      const { used, held } = this.#live(key)
      return { used, held }
    })
  }

  /** Forgets everything, so that it is asked for anew. */
  clear(): void {
    this.#budgets.clear()
    this.#sweep = undefined
  }

  #open({ key, seed = 0, endsAt }: Take): void {
    if (this.#budgets.has(key)) return
    this.#budgets.set(key, { used: seed, base: seed, held: 0, holds: new Map(), endsAt })
  }

  #hold(take: Take, holder: string, amount: number, endsAt: number): void {
    const budget = this.#live(take.key)
    const before = budget.holds.get(holder)?.amount ?? 0
    budget.holds.delete(holder)
    budget.holds.set(holder, { amount: before + amount, endsAt })
    budget.held += amount
    budget.endsAt = Math.max(budget.endsAt, take.endsAt)
  }

  #release(budget: Budget, holder: string): void {
    budget.held -= budget.holds.get(holder)?.amount ?? 0
    budget.holds.delete(holder)
  }

  /** A budget that is there, without the holds that have ended. */
  #live(key: string): Budget {
    const budget = this.#budgets.get(key)
    if (budget === undefined) throw new Error(`no budget ${key}`)
    const now = this.#now()
    for (const [holder, { endsAt }] of budget.holds) {
      if (endsAt > now) break
      this.#release(budget, holder)
    }
    return budget
  }

  #sweepSome(): void {
    const now = this.#now()
    for (let looked = 0; looked < sweepSize; looked += 1) {
      this.#sweep ??= this.#budgets.entries()
      const { done, value } = this.#sweep.next()
      if (done === true) {
        this.#sweep = undefined
        return
      }
      const [key, { endsAt }] = value
      if (endsAt + keptAfterEndMs <= now && this.#live(key).holds.size === 0) this.#budgets.delete(key)
    }
  }
}
