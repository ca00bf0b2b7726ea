import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import type { CompiledQuery, QueryResult } from 'kysely'
import { isRowsQuery, type RowsQuery } from './rows-query.ts'

/**
 * One open SQLite file with a cache of prepared statements in front: preparing costs ten times what a point select does.
 * A cached statement is run to its end in one go, so it is never shared while in use; iteration prepares its own.
 */
export class SqliteHandle {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, Statement>()

  constructor(file: string, options: { isReadOnly: boolean }) {
    // A lock that somebody else holds is answered at once: see `whenNotBusy`.
    this.#database = new DatabaseSync(file, { readOnly: options.isReadOnly, timeout: 0 })
  }

  get isInTransaction(): boolean {
    return this.#database.isTransaction
  }

  /** For statements without parameters and rows. */
  run(sql: string): void {
    this.#database.exec(sql)
  }

  execute<Row>(query: CompiledQuery): QueryResult<Row> {
    const statement = this.#prepare(query.sql)
    if (isRowsQuery(query)) return runForEachRow(statement.prepared, query) as QueryResult<Row>
    const parameters = query.parameters as readonly SQLInputValue[]
    if (statement.returnsRows) return { rows: withPrototype<Row>(statement.prepared.all(...parameters)) }
    const { changes, lastInsertRowid } = statement.prepared.run(...parameters)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  *iterate<Row>(query: CompiledQuery): Generator<QueryResult<Row>> {
    const statement = this.#database.prepare(query.sql)
    for (const row of statement.iterate(...(query.parameters as readonly SQLInputValue[]))) {
      yield { rows: withPrototype<Row>([row]) }
    }
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const prepared = this.#database.prepare(sql)
    const statement = { prepared, returnsRows: prepared.columns().length > 0 }
    if (cacheable.test(sql)) {
      const [oldest] = this.#statements.keys()
      if (oldest !== undefined && this.#statements.size >= cacheSize) this.#statements.delete(oldest)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

function runForEachRow(prepared: StatementSync, { parameterRows }: RowsQuery): QueryResult<number> {
  return { rows: parameterRows.map((row) => Number(prepared.run(...row).changes)) }
}

interface Statement {
  readonly prepared: StatementSync
  readonly returnsRows: boolean
}

const cacheSize = 500
const cacheable = /^\s*(select|insert|update|delete|with|begin|commit|rollback)\b/i

/** node:sqlite makes rows without a prototype; PostgreSQL's have one, and rows must be alike. */
function withPrototype<Row>(rows: object[]): Row[] {
  for (const row of rows) Object.setPrototypeOf(row, Object.prototype)
  return rows as Row[]
}

/**
 * Runs `attempt` until the file is not locked by another process. SQLite's own waiting would stop the event loop, and
 * every stream with it, for as long as the other holds the lock.
 */
export async function whenNotBusy<T>(attempt: () => T, busyTimeoutMs: number): Promise<T> {
  const giveUpAt = performance.now() + busyTimeoutMs
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= giveUpAt) throw error
    }
    await delay(pauseMs)
  }
}

/** SQLITE_BUSY is 5; the low byte of an extended code is its basic code. https://sqlite.org/rescode.html */
export function isBusy(error: unknown): boolean {
  return tryResultCode(error) === 5
}

/** SQLite's own, without what extends it. */
export function tryResultCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined
  return error.errcode & 0xff
}
