import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Connection } from '../../store/store.ts'
import type { MessageTable } from '../../store/tables.ts'

export type MessageRow = Selectable<MessageTable>
export type NewMessage = Insertable<MessageTable>

export async function insertMessage(message: NewMessage, connection: Connection): Promise<void> {
  await connection.insertInto('message').values(message).execute()
}

export async function updateMessage(
  id: string,
  values: Updateable<MessageTable>,
  connection: Connection,
): Promise<void> {
  await connection.updateTable('message').set(values).where('id', '=', id).execute()
}

export async function tryMessage(id: string, connection: Connection): Promise<MessageRow | undefined> {
  return await connection.selectFrom('message').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function tryMessageOfClient(
  key: { conversationId: string; clientMessageId: string },
  connection: Connection,
): Promise<MessageRow | undefined> {
  return await connection
    .selectFrom('message')
    .selectAll()
    .where('conversation_id', '=', key.conversationId)
    .where('client_message_id', '=', key.clientMessageId)
    .executeTakeFirst()
}

/** The messages from the root to `leafId`, oldest first; a part of them when `limit` is given, counted from the root. */
export async function messagesOnPath(
  path: { leafId: string; offset?: number; limit?: number },
  connection: Connection,
): Promise<MessageRow[]> {
  return await connection
    .withRecursive('path(id, parent_id, distance)', (recursive) =>
      recursive
        .selectFrom('message')
        .select(['id', 'parent_id', sql<number>`0`.as('distance')])
        .where('id', '=', path.leafId)
        .unionAll(
          recursive
            .selectFrom('path')
            .innerJoin('message', 'message.id', 'path.parent_id')
            .select(['message.id', 'message.parent_id', sql<number>`path.distance + 1`.as('distance')]),
        ),
    )
    .selectFrom('path')
    .innerJoin('message', 'message.id', 'path.id')
    .selectAll('message')
    .orderBy('path.distance', 'desc')
    .$if(path.limit !== undefined, (query) => query.limit(path.limit ?? 0).offset(path.offset ?? 0))
    .execute()
}

export async function countMessagesOnPath(leafId: string, connection: Connection): Promise<number> {
  const { count } = await connection
    .withRecursive('path(id, parent_id)', (recursive) =>
      recursive
        .selectFrom('message')
        .select(['id', 'parent_id'])
        .where('id', '=', leafId)
        .unionAll(
          recursive
            .selectFrom('path')
            .innerJoin('message', 'message.id', 'path.parent_id')
            .select(['message.id', 'message.parent_id']),
        ),
    )
    .selectFrom('path')
    .select((query) => query.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** The end of the newest branch below a message: itself when nothing follows it. */
export async function newestLeafBelow(id: string, connection: Connection): Promise<string> {
  const newestChild = sql<string>`(select max(child.id) from message as child where child.parent_id = branch.id)`
  const { id: leafId } = await connection
    .withRecursive('branch(id, distance)', (recursive) =>
      recursive
        .selectFrom('message')
        .select(['id', sql<number>`0`.as('distance')])
        .where('id', '=', id)
        .unionAll(
          recursive
            .selectFrom('branch')
            .innerJoin('message', (join) => join.on('message.id', '=', newestChild))
            .select(['message.id', sql<number>`branch.distance + 1`.as('distance')]),
        ),
    )
    .selectFrom('branch')
    .select('id')
    .orderBy('distance', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  return leafId
}

/** Every message that has others beside it, with what they all follow; roots also where there is only one. */
export async function branchings(
  conversationId: string,
  connection: Connection,
): Promise<{ id: string; parent_id: string | null }[]> {
  return await connection
    .selectFrom('message')
    .select(['id', 'parent_id'])
    .where('conversation_id', '=', conversationId)
    .where((where) =>
      where.or([
        where('parent_id', 'is', null),
        where('parent_id', 'in', (query) =>
          query
            .selectFrom('message as sibling')
            .select('sibling.parent_id')
            .where('sibling.conversation_id', '=', conversationId)
            .groupBy('sibling.parent_id')
            .having((having) => having.fn.countAll(), '>', 1),
        ),
      ]),
    )
    .orderBy('id')
    .execute()
}

/** Deletes a message with all that follows it, on every branch; their ids. */
export async function deleteBranch(id: string, connection: Connection): Promise<string[]> {
  const rows = await connection
    .withRecursive('branch(id)', (recursive) =>
      recursive
        .selectFrom('message')
        .select('id')
        .where('id', '=', id)
        .unionAll(
          recursive.selectFrom('branch').innerJoin('message', 'message.parent_id', 'branch.id').select('message.id'),
        ),
    )
    .deleteFrom('message')
    .where('id', 'in', (query) => query.selectFrom('branch').select('branch.id'))
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}

/** The newest message that follows `parentId`; of those that begin a conversation when it is null. */
export async function newestChildOf(
  place: { conversationId: string; parentId: string | null },
  connection: Connection,
): Promise<string | undefined> {
  const row = await connection
    .selectFrom('message')
    .select('id')
    .where('conversation_id', '=', place.conversationId)
    .where('parent_id', place.parentId === null ? 'is' : '=', place.parentId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

/** The tokens of all replies in a conversation. */
export async function sumOfTokens(
  conversationId: string,
  connection: Connection,
): Promise<{ input: number; output: number }> {
  const { input, output } = await connection
    .selectFrom('message')
    .select((query) => [query.fn.sum('input_tokens').as('input'), query.fn.sum('output_tokens').as('output')])
    .where('conversation_id', '=', conversationId)
    .executeTakeFirstOrThrow()
  return { input: Number(input ?? 0), output: Number(output ?? 0) }
}

/** The newest reply that has ended. */
export async function lastReply(conversationId: string, connection: Connection): Promise<MessageRow | undefined> {
  return await connection
    .selectFrom('message')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .where('sender_type', '=', 'bot')
    .where('status', '!=', 'running')
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}
