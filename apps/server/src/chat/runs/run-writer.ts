import type { Connection, Store } from '../../store/store.ts'
import { insertEventsOfRuns, insertRunEvents, type RunEvents } from './repository.ts'

/**
 * /!\ Hot path: every word of every run is written here.
 *
 * Writes the logs of all runs of this process. What many runs hand in while a commit is under way goes to the database as
 * one statement, because 500 runs that speak at once would otherwise be 500 statements for each of their words. A run
 * whose events cannot be written fails alone.
 */
export interface RunWriter {
  /** Resolves when the events are on disk. */
  write(events: RunEvents): Promise<void>
  /** The same, in one commit with `work`. */
  writeWith(events: RunEvents, work: (connection: Connection) => Promise<void>): Promise<void>
}

interface Waiting {
  readonly events: RunEvents
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export function createRunWriter(store: Store): RunWriter {
  let waiting: Waiting[] = []
  let isWriting = false

  async function writeWith(events: RunEvents, work: (connection: Connection) => Promise<void>): Promise<void> {
    await store.groupCommit.run(async (transaction) => {
      await insertRunEvents(events, transaction)
      await work(transaction)
    })
  }

  async function writeAll(): Promise<void> {
    isWriting = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      await writeBatch(batch)
    }
    isWriting = false
  }

  async function writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const runs = batch.map(({ events }) => events)
      await store.groupCommit.run(async (transaction) => await insertEventsOfRuns(runs, store.kind, transaction))
      for (const { resolve } of batch) resolve()
    } catch {
      // One of them is at fault (its conversation was deleted, another node has taken it over): each learns its own lot.
      await Promise.all(
        batch.map(({ events, resolve, reject }) => writeWith(events, async () => undefined).then(resolve, reject)),
      )
    }
  }

  return {
    writeWith,
    write: (events) =>
      new Promise((resolve, reject) => {
        waiting.push({ events, resolve, reject })
        if (!isWriting) void writeAll()
      }),
  }
}
