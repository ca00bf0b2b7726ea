import type { SQLInputValue } from 'node:sqlite'
import { CompiledQuery } from 'kysely'

/**
 * One statement that SQLite runs once for each row of parameters: on the hot path the way through Kysely costs more than
 * the statement. The result's `rows` are the numbers of rows that each run changed. PostgreSQL does not know it: there
 * arrays do the same in one round trip.
 */
export interface RowsQuery extends CompiledQuery<number> {
  readonly parameterRows: readonly (readonly SQLInputValue[])[]
}

export function createRowsQuery(sql: string, parameterRows: RowsQuery['parameterRows']): RowsQuery {
  return { ...CompiledQuery.raw(sql), parameterRows }
}

export function isRowsQuery(query: CompiledQuery): query is RowsQuery {
  return 'parameterRows' in query
}
