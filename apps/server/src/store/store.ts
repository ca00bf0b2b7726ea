import type { Kysely, Transaction } from 'kysely'
import type { Tables } from './tables.ts'

export type Database = Kysely<Tables>
/** Anything queries run on: the database or a transaction. Repositories take it as their last parameter. */
export type Connection = Kysely<Tables> | Transaction<Tables>

/**
 * The database, whichever it is.
 *
 * Guarantees: what `transaction` and `groupCommit` resolved for survives `kill -9`; a busy SQLite file is waited for
 * without blocking the event loop; nested transactions do not exist (a transaction is passed as a parameter).
 */
export interface Store extends AsyncDisposable {
  readonly kind: 'sqlite' | 'postgres'
  readonly database: Database
  /** For selects that can take more than 5 ms: on SQLite they run in a thread of their own. Outside transactions only. */
  readonly reports: Database
  transaction<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T>
  readonly groupCommit: GroupCommit
}

/**
 * Many small writes, few commits: works that are handed in while a commit is under way share the next one.
 * A work that fails is alone in failing: the others of its group are committed without it.
 */
export interface GroupCommit {
  /** Resolves when the work is on disk; rejects with the work's own error. Order is kept. */
  run(work: (transaction: Transaction<Tables>) => Promise<void>): Promise<void>
  /** Resolves when everything handed in so far has been committed or has failed. */
  flush(): Promise<void>
}
