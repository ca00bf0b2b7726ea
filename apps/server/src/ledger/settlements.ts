import type { FastifyBaseLogger } from 'fastify'
import { isDatabaseTrouble } from '../store/database-away.ts'
import type { SettledRow } from './journal.ts'

/**
 * Settlements on their way to disk. They gather for a moment, so that many share one transaction and one change of the
 * sums. Nobody waits for them.
 *
 * Guarantees: one that cannot be written is tried again until it can, in bounded memory; one that has to be given up (memory
 * full, or refused by a database that takes the others) is a line in the log with all that it said, and its row stays
 * open: it is settled later from its last checkpoint.
 */
export interface Settlements extends AsyncDisposable {
  add(row: SettledRow): void
  /**
   * Resolves when everything handed in so far is on disk or given up. Rejects when the database takes nothing now: whoever
   * waits is told so, and the settlements are tried again all the same.
   */
  flush(): Promise<void>
}

export interface SettlementsOptions {
  readonly write: (rows: readonly SettledRow[]) => Promise<void>
  readonly log: FastifyBaseLogger
  readonly gatherMs?: number
  readonly maxWaiting?: number
  /** After a failure; doubled with each one that follows. */
  readonly retryMs?: number
  /** How long disposing goes on trying. */
  readonly lastTryMs?: number
}

const maxBatch = 256
const maxRetryMs = 5_000
/** When the first so many fail alone as well, the others need not be tried. */
const enoughRefused = 3

interface Tried {
  readonly refused: readonly SettledRow[]
  readonly left: readonly SettledRow[]
}

export function createSettlements(options: SettlementsOptions): Settlements {
  return new RetriedSettlements(options)
}

class RetriedSettlements implements Settlements {
  readonly #options: SettlementsOptions
  #waiting: SettledRow[] = []
  #timer: NodeJS.Timeout | undefined
  #draining: Promise<void> | undefined
  #added = 0
  /** On disk or given up. */
  #ended = 0
  /** Somebody waits until so many have ended. */
  #flushTo = 0
  #failures = 0
  #givesUpAt = Number.POSITIVE_INFINITY
  /** Ends the pause after a failure. */
  #wake: (() => void) | undefined
  /** Told of the next failure. */
  readonly #waiters = new Set<(error: unknown) => void>()

  constructor(options: SettlementsOptions) {
    this.#options = options
  }

  add(row: SettledRow): void {
    const { maxWaiting = 100_000 } = this.#options
    if (this.#waiting.length >= maxWaiting) return this.#giveUp([row], new Error('too many settlements are waiting'))
    this.#waiting.push(row)
    this.#added += 1
    if (this.#draining === undefined) this.#gather()
  }

  async flush(): Promise<void> {
    // Not until nothing is waiting: under load that would never be.
    const flushTo = this.#added
    this.#flushTo = flushTo
    while (this.#ended < flushTo) await this.#tryNow()
  }

  /** Rejects at the next failure of the database. */
  async #tryNow(): Promise<void> {
    const { promise: failure, reject } = Promise.withResolvers<never>()
    this.#waiters.add(reject)
    this.#wake?.()
    try {
      await Promise.race([this.#write(), failure])
    } finally {
      this.#waiters.delete(reject)
    }
  }

  #gather(): void {
    const { gatherMs = 20 } = this.#options
    this.#timer ??= setTimeout(() => void this.#write(), gatherMs)
  }

  #write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#draining ??= this.#drain()
    return this.#draining
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { lastTryMs = 10_000 } = this.#options
    this.#givesUpAt = Date.now() + lastTryMs
    this.#wake?.()
    // What is handed in meanwhile is written as well: nobody comes after this to do it.
    while (this.#waiting.length > 0) await this.#write()
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, maxBatch)
      try {
        await this.#options.write(batch)
        this.#finished(batch, [])
        // What came meanwhile gathers as well.
        if (this.#ended >= this.#flushTo && this.#waiting.length < maxBatch) break
      } catch (error) {
        await this.#afterFailure(batch, error)
      }
    }
    this.#draining = undefined
    if (this.#waiting.length > 0) this.#gather()
  }

  /** `left`: those of the batch that are to be tried again. */
  #finished(batch: readonly SettledRow[], left: readonly SettledRow[]): void {
    const others = this.#waiting.slice(batch.length)
    this.#waiting = left.length === 0 ? others : [...left, ...others]
    this.#ended += batch.length - left.length
    if (left.length < batch.length) this.#failures = 0
  }

  async #afterFailure(batch: readonly SettledRow[], error: unknown): Promise<void> {
    const { log, retryMs = 100 } = this.#options
    this.#failures += 1
    const { refused, left } = await this.#writeEach(batch)
    this.#giveUp(refused, error)
    this.#finished(batch, left)
    if (left.length === 0) return
    if (Date.now() >= this.#givesUpAt) {
      this.#giveUp(this.#waiting, error)
      this.#finished(this.#waiting, [])
    } else {
      log.error({ err: error, waiting: this.#waiting.length }, 'settlements cannot be written, trying again')
      for (const tell of this.#waiters) tell(error)
      await this.#pause(Math.min(retryMs * 2 ** Math.min(this.#failures, 10), maxRetryMs))
    }
  }

  /**
   * One after another. `refused`: what failed although the database took another one after it, so it will never take these.
   * `left`: what failed for the database's own trouble, or may have; those come behind what was not tried any more.
   */
  async #writeEach(batch: readonly SettledRow[]): Promise<Tried> {
    const refused: SettledRow[] = []
    if (batch.length === 1) return { refused, left: batch }
    let failed: SettledRow[] = []
    let good: SettledRow | undefined
    for (const [index, row] of batch.entries()) {
      const result = await this.#writeAlone(row)
      if (result === 'written') {
        refused.push(...failed)
        failed = []
        good = row
        continue
      }
      failed.push(row)
      const isHopeless = result === 'trouble' || (good === undefined && failed.length === enoughRefused)
      if (isHopeless) return { refused, left: [...batch.slice(index + 1), ...failed] }
    }
    if (failed.length === 0 || good === undefined) return { refused, left: failed }
    // Settling what is settled changes nothing, and shows whether the database still takes anything.
    const isWell = (await this.#writeAlone(good)) === 'written'
    return isWell ? { refused: [...refused, ...failed], left: [] } : { refused, left: failed }
  }

  async #writeAlone(row: SettledRow): Promise<'written' | 'failed' | 'trouble'> {
    try {
      await this.#options.write([row])
      return 'written'
    } catch (error) {
      this.#options.log.warn({ request_id: row.id, err: error }, 'a settlement failed alone, too')
      return isDatabaseTrouble(error) ? 'trouble' : 'failed'
    }
  }

  #giveUp(rows: readonly SettledRow[], error: unknown): void {
    for (const row of rows) {
      this.#options.log.error({ request_id: row.id, settlement: row, err: error }, 'a settlement could not be written')
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#givesUpAt !== Number.POSITIVE_INFINITY) return new Promise((resolve) => setTimeout(resolve, 100))
    return new Promise((resolve) => {
      const pausing = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(pausing)
        resolve()
      }
    })
  }
}
