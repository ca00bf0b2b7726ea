/**
 * Copies everything from one database into another, of whichever kind each of them is.
 *
 * Guarantees: the copy is of one moment; every table has as many rows as it had, and what they refer to is there, or
 * nothing was copied; a target that somebody has used is refused.
 *
 * Tables and columns are asked of the databases, so that those of later migrations are copied too. No table counts its rows
 * by itself (ids are made by the server): there are no sequences to set.
 */
import { type Kysely, sql, type Transaction } from 'kysely'
import { textOf } from './backup.ts'
import type { Store } from './store.ts'
import { tableNames } from './table-names.ts'

export interface MoveProgress {
  readonly table: string
  readonly rows: number
  readonly of: number
}

/** Why nothing was copied, for the person who asked for it. */
export class MoveError extends Error {
  override readonly name = 'MoveError'
}

/** Each database has the words of its own search in it: the index is made anew from what was copied. */
const madeAnew = /^search_/
/** What has been done to each database is written in it. */
const migrators = /^kysely_/
/** With no rows in them, a database holds what migrations and a first start put there, and nothing of anybody's. */
const usedWith = ['user', 'usage_record'] as const
/** Rows that are written together; the pieces of files are the widest, 200 KB. */
const batchSize = 100
const tellEvery = 10_000

interface Row {
  readonly [column: string]: unknown
}
interface AnyTables {
  readonly [table: string]: Row
}
interface End {
  readonly kind: Store['kind']
  readonly on: Transaction<AnyTables>
}

/** Gives how many rows each table has. Throws MoveError. */
export async function moveStore(
  from: Store,
  to: Store,
  tell: (progress: MoveProgress) => void,
): Promise<{ readonly [table: string]: number }> {
  const tables = await tablesOf(from)
  // Not `from.transaction`: inside of that no other could be begun, and these two wait for nothing of each other's.
  const reading = from.database.transaction().setIsolationLevel('repeatable read')
  return await reading.execute((source) =>
    to.transaction((target) =>
      copyAll(tables, { from: endOf(from, source), to: endOf(to, target) }, tell).catch((cause: unknown) => {
        throw cause instanceof MoveError ? cause : new MoveError(`Nothing was moved: ${textOf(cause)}`, { cause })
      }),
    ),
  )
}

/** In the order of their names. */
export async function tablesOf({ database, kind }: Store): Promise<string[]> {
  return (await tableNames(database, kind)).filter((name) => !madeAnew.test(name) && !migrators.test(name))
}

function endOf({ kind }: Store, transaction: unknown): End {
  return { kind, on: transaction as Transaction<AnyTables> }
}

interface Ends {
  readonly from: End
  readonly to: End
}

async function copyAll(tables: readonly string[], ends: Ends, tell: (progress: MoveProgress) => void) {
  const { to } = ends
  for (const table of usedWith) {
    if ((await countOf(table, to)) === 0) continue
    throw new MoveError(`The new database is in use already: there are rows in ${table}. Make an empty one.`)
  }
  const moved: { [table: string]: number } = {}
  await withoutReferences(to, async () => {
    for (const table of tables) await to.on.deleteFrom(table).execute()
    for (const table of tables) moved[table] = await copyTable(table, ends, tell)
  })
  return moved
}

async function copyTable(table: string, { from, to }: Ends, tell: (progress: MoveProgress) => void): Promise<number> {
  const of = await countOf(table, from)
  let rows = 0
  for await (const batch of batchesOf(table, from)) {
    await to.on
      .insertInto(table)
      .values(to.kind === 'postgres' ? batch.map(withoutNul) : batch)
      .execute()
    rows += batch.length
    if (rows % tellEvery === 0 && rows < of) tell({ table, rows, of })
  }
  const written = await countOf(table, to)
  if (rows !== of || written !== of)
    throw new MoveError(`Nothing was moved: ${table} has ${of} rows, of which ${written} arrived.`)
  if (of > 0) tell({ table, rows, of })
  return rows
}

async function countOf(table: string, { on }: End): Promise<number> {
  const { count } = await on
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

async function* batchesOf(table: string, { kind, on }: End): AsyncGenerator<Row[], void, void> {
  if (kind === 'postgres') return yield* fetched(table, on)
  let batch: Row[] = []
  for await (const row of on.selectFrom(table).selectAll().stream()) {
    batch.push(row)
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** By PostgreSQL's own cursor: the driver would keep the whole table in memory. */
async function* fetched(table: string, on: Kysely<AnyTables>): AsyncGenerator<Row[], void, void> {
  await sql`declare moving no scroll cursor for select * from ${sql.table(table)}`.execute(on)
  for (;;) {
    const { rows } = await sql<Row>`fetch ${sql.lit(batchSize)} from moving`.execute(on)
    if (rows.length === 0) break
    yield rows
  }
  await sql`close moving`.execute(on)
}

/** It means nothing in text, and PostgreSQL cannot store it. */
function withoutNul(row: Row): Row {
  const isPlain = Object.values(row).every((value) => typeof value !== 'string' || !value.includes('\0'))
  if (isPlain) return row
  const entries = Object.entries(row)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? value.replaceAll('\0', '') : value]),
  )
}

interface Reference {
  readonly table: string
  readonly name: string
  readonly definition: string
}

/**
 * Rows of one table may refer to one another (messages do) and come in any order: whether what they refer to is there is
 * looked at once they all are. On PostgreSQL that also costs a fraction of a look for each row.
 */
async function withoutReferences({ kind, on }: End, work: () => Promise<void>): Promise<void> {
  if (kind === 'sqlite') {
    // Until the transaction's end, which fails if something is missing.
    await sql`pragma defer_foreign_keys = on`.execute(on)
    return work()
  }
  const { rows: references } = await sql<Reference>`
    select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace`.execute(on)
  for (const { table, name } of references)
    await sql`alter table ${sql.raw(table)} drop constraint ${sql.raw(name)}`.execute(on)
  await work()
  for (const { table, name, definition } of references)
    await sql`alter table ${sql.raw(table)} add constraint ${sql.raw(name)} ${sql.raw(definition)}`.execute(on)
}
