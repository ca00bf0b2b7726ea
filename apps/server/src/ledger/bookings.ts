import type { Log } from '../store/log.ts'
import { type ActiveCall, learn, settledRow } from './active-call.ts'
import type { Background } from './background.ts'
import type { Estimator } from './estimate.ts'
import type { Journal, SettledRow } from './journal.ts'
import type { Limits } from './limits.ts'
import type { Multipliers } from './multipliers.ts'
import type { Settlements } from './settlements.ts'
import type { Settlement } from './ticket.ts'
import type { Tokenizer } from './tokenizer.ts'
import { tokensOf } from './tokens.ts'
import { isWithinHold, keptWithinHold } from './within-hold.ts'

export interface BookingParts {
  readonly journal: Journal
  readonly settlements: Settlements
  readonly limits: Limits
  readonly multipliers: Multipliers
  readonly estimator: Estimator
  /** Counts where upstreams say nothing; undefined: the settings say not to. */
  readonly tokenizer: Tokenizer | undefined
  readonly background: Background
  readonly log: Log
  readonly now: () => number
}

/**
 * What calls that have ended are charged: in the ledger, on their limits, and in what is known of their callers' habits.
 *
 * /!\ Hot path: once for each call, and nobody waits.
 */
export class Bookings {
  readonly #parts: BookingParts

  constructor(parts: BookingParts) {
    this.#parts = parts
  }

  settle(call: ActiveCall, settlement: Settlement): void {
    const { estimator, multipliers, background, tokenizer, now } = this.#parts
    learn(estimator, call.entry, settlement)
    if (tokenizer !== undefined && settlement.usageSource === 'estimate')
      background.run(() => tokenizer.learn(call.entry), 'a request could not be tokenized')
    const row = settledRow(call, settlement, { settledAt: now(), multipliers })
    if (isWithinHold(row, call.held)) this.#book(call, row)
    else background.run(() => this.#bookBeyond(call, row), 'a settlement failed')
  }

  #book({ held }: ActiveCall, row: SettledRow): void {
    const { settlements, limits, background } = this.#parts
    settlements.add(row)
    const used = { requests: 1, tokens: tokensOf(row.usage), cost: row.chargedNanos }
    if (held.parts.length > 0) background.run(() => limits.settle(held, used), 'limits could not be settled')
    this.#note(row)
  }

  /** A disk that does not take it may still take the row, a moment later. */
  #note(row: SettledRow): void {
    const { journal, log } = this.#parts
    try {
      journal.note(row)
    } catch (err) {
      log.warn({ request_id: row.id, err }, 'a settlement could not be noted ahead of its row')
    }
  }

  /** Of what was used and is not held, as much is taken as is left. */
  async #bookBeyond(call: ActiveCall, row: SettledRow): Promise<void> {
    const { limits, multipliers, log } = this.#parts
    const { held, entry } = call
    try {
      await limits.extend(held, { tokens: tokensOf(row.usage), cost: row.chargedNanos, ahead: 0, isPartial: true })
    } catch (error) {
      held.isUnasked = true
      log.warn({ request_id: row.id, err: error }, 'limits could not be asked: what was used is booked all the same')
    }
    this.#book(
      call,
      keptWithinHold(row, held, (costNanos) => multipliers.charge(costNanos, entry)),
    )
  }
}
