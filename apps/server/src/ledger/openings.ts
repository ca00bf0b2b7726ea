import { ParleyError } from '@parley/contract'
import { noUsage } from '@parley/wires'
import { v7 as uuidv7 } from 'uuid'
import type { Roster } from '../state/roster.ts'
import { isOutcomeUnknown } from '../store/group-commit.ts'
import type { Log } from '../store/log.ts'
import { isUniqueViolation } from '../store/unique-violation.ts'
import { ActiveCall, openRowOf, settledRow, shapeOf, sizeOf, type SizePrices } from './active-call.ts'
import type { Background } from './background.ts'
import type { Estimator } from './estimate.ts'
import type { HeldLimits } from './held-limits.ts'
import type { Journal } from './journal.ts'
import type { Limits } from './limits.ts'
import type { Settlements } from './settlements.ts'
import type { OpenEntry, Settlement } from './ticket.ts'
import type { Tokenizer } from './tokenizer.ts'

export interface OpeningParts extends SizePrices {
  readonly nodeId: string
  readonly journal: Journal
  readonly settlements: Settlements
  readonly limits: Limits
  readonly estimator: Estimator
  /** Counts requests of callers who are not known yet; undefined: they are estimated. */
  readonly tokenizer: Tokenizer | undefined
  readonly background: Background
  /** Gets each call that was let in. */
  readonly active: Roster<ActiveCall>
  readonly log: Log
  readonly now: () => number
}

/**
 * How calls get into the ledger: within every limit, and on disk.
 *
 * /!\ Hot path: once for each call, which waits for it.
 */
export class Openings {
  readonly #parts: OpeningParts
  /** Foreign ids of calls that are being let in. */
  readonly #foreign = new Set<string>()

  constructor(parts: OpeningParts) {
    this.#parts = parts
  }

  /** Throws quota_exhausted, limit_reached, concurrency_full, limits_unavailable, database_unavailable. */
  open(entry: OpenEntry): Promise<ActiveCall> {
    return entry.isIdForeign === true ? this.#openUnderFreeId(entry) : this.#open(entry)
  }

  /** What limits hold for a call they hold by its id, so it is known whose the id is before they are asked. */
  async #openUnderFreeId(entry: OpenEntry): Promise<ActiveCall> {
    const { journal } = this.#parts
    const { requestId } = entry
    const underOwnId = () => this.#open({ ...entry, requestId: uuidv7() })
    if (this.#foreign.has(requestId)) return underOwnId()
    this.#foreign.add(requestId)
    try {
      if (await journal.has(requestId)) return await underOwnId()
      return await this.#open(entry)
    } catch (error) {
      // Another node had the same id in the same moment.
      if (error instanceof ParleyError && isIdTaken(error.cause)) return underOwnId()
      throw error
    } finally {
      this.#foreign.delete(requestId)
    }
  }

  async #open(entry: OpenEntry): Promise<ActiveCall> {
    const { estimator, limits, tokenizer, journal, nodeId, active, log, now } = this.#parts
    const introduced = tokenizer?.introduce(entry)
    if (introduced !== undefined) await introduced
    const at = now()
    const estimate = estimator.estimate(shapeOf(entry))
    const { requestId: id, keyId, userId, model } = entry
    const size = sizeOf(entry, estimate, this.#parts)
    const taken = limits.take({ id, keyId, userId, model, limits: entry.limits, size, isWhole: !entry.isStream })
    const held = taken instanceof Promise ? await taken : taken
    try {
      const opened = journal.open(openRowOf(entry, { nodeId, at, estimatedTokens: estimate.input }))
      if (opened !== undefined) await opened
    } catch (cause) {
      // The call of another node that has the id holds under it as well, and would be given back with this one's.
      const isOthers = entry.isIdForeign === true && isIdTaken(cause)
      if (!isOthers) this.#giveBack(held)
      if (isOutcomeUnknown(cause)) this.#takeBack(entry, at)
      throw cause instanceof ParleyError ? cause : new ParleyError('internal', { cause })
    }
    const call = new ActiveCall(entry, at, { estimate, held, limits, estimator, log })
    active.add(call)
    return call
  }

  /**
   * Its row may be there, of a call that is never made. Where there is none nothing is settled, nor where a proxy has sent the
   * same id again meanwhile: the row is that call's then.
   */
  #takeBack(entry: OpenEntry, at: number): void {
    const { settlements, multipliers, nodeId, now } = this.#parts
    const row = settledRow({ entry, at }, notMade, { settledAt: now(), multipliers })
    settlements.add({ ...row, openedBy: nodeId })
  }

  #giveBack(held: HeldLimits): void {
    const { limits, background } = this.#parts
    background.run(() => limits.settle(held, { requests: 0, tokens: 0, cost: 0 }), 'limits could not be given back')
  }
}

/** A call has the id already: another node's, where the id is foreign. */
function isIdTaken(cause: unknown): boolean {
  return isUniqueViolation(cause, 'usage_record', 'id')
}

const notMade: Settlement = {
  endReason: 'refused',
  httpStatus: 503,
  errorCode: 'database_unavailable',
  usage: noUsage,
  usageSource: 'none',
  contentLength: 0,
  costNanos: 0,
  price: undefined,
  accountId: null,
  upstreamModel: null,
  attempts: 0,
  firstByteMs: null,
  durationMs: 0,
}
