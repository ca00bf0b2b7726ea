/** What operators ask about the database. */
import { sql } from 'kysely'
import { databaseTime } from './node.ts'
import type { Store } from './store.ts'

export interface StoreStatus {
  readonly kind: Store['kind']
  /** `SQLite 3.53.4`, `PostgreSQL 15.18`. */
  readonly version: string
  readonly bytes: number
  /** Of all programs; null: SQLite has none. */
  readonly connections: number | null
  /** Oldest first. */
  readonly migrations: readonly { readonly name: string; readonly at: string }[]
}

export interface NodeStatus {
  readonly id: string
  readonly host: string
  readonly pid: number
  readonly startedAt: number
  readonly heartbeatAt: number
}

export async function readStoreStatus({ kind, reports }: Store): Promise<StoreStatus> {
  const [{ rows: migrations }, facts] = await Promise.all([
    sql<{ name: string; at: string }>`select name, timestamp as at from kysely_migration order by name`.execute(
      reports,
    ),
    kind === 'sqlite' ? sqliteFacts(reports) : postgresFacts(reports),
  ])
  return { kind, migrations, ...facts }
}

async function sqliteFacts(reports: Store['reports']) {
  const { rows } = await sql<{ version: string; bytes: number }>`
    select sqlite_version() as version, page_count * page_size as bytes
    from pragma_page_count(), pragma_page_size()`.execute(reports)
  const [row] = rows
  return { version: `SQLite ${row?.version ?? ''}`, bytes: row?.bytes ?? 0, connections: null }
}

async function postgresFacts(reports: Store['reports']) {
  const { rows } = await sql<{ version: string; bytes: string; connections: number }>`
    select current_setting('server_version') as version, pg_database_size(current_database()) as bytes,
      (select numbackends from pg_stat_database where datname = current_database()) as connections`.execute(reports)
  const [row] = rows
  const version = `PostgreSQL ${row?.version.split(' ')[0] ?? ''}`
  return { version, bytes: Number(row?.bytes ?? 0), connections: Number(row?.connections ?? 0) }
}

/** The processes whose hearts beat, the longest running first. */
export async function listLiveNodes({ kind, database }: Store, silentForMs: number): Promise<NodeStatus[]> {
  const rows = await database
    .selectFrom('node')
    .selectAll()
    .where('stopped_at', 'is', null)
    .where('heartbeat_at', '>=', sql<number>`${databaseTime(kind)} - ${silentForMs}`)
    .orderBy('started_at')
    .execute()
  return rows.map(({ id, host, pid, started_at, heartbeat_at }) => ({
    id,
    host,
    pid,
    startedAt: started_at,
    heartbeatAt: heartbeat_at,
  }))
}
