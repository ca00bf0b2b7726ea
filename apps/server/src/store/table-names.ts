import { type QueryExecutorProvider, sql } from 'kysely'
import type { DatabaseKind } from './migrations/migration.ts'

/**
 * The tables that are ours or could be, in the order of their names: on PostgreSQL those of the schema in which the connection
 * works. Views are none, and what another program has in a schema of its own is not seen.
 */
export async function tableNames(database: QueryExecutorProvider, kind: DatabaseKind): Promise<string[]> {
  const names =
    kind === 'postgres'
      ? sql<{ name: string }>`select tablename as name from pg_tables where schemaname = current_schema() order by 1`
      : sql<{ name: string }>`
          select name from sqlite_schema where type = 'table' and name not glob 'sqlite_*' order by 1`
  return (await names.execute(database)).rows.map(({ name }) => name)
}
