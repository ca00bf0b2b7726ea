import { appendFileSync } from 'node:fs'
import path from 'node:path'
import type { Log } from '../store/log.ts'
import { tryResultCode } from '../store/sqlite-handle.ts'
import { AheadFile, readLeft, type Segment } from './ahead-file.ts'
import { openLine, settledLine, tryReadLine } from './ahead-lines.ts'
import type { CheckpointRow, Journal, OpenRow, SettledRow, TableJournal } from './journal.ts'

export interface AheadJournalOptions {
  /** Of its own, in the data folder of the only process that works there. */
  readonly folder: string
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** What began before is in the table, or was taken away from there after it had been counted. */
  readonly prunedBefore: number
}

/** A call that runs for longer than this gets its row in the table before it ends, where people and checkpoints find it. */
const writeOpenMs = 500
const settledAtOnce = 256
/** So that what a killed process leaves is of its last minute, on a quiet server as well. */
const segmentMs = 60_000

/** SQLITE_TOOBIG, CONSTRAINT, MISMATCH and RANGE: it is the row that is wrong. https://sqlite.org/rescode.html */
const rowRefusals = new Set([18, 19, 20, 25])

/** In the folder: lines of calls that the table refused when they were brought in. Nobody reads it but people. */
const refusedName = 'refused.jsonl'

/** Lines that are needed until a call is in the table. */
interface Pending {
  /** Undefined: its open row is in the table. */
  row: OpenRow | undefined
  opened: Segment | undefined
  noted: Segment | undefined
}

/**
 * A journal for the one process of a SQLite file: what opens and what ends is a line in a file at once, and a row of the
 * table a moment later, mostly one row for both.
 *
 * Guarantees: as those of the table's journal, and besides that a call which ended is in the ledger with what it used even
 * if the process dies a few milliseconds later. Calls wait for one write to the operating system, which they share.
 */
export async function createAheadJournal(table: TableJournal, options: AheadJournalOptions): Promise<Journal> {
  const left = readLeft(options.folder)
  await replay(left.lines, table, options)
  left.remove()
  return new AheadJournal(table, options)
}

/**
 * Brings into the table what a dead process had only on its lines. The lines of calls that are long over may still be there,
 * beside one that could not be written: such a call has no row any more, and gets none.
 */
async function replay(lines: readonly string[], table: TableJournal, options: AheadJournalOptions): Promise<void> {
  const { log, prunedBefore } = options
  const opened = new Map<string, OpenRow>()
  const settled = new Map<string, SettledRow>()
  for (const text of lines) {
    const line = tryReadLine(text)
    if (line === undefined) log.warn({ line: text }, 'a line of the ledger was cut off: its call was never let in')
    else if ('settled' in line) settled.set(line.settled.id, line.settled)
    else if (line.open.at >= prunedBefore) opened.set(line.open.id, line.open)
  }
  const ended = [...settled.values()]
  for (let at = 0; at < ended.length; at += settledAtOnce)
    await bringIn(ended.slice(at, at + settledAtOnce), {
      write: (rows) => table.settle(rows, opened),
      putAside: (row, error) => putAside(settledLine(row), error, options),
    })
  await bringIn(
    [...opened.values()].filter(({ id }) => !settled.has(id)),
    {
      write: (rows) => table.writeOpen(rows),
      putAside: (row, error) => putAside(openLine(row), error, options),
    },
  )
}

interface Bringing<Row> {
  readonly write: (rows: readonly Row[]) => Promise<void>
  readonly putAside: (row: Row, error: unknown) => void
}

/** All of them, but for those that the table will never take: they must not keep the server from starting. */
async function bringIn<Row>(rows: readonly Row[], bringing: Bringing<Row>): Promise<void> {
  const [only] = rows
  if (only === undefined) return
  try {
    await bringing.write(rows)
  } catch (error) {
    // Anything else, a damaged file above all, is no reason to part with a call.
    if (!rowRefusals.has(tryResultCode(error) ?? 0)) throw error
    if (rows.length === 1) return bringing.putAside(only, error)
    for (const row of rows) await bringIn([row], bringing)
  }
}

