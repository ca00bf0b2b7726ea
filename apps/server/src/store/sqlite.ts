import { chmod } from 'node:fs/promises'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { type CheckpointPace, Checkpointer } from './checkpointer.ts'
import type { Log } from './log.ts'
import { Mutex } from './mutex.ts'
import { SqliteHandle, whenNotBusy } from './sqlite-handle.ts'
import { assertOutsideTransaction } from './transaction-scope.ts'

export interface SqliteOptions {
  /** How long a lock of another process is waited for. */
  readonly busyTimeoutMs?: number
  readonly checkpointPace?: Partial<CheckpointPace>
  readonly log?: Log
}

/**
 * SQLite for Kysely, on Node's own `node:sqlite`.
 *
 * Two handles of one file in WAL mode: everything that writes goes through one of them, one statement or one transaction
 * at a time; selects outside a transaction use the other one, which is read-only, so they never wait for a transaction.
 * They see what has been committed, as on PostgreSQL. A lock held by another process is waited for without blocking.
 */
export function createSqliteDialect(file: string, options: SqliteOptions = {}): Dialect {
  return {
    createDriver: () => new SqliteDriver(file, options),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TwoHandleAdapter(),
    createIntrospector: (database) => new SqliteIntrospector(database),
  }
}

class TwoHandleAdapter extends SqliteAdapter {
  /** Kysely would let one query in at a time; here only writers wait for each other, see `FileConnection`. */
  override get supportsMultipleConnections(): boolean {
    return true
  }

  /** SQLite can do it: a migration that fails leaves nothing behind. */
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

interface OpenFile {
  readonly file: string
  readonly checkpointer: Checkpointer
  readonly writer: SqliteHandle
  readonly reader: SqliteHandle
  readonly writing: Mutex
  readonly busyTimeoutMs: number
}

class SqliteDriver implements Driver {
  readonly #file: string
  readonly #options: SqliteOptions
  #open: OpenFile | undefined

  constructor(file: string, options: SqliteOptions) {
    this.#file = file
    this.#options = options
  }

  async init(): Promise<void> {
    const { busyTimeoutMs = 10_000 } = this.#options
    const writer = new SqliteHandle(this.#file, { isReadOnly: false })
    try {
      // Whatever the folder allows; the files beside it are made alike.
      await chmod(this.#file, 0o600)
      await whenNotBusy(() => writer.run('pragma journal_mode = wal'), busyTimeoutMs)
      // In WAL mode, NORMAL survives the death of the process; only loss of power can cost the last commits.
      writer.run('pragma synchronous = normal; pragma foreign_keys = on; pragma temp_store = memory')
      const reader = new SqliteHandle(this.#file, { isReadOnly: true })
      const checkpointer = this.#checkpointBeside(writer)
      this.#open = { file: this.#file, busyTimeoutMs, writer, reader, checkpointer, writing: new Mutex() }
    } catch (error) {
      writer.close()
      throw error
    }
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    assertOutsideTransaction('A query of its own')
    if (this.#open === undefined) throw new Error('the database is not open')
    return new FileConnection(this.#open)
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await asFileConnection(connection).begin()
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await asFileConnection(connection).commit()
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    asFileConnection(connection).rollback()
  }

  async releaseConnection(): Promise<void> {
    // Handles are shared and stay open.
  }

  async destroy(): Promise<void> {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    await open.writing.acquire()
    await open.checkpointer.close()
    open.reader.close()
    open.writer.close()
  }

  #checkpointBeside(writer: SqliteHandle): Checkpointer {
    writer.run('pragma wal_autocheckpoint = 0; pragma journal_size_limit = 67108864')
    const onFailure = (error: unknown) => {
      this.#options.log?.error({ err: error }, 'checkpoints are made on the main thread now, which can delay streams')
      writer.run('pragma wal_autocheckpoint = 1000')
    }
    return new Checkpointer({ file: this.#file, onFailure, pace: this.#options.checkpointPace ?? {} })
  }
}

const beginImmediate = CompiledQuery.raw('begin immediate')
const commit = CompiledQuery.raw('commit')

type TransactionState = 'none' | 'open' | 'ended'

/** What Kysely takes for a connection: a statement's way to the right handle. */
class FileConnection implements DatabaseConnection {
  readonly #open: OpenFile
  #state: TransactionState = 'none'

  constructor(open: OpenFile) {
    this.#open = open
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#state === 'ended') throw new Error(`the transaction has ended already; it cannot run: ${query.sql}`)
    const { reader, writer, writing, checkpointer } = this.#open
    if (this.#state === 'open') return this.#execute(writer, query)
    if (isSelect(query)) return this.#execute(reader, query)
    await writing.acquire()
    try {
      return await this.#execute(writer, query)
    } finally {
      writing.release()
      checkpointer.noteCommit()
    }
  }

  /** Outside a transaction on a handle of its own: an open iteration would hold other selects to its old snapshot. */
  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    if (this.#state === 'open') {
      yield* this.#open.writer.iterate<Row>(query)
      return
    }
    const handle = new SqliteHandle(this.#open.file, { isReadOnly: true })
    try {
      yield* handle.iterate<Row>(query)
    } finally {
      handle.close()
    }
  }

  async begin(): Promise<void> {
    const { writer, writing, busyTimeoutMs } = this.#open
    await writing.acquire()
    try {
      // IMMEDIATE: a lock taken at the first write instead could fail there, in the middle of the work.
      await whenNotBusy(() => writer.execute(beginImmediate), busyTimeoutMs)
    } catch (error) {
      writing.release()
      throw error
    }
    this.#state = 'open'
  }

  async commit(): Promise<void> {
    const { writer, writing, busyTimeoutMs } = this.#open
    await whenNotBusy(() => writer.execute(commit), busyTimeoutMs)
    this.#state = 'ended'
    writing.release()
    this.#open.checkpointer.noteCommit()
  }

  rollback(): void {
    const { writer, writing } = this.#open
    try {
      // After a full disk or an I/O error SQLite has rolled back by itself.
      if (writer.isInTransaction) writer.run('rollback')
    } finally {
      this.#state = 'ended'
      writing.release()
    }
  }

  #execute<Row>(handle: SqliteHandle, query: CompiledQuery): Promise<QueryResult<Row>> {
    return whenNotBusy(() => handle.execute<Row>(query), this.#open.busyTimeoutMs)
  }
}

function asFileConnection(connection: DatabaseConnection): FileConnection {
  if (!(connection instanceof FileConnection)) throw new TypeError('a connection of another driver')
  return connection
}

function isSelect(query: CompiledQuery): boolean {
  return query.query.kind === 'SelectQueryNode' || /^\s*select\b/i.test(query.sql)
}
