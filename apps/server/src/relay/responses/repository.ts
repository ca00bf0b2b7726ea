import { type Insertable, type Selectable, sql } from 'kysely'
import { chunksOf } from '../../store/chunks.ts'
import { kindOf } from '../../store/kind-of.ts'
import type { Connection } from '../../store/store.ts'
import type { StoredResponseTable } from '../../store/tables.ts'

export type StoredResponseRow = Selectable<StoredResponseTable>

/** What a key may see now. */
export interface Scope {
  readonly keyId: string
  readonly now: number
}

/** One that was answered again from the cache lives longer. */
export async function insertResponse(row: Insertable<StoredResponseTable>, connection: Connection): Promise<void> {
  await connection
    .insertInto('stored_response')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['key_id', 'id']).doUpdateSet((set) => ({ expires_at: set.ref('excluded.expires_at') })),
    )
    .execute()
}

/** An item that was handed back and stored again is found where it was last. */
export async function insertItems(
  items: readonly { readonly key_id: string; readonly item_id: string; readonly response_id: string }[],
  connection: Connection,
): Promise<void> {
  for (const some of chunksOf(items))
    await connection
      .insertInto('stored_response_item')
      .values(some)
      .onConflict((conflict) =>
        conflict
          .columns(['key_id', 'item_id'])
          .doUpdateSet((set) => ({ response_id: set.ref('excluded.response_id') })),
      )
      .execute()
}

export async function tryResponse(
  id: string,
  { keyId, now }: Scope,
  connection: Connection,
): Promise<StoredResponseRow | undefined> {
  return await connection
    .selectFrom('stored_response')
    .selectAll()
    .where('key_id', '=', keyId)
    .where('id', '=', id)
    .where('expires_at', '>', now)
    .executeTakeFirst()
}

/** The response and those it goes on from, newest first. */
export async function chainOf(id: string, { keyId, now }: Scope, connection: Connection): Promise<StoredResponseRow[]> {
  return await connection
    .withRecursive('chain', (query) =>
      query
        .selectFrom('stored_response')
        .selectAll()
        .where('key_id', '=', keyId)
        .where('id', '=', id)
        .where('expires_at', '>', now)
        .unionAll(
          query
            .selectFrom('stored_response as earlier')
            .innerJoin('chain', (join) =>
              join.onRef('earlier.key_id', '=', 'chain.key_id').onRef('earlier.id', '=', 'chain.previous_id'),
            )
            .where('earlier.expires_at', '>', now)
            .selectAll('earlier'),
        ),
    )
    .selectFrom('chain')
    .selectAll()
    .execute()
}

/** Which responses have these items, by item. */
export async function responsesOfItems(
  itemIds: readonly string[],
  { keyId }: Scope,
  connection: Connection,
): Promise<Map<string, string>> {
  if (itemIds.length === 0) return new Map()
  // As one value, however many they are, and each found by its own key: of a long list PostgreSQL may read all the key's rows.
  const given =
    kindOf(connection) === 'sqlite'
      ? sql<string>`(select value from json_each(${JSON.stringify(itemIds)}))`
      : sql<string>`(select unnest(${[...itemIds]}::text[]))`
  const rows = await connection
    .selectFrom('stored_response_item')
    .select(['item_id', 'response_id'])
    .where('key_id', '=', keyId)
    .where('item_id', 'in', given)
    .execute()
  return new Map(rows.map(({ item_id, response_id }) => [item_id, response_id]))
}

export async function prolongResponses(
  ids: readonly string[],
  { keyId, expiresAt }: { readonly keyId: string; readonly expiresAt: number },
  connection: Connection,
): Promise<void> {
  for (const some of chunksOf(ids))
    await connection
      .updateTable('stored_response')
      .set({ expires_at: expiresAt })
      .where('key_id', '=', keyId)
      .where('id', 'in', some)
      .execute()
}

/** A step through all of them, in the order of their keys. */
export async function responsesAfter(
  { keyId, id }: { readonly keyId: string; readonly id: string },
  limit: number,
  connection: Connection,
): Promise<StoredResponseRow[]> {
  return await connection
    .selectFrom('stored_response')
    .selectAll()
    .where((builder) => builder(builder.refTuple('key_id', 'id'), '>', builder.tuple(keyId, id)))
    .orderBy('key_id')
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** False: it has changed meanwhile. */
export async function replaceContent(
  { keyId, id, before, after }: { keyId: string; id: string; before: string; after: string },
  connection: Connection,
): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    update stored_response set content = ${after} where key_id = ${keyId} and id = ${id} and content = ${before}
  `.execute(connection)
  return numAffectedRows > 0n
}

export async function deleteResponse(id: string, keyId: string, connection: Connection): Promise<void> {
  await connection.deleteFrom('stored_response').where('key_id', '=', keyId).where('id', '=', id).execute()
}

export async function deleteExpired(now: number, connection: Connection): Promise<number> {
  const { numDeletedRows } = await connection
    .deleteFrom('stored_response')
    .where('expires_at', '<=', now)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
