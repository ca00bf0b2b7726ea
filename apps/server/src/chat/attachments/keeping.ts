import type { Log } from '../../store/log.ts'
import type { Store } from '../../store/store.ts'
import { deleteFile, deleteUnused, noteUnused, orphanFiles } from './repository.ts'

/**
 * Throws away files that nothing has had for a day: what was uploaded and not sent, and what was in messages that are gone.
 * The day is longer than anything can be brought back, so a restored message has its files.
 */
export interface AttachmentKeeping extends Disposable {
  /** Deletes what is due now; how many of people's files that were. */
  tidy(): Promise<number>
}

export interface AttachmentKeepingOptions {
  readonly store: Store
  readonly clock: () => number
  readonly log: Log
}

const hour = 3_600_000
export const unusedKeptMs = 24 * hour
/** Longer than any upload takes. */
const uploadMs = 6 * hour
const stepSize = 50

export function startAttachmentKeeping({ store, clock, log }: AttachmentKeepingOptions): AttachmentKeeping {
  async function tidy(): Promise<number> {
    const now = clock()
    await store.transaction((transaction) => noteUnused(now, transaction))
    const count = await deleteUnused(now - unusedKeptMs, store.database)
    for (;;) {
      const orphans = await orphanFiles({ before: now - uploadMs, limit: stepSize }, store.database)
      for (const id of orphans) await deleteFile(id, store.database)
      if (orphans.length < stepSize) return count
    }
  }

  const timer = setInterval(() => {
    tidy().catch((error: unknown) =>
      log.warn({ err: error }, 'unused files could not be deleted; the next round tries again'),
    )
  }, hour)
  timer.unref()
  return { tidy, [Symbol.dispose]: () => clearInterval(timer) }
}
