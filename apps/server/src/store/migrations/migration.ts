import type { Kysely } from 'kysely'

export type DatabaseKind = 'sqlite' | 'postgres'

/** One step of the schema. `down` takes back exactly what `up` did. */
export interface SchemaMigration {
  up(database: Kysely<unknown>, kind: DatabaseKind): Promise<void>
  down(database: Kysely<unknown>, kind: DatabaseKind): Promise<void>
}
