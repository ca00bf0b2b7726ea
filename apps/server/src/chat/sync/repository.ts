import { sql } from 'kysely'
import type { Connection } from '../../store/store.ts'
import { timeIn } from '../conversations/repository.ts'

/** That a conversation has changed, or was deleted, at this time of the database's clock. */
export interface Change {
  readonly at: number
  readonly id: string
  readonly is_deleted: 0 | 1
}

/** Milliseconds since 1970. */
export async function databaseTime(connection: Connection): Promise<number> {
  const { rows } = await sql<{ now: number }>`select ${timeIn(connection)} as now`.execute(connection)
  return rows[0]?.now ?? 0
}

/** What comes after a place in the order of a person's changes: of each conversation its last one. */
export async function changesAfter(
  { userId, at, id, limit }: { userId: string; at: number; id: string; limit: number },
  connection: Connection,
): Promise<Change[]> {
  const changed = connection
    .selectFrom('conversation')
    .select(['changed_at as at', 'id', sql<0 | 1>`0`.as('is_deleted')])
    .where('user_id', '=', userId)
    .where('is_temporary', '=', 0)
    .where((query) => query(query.refTuple('changed_at', 'id'), '>', query.tuple(at, id)))
    .orderBy('at')
    .orderBy('id')
    .limit(limit)
  const deleted = connection
    .selectFrom('deletion')
    .select(['deleted_at as at', 'conversation_id as id', sql<0 | 1>`1`.as('is_deleted')])
    .where('user_id', '=', userId)
    .where('message_id', 'is', null)
    .where((query) => query(query.refTuple('deleted_at', 'conversation_id'), '>', query.tuple(at, id)))
    .orderBy('at')
    .orderBy('id')
    .limit(limit)
  return await connection
    .selectFrom(changed.as('changed'))
    .selectAll()
    .unionAll(connection.selectFrom(deleted.as('deleted')).selectAll())
    .orderBy('at')
    .orderBy('id')
    .limit(limit)
    .execute()
}
