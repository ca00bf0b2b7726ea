import { type Dialect, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { AnswerWatch } from './answer-watch.ts'
import { asAway, awayError } from './database-away.ts'
import type { Log } from './log.ts'
import { StatementNames } from './statement-names.ts'
import { assertOutsideTransaction } from './transaction-scope.ts'

export interface PostgresOptions {
  readonly log: Log
  readonly timeoutMs?: number | undefined
}

const poolSize = 10

/**
 * PostgreSQL for Kysely, with numbers and prepared statements as the rest of the code expects them.
 *
 * - `int8` and `numeric` (what `sum` of int8 gives) arrive as numbers, as they do on SQLite. A count that a number
 *   cannot hold exactly is an error, as there, never a rounded amount of money.
 * - A database that is away, or does not answer for `timeoutMs`, is an error that says so to whoever asked:
 *   `database_unavailable`. Queries may take as long as they need while it answers others.
 * - Statements that come again are prepared once per connection: half the time of unnamed ones. Kysely never names them.
 */
export function createPostgresDialect(url: string, options: PostgresOptions): Dialect {
  const { log, timeoutMs = 10_000 } = options
  const watch = new AnswerWatch({ url, timeoutMs, log })
  const pool = new pg.Pool({
    connectionString: url,
    stream: watch.createSocket,
    max: poolSize,
    connectionTimeoutMillis: timeoutMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: 'parley',
    types: { getTypeParser: (oid, format) => parsers.get(oid) ?? pg.types.getTypeParser(oid, format) },
  })
  // A connection that breaks is replaced, and whoever was using it gets the error from his query. Without a listener on
  // each of them, used or idle, the event would end the process.
  pool.on('connect', (client) => {
    client.on('error', (error) => log.warn({ err: error }, 'a connection to PostgreSQL broke'))
  })
  pool.on('error', ignoreLoggedError)
  return new PostgresDialect({ pool: preparing(pool, watch) })
}

/** The pool passes on what an idle connection's own listener has logged. */
function ignoreLoggedError(): void {}

const parsers = new Map<number, (text: string) => number>([
  [pg.types.builtins.INT8, readInteger],
  [pg.types.builtins.NUMERIC, Number],
])

function readInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is too large for a number`)
  return value
}

/** Kysely's view of the pool: the same connections, each behind a `PreparingClient` for as long as it lives. */
function preparing(pool: pg.Pool, watch: AnswerWatch): PostgresPool {
  const names = new StatementNames()
  // Kysely knows a connection again by its object.
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    end: () => watch.ending(pool.end()),
    async connect() {
      assertOutsideTransaction('A query of its own')
      const client = await watch
        .during(() => pool.connect())
        .catch((error: unknown) => {
          throw awayError(error)
        })
      const known = clients.get(client)
      if (known !== undefined) return known
      const made = new PreparingClient(client, names, watch) as unknown as PostgresPoolClient
      clients.set(client, made)
      return made
    },
  }
}

/** What Kysely asks of a client; it never asks for cursors, because it is given none. */
class PreparingClient {
  readonly #client: pg.PoolClient
  readonly #names: StatementNames
  readonly #watch: AnswerWatch
  /** Part of the names on this connection: counted up when its prepared statements are out of date. */
  #generation = 0

  constructor(client: pg.PoolClient, names: StatementNames, watch: AnswerWatch) {
    this.#client = client
    this.#names = names
    this.#watch = watch
  }

  get processID(): number | undefined {
    return 'processID' in this.#client && typeof this.#client.processID === 'number'
      ? this.#client.processID
      : undefined
  }

  async query(text: string, parameters: readonly unknown[]): Promise<pg.QueryResult> {
    try {
      const result = await this.#watch.during(() => this.#query(text, parameters))
      this.#watch.heard()
      return result
    } catch (error) {
      throw asAway(error)
    }
  }

  async #query(text: string, parameters: readonly unknown[]): Promise<pg.QueryResult> {
    const values = [...parameters]
    const name = this.#names.tryName(text)
    if (name === undefined) return await this.#client.query(text, values)
    try {
      return await this.#client.query({ name: `${name}${this.#generation}`, text, values })
    } catch (error) {
      if (!isPlanOutOfDate(error)) throw error
      this.#generation += 1
      // Inside a transaction this attempt has aborted it, and the caller must know.
      if (this.#client.getTransactionStatus() !== 'I') throw error
      return await this.#client.query(text, values)
    }
  }

  release(destroy?: boolean): void {
    this.#client.release(destroy)
  }
}

/** Another node has migrated a table that this connection has a prepared `select *` of. */
function isPlanOutOfDate(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '0A000' && error.message.includes('cached plan')
}
