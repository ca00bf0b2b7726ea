import type { Connection } from '../../store/store.ts'

/** Conversations in which nothing was said since then. */
export interface Expired {
  readonly isTemporary: boolean
  readonly before: number
  readonly userId?: string
}

/** Never those that are pinned. */
export async function expiredConversations(
  { isTemporary, before, userId }: Expired,
  limit: number,
  connection: Connection,
): Promise<{ id: string; user_id: string }[]> {
  return await connection
    .selectFrom('conversation')
    .select(['id', 'user_id'])
    .where('updated_at', '<', before)
    .where('pin_rank', '=', 0)
    .where('is_temporary', '=', isTemporary ? 1 : 0)
    .$if(userId !== undefined, (query) => query.where('user_id', '=', userId ?? ''))
    .limit(limit)
    .execute()
}