function putAside(line: string, error: unknown, { folder, log }: AheadJournalOptions): void {
  const file = path.join(folder, refusedName)
  appendFileSync(file, `${line}\n`, { mode: 0o600 })
  log.error(
    { err: error, line, file },
    'a call on the ledger’s lines is refused by the database, and kept in this file',
  )
}

class AheadJournal implements Journal {
  /**
   * They are on disk as lines meanwhile. Writing to the table drives the calls' own code out of the processor's cache: each
   * write costs the calls after it more than itself.
   */
  readonly gatherMs = 500
  readonly #table: TableJournal
  readonly #file: AheadFile
  readonly #pending = new Map<string, Pending>()
  readonly #timer: NodeJS.Timeout
  #writing: Promise<void> = Promise.resolve()

  constructor(table: TableJournal, options: AheadJournalOptions) {
    const { folder, log, now } = options
    this.#table = table
    this.#file = new AheadFile(folder, now)
    this.#timer = setInterval(() => {
      this.#writeOpen(now() - writeOpenMs)
        .then(() => this.#file.endSegment(segmentMs))
        .catch((err: unknown) => {
          log.warn({ err }, 'rows of running calls not written, trying again')
        })
    }, writeOpenMs).unref()
  }

  async has(id: string): Promise<boolean> {
    return this.#pending.has(id) || (await this.#table.has(id))
  }

  open(row: OpenRow): Promise<void> {
    if (this.#pending.has(row.id)) throw new Error(`a call ${row.id} is under way already`)
    const opened = this.#file.append(openLine(row))
    this.#pending.set(row.id, { row, opened, noted: undefined })
    const { written } = this.#file
    written.catch(() => this.#forget(row.id))
    return written
  }

  note(row: SettledRow): void {
    const pending = this.#pending.get(row.id) ?? { row: undefined, opened: undefined, noted: undefined }
    pending.noted = this.#file.appendSoon(settledLine(row))
    this.#pending.set(row.id, pending)
  }

  async checkpoint(rows: readonly CheckpointRow[]): Promise<void> {
    await this.flush()
    await this.#table.checkpoint(rows)
  }

  async settle(rows: readonly SettledRow[]): Promise<void> {
    const unwritten = new Map<string, OpenRow>()
    for (const { id } of rows) {
      const row = this.#pending.get(id)?.row
      if (row !== undefined) unwritten.set(id, row)
    }
    await this.#table.settle(rows, unwritten)
    for (const { id } of rows) this.#forget(id)
  }

  flush(): Promise<void> {
    return this.#writeOpen(Number.POSITIVE_INFINITY)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
    this.#file.close()
  }

  #forget(id: string): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.opened?.release()
    pending?.noted?.release()
  }

  /** Rows that were opened before `until`, milliseconds since 1970. One after another, so that none is written twice. */
  #writeOpen(until: number): Promise<void> {
    const written = this.#writing.then(() => this.#writeOpenNow(until))
    this.#writing = written.catch(() => undefined)
    return written
  }

  async #writeOpenNow(until: number): Promise<void> {
    const due = [...this.#pending.values()].flatMap(({ row, noted }) =>
      // One that has ended is written as a whole, in a moment.
      row !== undefined && noted === undefined && row.at <= until ? [row] : [],
    )
    if (due.length === 0) return
    await this.#table.writeOpen(due)
    for (const { id } of due) {
      const pending = this.#pending.get(id)
      if (pending === undefined) continue
      pending.opened?.release()
      pending.row = undefined
      pending.opened = undefined
      // It is found in the table from now on.
      if (pending.noted === undefined) this.#pending.delete(id)
    }
  }
}
