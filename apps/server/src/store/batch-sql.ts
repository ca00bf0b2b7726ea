import { CompiledQuery, type Transaction } from 'kysely'
import { createRowsQuery } from './rows-query.ts'
import type { Store } from './store.ts'
import type { Tables } from './tables.ts'

/**
 * One statement for many rows. SQLite is quickest with a prepared statement per row inside the transaction; PostgreSQL
 * counts round trips, so there all rows go as arrays, one per column, and the statement's text is always the same.
 */
export type ColumnType = 'text' | 'bigint'
/** Name of a column and its type, in the order in which each row has its values. */
export type BatchColumns = readonly (readonly [name: string, type: ColumnType])[]
export type BatchRow = readonly (string | number | null)[]

export interface BatchStatement {
  /** Gives the first columns of the rows that were written. */
  run(rows: readonly BatchRow[], transaction: Transaction<Tables>): Promise<string[]>
}

/** `onConflict`: SQL for rows that are there. The first column is what `run` gives. */
export function createInsert(
  kind: Store['kind'],
  table: string,
  columns: BatchColumns,
  onConflict = '',
): BatchStatement {
  const names = columns.map(([name]) => name).join(', ')
  const into = `insert into ${table} (${names})`
  if (kind === 'sqlite') return eachRow(`${into} values (${columns.map(() => '?').join(', ')}) ${onConflict}`)
  return allRows(
    `${into} select ${names} from ${unnest(columns)} ${onConflict} returning ${columns[0]?.[0]} as id`,
    columns,
  )
}

export interface UpdateOptions {
  readonly kind: Store['kind']
  readonly table: string
  /** The first ones find a row, the others are set. The very first is what `run` gives. */
  readonly columns: BatchColumns
  /** How many of them find a row; 1 unless said otherwise. */
  readonly keys?: number
  /** SQL that a row must meet besides. */
  readonly where: string
  /** SQL that is set besides. */
  readonly set?: string
}

export function createUpdate({ kind, table, columns, keys = 1, where, set }: UpdateOptions): BatchStatement {
  const found = columns.slice(0, keys)
  const changed = columns.slice(keys)
  const also = set === undefined ? [] : [set]
  if (kind === 'sqlite') {
    const assignments = [...also, ...changed.map(([name], index) => `${name} = ?${keys + index + 1}`)].join(', ')
    const conditions = found.map(([name], index) => `${name} = ?${index + 1}`).join(' and ')
    return eachRow(`update ${table} set ${assignments} where ${conditions} and ${where}`)
  }
  const assignments = [...also, ...changed.map(([name]) => `${name} = given.${name}`)].join(', ')
  const conditions = found.map(([name]) => `${table}.${name} = given.${name}`).join(' and ')
  return allRows(
    `update ${table} set ${assignments} from ${unnest(columns)} where ${conditions} and ${table}.${where} returning ${table}.${columns[0]?.[0]} as id`,
    columns,
  )
}

function unnest(columns: BatchColumns): string {
  const arrays = columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')
  return `unnest(${arrays}) as given(${columns.map(([name]) => name).join(', ')})`
}

function eachRow(sql: string): BatchStatement {
  return {
    async run(rows, transaction) {
      const changes = await transaction.executeQuery(createRowsQuery(sql, rows))
      return rows.flatMap((row, index) => (changes.rows[index] === 1 ? [String(row[0])] : []))
    },
  }
}

function allRows(sql: string, columns: BatchColumns): BatchStatement {
  return {
    async run(rows, transaction) {
      const arrays = columns.map((_, index) => rows.map((row) => row[index] ?? null))
      const result = await transaction.executeQuery<{ id: string }>(CompiledQuery.raw(sql, arrays))
      return result.rows.map(({ id }) => id)
    },
  }
}
