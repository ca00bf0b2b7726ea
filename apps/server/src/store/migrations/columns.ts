import { type CreateTableBuilder, type Kysely, sql } from 'kysely'
import type { DatabaseKind } from './migration.ts'

interface TableOptions {
  /** SQLite keeps the rows in the primary key's own tree: for narrow rows that are found by it. */
  isKeyed?: boolean
}

/**
 * The column types that mean the same on both databases. Text is compared byte by byte, as SQLite does, so that lists
 * come in the same order everywhere; integers have 64 bits; SQLite's tables are strict, as PostgreSQL's always are.
 */
export function createColumns(database: Kysely<unknown>, kind: DatabaseKind) {
  const isSqlite = kind === 'sqlite'
  return {
    text: isSqlite ? sql`text` : sql`text collate "C"`,
    integer: isSqlite ? sql`integer` : sql`bigint`,
    bytes: isSqlite ? sql`blob` : sql`bytea`,
    /** Begins a table; end it with `execute()`. */
    table: (name: string, options: TableOptions = {}): CreateTableBuilder<string> => {
      const table = database.schema.createTable(name)
      if (!isSqlite) return table
      return table.modifyEnd(options.isKeyed === true ? sql`strict, without rowid` : sql`strict`)
    },
  }
}
