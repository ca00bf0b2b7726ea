import { type Insertable, sql } from 'kysely'
import type { Connection } from '../../store/store.ts'
import type { CachedReplyTable } from '../../store/tables.ts'

export interface FreshQuery {
  readonly name: string
  readonly now: number
  /** Not older than this. */
  readonly since: number
}

export async function tryFresh({ name, now, since }: FreshQuery, connection: Connection): Promise<string | undefined> {
  const row = await connection
    .selectFrom('cached_reply')
    .select('content')
    .where('name', '=', name)
    .where('expires_at', '>', now)
    .where('created_at', '>', since)
    .executeTakeFirst()
  return row?.content
}

export async function upsertReply(row: Insertable<CachedReplyTable>, connection: Connection): Promise<void> {
  await connection
    .insertInto('cached_reply')
    .values(row)
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((set) => ({
        content: set.ref('excluded.content'),
        size: set.ref('excluded.size'),
        created_at: set.ref('excluded.created_at'),
        expires_at: set.ref('excluded.expires_at'),
      })),
    )
    .execute()
}

/** Those whose time is over; then, of the others, the oldest, until what is left fits. */
export async function shrink(
  { now, maxBytes }: { readonly now: number; readonly maxBytes: number },
  connection: Connection,
): Promise<void> {
  await connection.deleteFrom('cached_reply').where('expires_at', '<=', now).execute()
  const sizes = connection
    .selectFrom('cached_reply')
    .select([
      'name',
      sql<number>`sum(size) over (order by created_at desc, name rows unbounded preceding)`.as('size_up_to'),
    ])
    .as('sizes')
  await connection
    .deleteFrom('cached_reply')
    .where('name', 'in', (builder) => builder.selectFrom(sizes).select('name').where('size_up_to', '>', maxBytes))
    .execute()
}

export async function deleteCachedReplies(connection: Connection): Promise<number> {
  const { numDeletedRows } = await connection.deleteFrom('cached_reply').executeTakeFirst()
  return Number(numDeletedRows)
}
