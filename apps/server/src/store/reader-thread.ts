import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { ReaderReply, ReaderRequest } from './reader-worker.ts'

/**
 * SQLite for Kysely, for selects that may take long: they run one after another in a thread of their own, with a
 * read-only handle of its own, so that no stream waits for them. They see what has been committed. The thread is started
 * with the first query; one that dies fails the queries it had, and the next query starts another.
 */
export function createReaderDialect(file: string): Dialect {
  return {
    createDriver: () => new ReaderDriver(file),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new ReaderAdapter(),
    createIntrospector: (database) => new SqliteIntrospector(database),
  }
}

class ReaderAdapter extends SqliteAdapter {
  /** The thread has a queue of its own. */
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

class ReaderDriver implements Driver {
  readonly #connection: ReaderThread

  constructor(file: string) {
    this.#connection = new ReaderThread(file)
  }

  async init(): Promise<void> {
    // The thread is started when there is something to read.
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }

  async beginTransaction(): Promise<void> {
    throw new Error('what may take long is only read, and not in a transaction')
  }

  async commitTransaction(): Promise<void> {
    // None was begun.
  }

  async rollbackTransaction(): Promise<void> {
    // None was begun.
  }

  async releaseConnection(): Promise<void> {
    // There is one thread for all.
  }

  async destroy(): Promise<void> {
    await this.#connection.close()
  }
}

type Waiting = PromiseWithResolvers<readonly unknown[]>

class ReaderThread implements DatabaseConnection {
  readonly #file: string
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #lastId = 0
  #isClosed = false

  constructor(file: string) {
    this.#file = file
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#isClosed) throw new Error('the database is not open')
    const worker = (this.#worker ??= this.#start())
    const id = (this.#lastId += 1)
    const waiting = Promise.withResolvers<readonly unknown[]>()
    this.#waiting.set(id, waiting)
    worker.ref()
    worker.postMessage({ id, sql, parameters } satisfies ReaderRequest)
    return { rows: (await waiting.promise) as Row[] }
  }

  streamQuery(): AsyncIterableIterator<QueryResult<never>> {
    throw new Error('what may take long is read in pages')
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const worker = this.#worker
    if (worker === undefined) return
    worker.ref()
    worker.postMessage('close')
    await once(worker, 'exit')
  }

  #start(): Worker {
    const worker = new Worker(new URL('reader-worker.ts', import.meta.url), { workerData: { file: this.#file } })
    worker.on('message', (reply: ReaderReply) => this.#settle(reply))
    worker.on('error', (error) => this.#fail(worker, error))
    worker.on('exit', () => this.#fail(worker, new Error('the reading thread has ended')))
    return worker
  }

  #settle(reply: ReaderReply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    // A thread that has nothing to do does not keep the process alive.
    if (this.#waiting.size === 0) this.#worker?.unref()
    if ('error' in reply) waiting?.reject(reply.error)
    else waiting?.resolve(reply.rows)
  }

  #fail(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
  }
}
