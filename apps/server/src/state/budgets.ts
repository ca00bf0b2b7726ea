/**
 * What may be spent within limits: of each budget so much has been used and so much is held by calls under way.
 *
 * Guarantees: `reserve` takes from all its budgets or from none, in one step, so that any number of calls at once can
 * never hold more than a budget has; what a holder took comes back when it settles, or by itself when it has not renewed
 * for its lifetime; a budget that was never seen, or was forgotten, is not taken for empty but asked for (`unknown`).
 *
 * Amounts are whole numbers up to 2^53. A key contains its window, so a new window is a new key.
 */
export interface Budgets {
  /** At once where the budgets are in this process's memory; so with `settle`. */
  reserve(reservation: Reservation): ReserveResult | Promise<ReserveResult>
  /**
   * Gives back all that `holder` holds of these budgets and books what was used. Gives what each has used now; undefined
   * where the budget is not known: whoever seeds it next will find what was booked in the database.
   */
  settle(holder: string, uses: readonly Use[], stage?: SettleStage): UsedNow | Promise<UsedNow>
  /** The holder is alive. What it held and lost meanwhile is not given back to it. */
  renew(holder: string, keys: readonly string[], timeToLiveMs: number): Promise<void>
  read(keys: readonly string[]): Promise<(BudgetReading | undefined)[]>
  /**
   * What this process alone knows of some budgets is not right any more: they are asked for anew (`unknown`), and what calls
   * hold of them stays held. Nothing is done where nodes share them: there who knows better has booked it.
   */
  doubt(isMeant: (key: string) => boolean): void
}

/**
 * `end`, unless said otherwise: the holder is done. `part`: it goes on with other budgets. `left`: another node settles for
 * a holder that died. Where nodes share the budgets this takes the place of what the holder had booked just before, or
 * another node for it, and nothing that the holder books afterwards counts. `late`: the same, so long after it died that
 * what it had booked may not be known any more: then the budget is forgotten, and seeded by whoever asks next.
 */
export type SettleStage = 'end' | 'part' | 'left' | 'late'

/** How long it is known what a holder has booked: longer than it takes others to settle for a node that died. */
export const bookedKeptMs = 120_000

export type UsedNow = readonly (number | undefined)[]

export interface Reservation {
  readonly holder: string
  /** What is held comes back by itself after this. */
  readonly timeToLiveMs: number
  /** No key twice. */
  readonly takes: readonly Take[]
  /**
   * For when this node has to count for itself: what was left when a budget was seeded is divided by so many nodes.
   */
  readonly nodes?: number
}

export interface Take {
  readonly key: string
  readonly max: number
  /** What is wanted; less is given when less is left. */
  readonly amount: number
  /** When not even this is left the reservation is refused. */
  readonly atLeast: number
  /** Wanted besides, but no more than one part in `extraShare` of what is left after `amount`: others come as well. */
  readonly extra?: number | undefined
  /** Used so far, if the budget is not known: from the database. */
  readonly seed?: number | undefined
  /** The budget may be forgotten then: the end of its window. Milliseconds since 1970. */
  readonly endsAt: number
}

/** So small that fifty calls at once find room where the usual budget of a person is full. */
export const extraShare = 8

export interface Use {
  readonly key: string
  readonly amount: number
}

export interface BudgetReading {
  readonly used: number
  readonly held: number
}

export type ReserveResult =
  /** `used`: what had been used of each budget, not counting what is held. */
  | { readonly kind: 'reserved'; readonly granted: readonly number[]; readonly used: readonly number[] }
  /** `index` of the first take that does not fit. */
  | { readonly kind: 'refused'; readonly index: number; readonly used: number; readonly held: number }
  /** These takes must come with a seed. Nothing was taken. */
  | { readonly kind: 'unknown'; readonly indexes: readonly number[] }

/** The shared state cannot be reached, and the settings say to refuse rather than to count alone. */
export class BudgetsUnreachable extends Error {
  override readonly name = 'BudgetsUnreachable'
}
