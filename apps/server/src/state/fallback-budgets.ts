import { type Budgets, BudgetsUnreachable } from './budgets.ts'
import type { MemoryBudgets } from './memory-budgets.ts'
import type { Outage } from './outage.ts'
import type { State } from './state.ts'

/** What limits do while the shared state is out of reach: this node grants its share of what is left, or nothing. */
export type WithoutSharedState = 'share' | 'refuse'

export interface FallbackBudgetsOptions {
  readonly primary: State
  /** This node's own, forgotten between outages: each begins with what the database knows. */
  readonly secondary: MemoryBudgets
  readonly outage: Outage
  readonly without: WithoutSharedState
}

const paidAtOnce = 500

/**
 * Budgets while Redis may be away. What is used during an outage is noted and booked on Redis before it is relied upon
 * again, so that no limit forgets it.
 */
export class FallbackBudgets implements Budgets {
  readonly #options: FallbackBudgetsOptions
  readonly #owed = new Map<string, number>()
  #paying: Promise<void> | undefined

  constructor(options: FallbackBudgetsOptions) {
    this.#options = options
  }

  reserve: Budgets['reserve'] = (reservation) => {
    const { nodes = 1, ...alone } = reservation
    return this.#call(
      (budgets) => (this.#owed.size === 0 ? budgets.reserve(alone) : this.#pay().then(() => budgets.reserve(alone))),
      (own) => {
        if (this.#options.without === 'refuse' && reservation.takes.length > 0) throw new BudgetsUnreachable()
        return own.reserve({ ...alone, nodes })
      },
    )
  }

  settle: Budgets['settle'] = (holder, uses, stage) =>
    this.#call(
      (budgets) => budgets.settle(holder, uses, stage),
      (own) => {
        for (const { key, amount } of uses) this.#owed.set(key, (this.#owed.get(key) ?? 0) + amount)
        return own.settle(holder, uses)
      },
    )

  renew: Budgets['renew'] = (holder, keys, timeToLiveMs) =>
    this.#call(
      (budgets) => budgets.renew(holder, keys, timeToLiveMs),
      (own) => own.renew(holder, keys, timeToLiveMs),
    )

  read: Budgets['read'] = (keys) =>
    this.#call(
      (budgets) => budgets.read(keys),
      (own) => own.read(keys),
    )

  doubt(isMeant: (key: string) => boolean): void {
    this.#options.secondary.doubt(isMeant)
  }

  /** To be done before Redis is used again. A rejection may have booked it: better counted twice than never. */
  async payBack(): Promise<void> {
    await this.#pay()
    this.#options.secondary.clear()
  }

  /** Also what comes meanwhile; what came in the last moment of an outage is paid before the next call asks. */
  #pay(): Promise<void> {
    this.#paying ??= this.#payAll().finally(() => {
      this.#paying = undefined
    })
    return this.#paying
  }

  async #payAll(): Promise<void> {
    while (this.#owed.size > 0) {
      const uses = this.#owed
        .entries()
        .take(paidAtOnce)
        .map(([key, amount]) => ({ key, amount }))
        .toArray()
      await this.#options.primary.budgets.settle('', uses, 'part')
      for (const { key, amount } of uses) this.#subtract(key, amount)
    }
  }

  #subtract(key: string, amount: number): void {
    const left = (this.#owed.get(key) ?? 0) - amount
    if (left === 0) this.#owed.delete(key)
    else this.#owed.set(key, left)
  }

  #call<T>(onPrimary: (budgets: Budgets) => T | Promise<T>, onOwn: (own: MemoryBudgets) => T | Promise<T>): Promise<T> {
    const { outage, primary, secondary } = this.#options
    return outage.call(async (state) => (state === primary ? onPrimary(primary.budgets) : onOwn(secondary)))
  }
}
