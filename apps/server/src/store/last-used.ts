import { sql } from 'kysely'
import type { Store } from './store.ts'

/**
 * When things were last used, written now and then in one go: noting it costs a map entry, and only that one column is
 * written, so that it can never undo somebody's edit.
 */
export interface LastUsed extends AsyncDisposable {
  note(id: string): void
  /** Writes what has been noted so far. */
  flush(): Promise<void>
}

export interface LastUsedOptions {
  readonly store: Store
  readonly table: 'api_key' | 'account' | 'session'
  readonly clock: () => number
  /** What was noted could not be written; it is tried again, but for the end. */
  readonly onError: (error: unknown) => void
  readonly everyMs?: number
}

export function createLastUsed(options: LastUsedOptions): LastUsed {
  const { store, table, clock, onError, everyMs = 10_000 } = options
  let noted = new Map<string, number>()

  const flush = async (): Promise<void> => {
    if (noted.size === 0) return
    const writing = noted
    noted = new Map()
    try {
      await store.groupCommit.run(async (transaction) => {
        for (const [id, at] of writing) {
          await sql`update ${sql.table(table)} set last_used_at = ${at}
            where id = ${id} and (last_used_at is null or last_used_at < ${at})`.execute(transaction)
        }
      })
    } catch (cause) {
      for (const [id, at] of writing) noted.set(id, Math.max(at, noted.get(id) ?? 0))
      throw new Error(`cannot write when each ${table} was last used`, { cause })
    }
  }
  const timer = setInterval(() => void flush().catch(onError), everyMs).unref()

  return {
    note: (id) => void noted.set(id, clock()),
    flush,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await flush().catch(onError)
    },
  }
}
