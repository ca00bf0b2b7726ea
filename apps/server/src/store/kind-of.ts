import { SqliteAdapter } from 'kysely'
import type { Connection, Store } from './store.ts'

/** Which database a connection leads to, for statements that the two say differently. */
export function kindOf(connection: Connection): Store['kind'] {
  return connection.getExecutor().adapter instanceof SqliteAdapter ? 'sqlite' : 'postgres'
}
