import { v7 as uuidv7 } from 'uuid'
import type { Selectable } from 'kysely'
import type { Log } from '../store/log.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'

export type Alert = Selectable<Tables['alert']>

/** How far a limit has come in its window. */
export interface LimitReading {
  readonly subjectKind: string
  readonly subjectId: string
  readonly what: string
  readonly per: string
  readonly windowStart: number
  readonly max: number
  readonly used: number
}

/** Says when a limit comes to 50, 80 and 100 percent: once each in a window, whichever node sees it, restarts or not. */
export interface Alerts {
  /** Nobody waits for it: what cannot be written is told by the next call that looks. */
  look(reading: LimitReading): void
  /** Newest first. `cursor` is the id of the last one of the page before. */
  list(query: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Alert[]>
  /** Resolves when all that was seen so far is on disk. */
  flush(): Promise<void>
}

export const alertPercents = [50, 80, 100] as const
/** What is remembered to have been told, so that the database is not asked by every call. */
const maxRemembered = 50_000

export function createAlerts(store: Store, log: Log, now: () => number): Alerts {
  const told = new Set<string>()
  const writing = new Set<Promise<void>>()

  async function write(reading: LimitReading, percent: number, name: string): Promise<void> {
    const { subjectKind, subjectId, what, per, windowStart, max, used } = reading
    const at = now()
    try {
      await store.groupCommit.run(async (transaction) => {
        await transaction
          .insertInto('alert')
          .values({
            id: uuidv7(),
            at,
            subject_kind: subjectKind,
            subject_id: subjectId,
            what,
            per,
            window_start: windowStart,
            max,
            percent,
            used,
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute()
      })
    } catch (error) {
      told.delete(name)
      log.warn({ err: error, limit: reading }, 'an alert could not be written')
    }
  }

  return {
    look(reading) {
      const { subjectKind, subjectId, what, per, windowStart, max, used } = reading
      for (const percent of alertPercents) {
        if (max <= 0 || used * 100 < max * percent) return
        const name = [subjectKind, subjectId, what, per, windowStart, max, percent].join(' ')
        if (told.has(name)) continue
        if (told.size >= maxRemembered) told.clear()
        told.add(name)
        log.warn({ limit: reading, percent }, 'a limit is being used up')
        const written = write(reading, percent, name).finally(() => writing.delete(written))
        writing.add(written)
      }
    },
    list({ limit, cursor }) {
      const query = store.database.selectFrom('alert').selectAll().orderBy('id', 'desc').limit(limit)
      return (cursor === undefined ? query : query.where('id', '<', cursor)).execute()
    },
    async flush() {
      await Promise.all(writing)
    },
  }
}
