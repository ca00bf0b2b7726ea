import { v7 as uuidv7 } from 'uuid'
import type { Selectable } from 'kysely'
import type { Log } from '../store/log.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import type { BookedOf, CountedPart } from './booked.ts'

export type Alert = Selectable<Tables['alert']>

/**
 * Says when a limit comes to 50, 80 and 100 percent: once each in a window, whichever node sees it, restarts or not.
 *
 * An alert is owed for what the ledger's rows say. Budgets are only the hint to look there: a call is booked on them a
 * moment before its row is written, and if its node dies in between others may settle it for less. What the rows do not say
 * yet is looked for again until they do, or the hint has proved wrong.
 */
export interface Alerts {
  /** Nobody waits for it. */
  look(part: CountedPart, used: number): void
  /** Looks again where the rows did not say what was hinted at. */
  lookAgain(): Promise<void>
  /** Newest first. `cursor` is the id of the last one of the page before. */
  list(query: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Alert[]>
  /** Resolves when all that the rows say so far is told, on disk. */
  flush(): Promise<void>
}

export interface AlertsOptions {
  readonly store: Store
  readonly booked: BookedOf
  readonly log: Log
  readonly now: () => number
}

interface Hint {
  readonly part: CountedPart
  percent: number
  readonly since: number
}

const percents = [50, 80, 100] as const
/** What is remembered to have been told, so that the database is not asked by every call. */
const maxRemembered = 50_000
/** By then other nodes' calls are in the ledger, also those of nodes that died. */
const hintKeptMs = 120_000

export function createAlerts(options: AlertsOptions): Alerts {
  return new BookedAlerts(options)
}

class BookedAlerts implements Alerts {
  readonly #options: AlertsOptions
  /** Of limits, the highest percentage that was told. */
  readonly #told = new Map<string, number>()
  /** What budgets have come to and nobody has been told of, by limit. */
  readonly #hints = new Map<string, Hint>()
  readonly #telling = new Set<Promise<void>>()

  constructor(options: AlertsOptions) {
    this.#options = options
  }

  look(part: CountedPart, used: number): void {
    const { limit } = part
    const percent = limit.what === 'concurrency' ? 0 : reached(used, limit.max)
    if (percent === 0) return
    const name = nameOf(part)
    if (percent <= (this.#told.get(name) ?? 0)) return
    const known = this.#hints.get(name)
    if (known === undefined) {
      this.#hints.set(name, { part, percent, since: this.#options.now() })
      void this.#tell(name)
    } else known.percent = Math.max(known.percent, percent)
  }

  async lookAgain(): Promise<void> {
    await Promise.all([...this.#hints.keys()].map((name) => this.#tell(name)))
  }

  list({ limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Alert[]> {
    const query = this.#options.store.database.selectFrom('alert').selectAll().orderBy('id', 'desc').limit(limit)
    return (cursor === undefined ? query : query.where('id', '<', cursor)).execute()
  }

  async flush(): Promise<void> {
    await Promise.all(this.#telling)
    await this.lookAgain()
  }

  #tell(name: string): Promise<void> {
    const told = this.#tellNow(name)
      .catch((error: unknown) => this.#options.log.warn({ err: error, limit: name }, 'an alert could not be written'))
      .finally(() => this.#telling.delete(told))
    this.#telling.add(told)
    return told
  }

  async #tellNow(name: string): Promise<void> {
    const hint = this.#hints.get(name)
    if (hint === undefined) return
    const { part, since } = hint
    const used = await this.#options.booked(part)
    const percent = reached(used, part.limit.max)
    const told = this.#told.get(name) ?? 0
    if (percent > told) {
      await this.#write(
        part,
        percents.filter((each) => told < each && each <= percent),
        used,
      )
      this.#remember(name, percent)
    }
    if (percent >= hint.percent || this.#options.now() - since > hintKeptMs) this.#hints.delete(name)
  }

  #remember(name: string, percent: number): void {
    if (this.#told.size >= maxRemembered) this.#told.clear()
    this.#told.set(name, percent)
  }

  async #write(part: CountedPart, due: readonly number[], used: number): Promise<void> {
    const { store, log, now } = this.#options
    const { window, limit } = part
    const shown = { ...subjectOf(part), per: limit.per, window_start: window.start, max: limit.max, used }
    const rows = due.map((percent) => ({ id: uuidv7(), at: now(), percent, ...shown }))
    let written: number[] = []
    await store.groupCommit.run(async (transaction) => {
      const inserted = await transaction
        .insertInto('alert')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .returning('percent')
        .execute()
      written = inserted.map(({ percent }) => percent)
    })
    // Another node has told the others.
    for (const percent of written) log.warn({ limit: shown, percent }, 'a limit is being used up')
  }
}

/** The highest percentage that is told of, 0 when it has come to none. */
function reached(used: number, max: number): number {
  return max <= 0 ? 0 : (percents.findLast((percent) => used * 100 >= max * percent) ?? 0)
}

function subjectOf({ subject: { kind, id }, limit }: CountedPart) {
  return kind === 'quota'
    ? { subject_kind: 'user', subject_id: id, what: 'quota' as const }
    : { subject_kind: kind, subject_id: id, what: limit.what }
}

function nameOf({ subject, limit, window }: CountedPart): string {
  return [subject.kind, subject.id, limit.what, limit.per, window.start, limit.max].join(' ')
}
