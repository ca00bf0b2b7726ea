import type { Insertable, Selectable, Updateable } from 'kysely'
import { chunksOf } from '../../store/chunks.ts'
import type { Connection } from '../../store/store.ts'
import type { MessageTable } from '../../store/tables.ts'
import { linkToMessages } from '../attachments/repository.ts'
import { indexMessages } from '../search/repository.ts'
import { MessageTree } from './message-tree.ts'

export type MessageRow = Selectable<MessageTable>
export type NewMessage = Insertable<MessageTable>

/** In a transaction: what it says can be found from then on. */
export async function insertMessage(message: NewMessage, connection: Connection): Promise<void> {
  await connection.insertInto('message').values(message).execute()
  await indexNew([message], connection)
}

/** Many at once, in a transaction; each message comes before what follows it. */
export async function insertMessages(messages: readonly NewMessage[], connection: Connection): Promise<void> {
  for (let at = 0; at < messages.length; at += insertLength) {
    const some = messages.slice(at, at + insertLength)
    await connection.insertInto('message').values(some).execute()
    await indexNew(some, connection)
  }
}

async function indexNew(messages: readonly NewMessage[], connection: Connection): Promise<void> {
  await linkToMessages(messages, connection)
  const said = messages.filter(({ content, attachments_json: files }) => content !== '' || Boolean(files))
  await indexMessages(
    said.map(({ id }) => id),
    connection,
  )
}

export async function updateMessage(
  id: string,
  values: Updateable<MessageTable>,
  connection: Connection,
): Promise<void> {
  await connection.updateTable('message').set(values).where('id', '=', id).execute()
  if (values.content !== undefined) await indexMessages([id], connection)
}

export async function tryMessage(id: string, connection: Connection): Promise<MessageRow | undefined> {
  return await connection.selectFrom('message').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function rateMessage(id: string, rating: number | null, connection: Connection): Promise<void> {
  await connection.updateTable('message').set({ rating }).where('id', '=', id).execute()
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

/** The shape of a conversation. */
export async function loadTree(conversationId: string, connection: Connection): Promise<MessageTree> {
  const places = await connection
    .selectFrom('message')
    .select(['id', 'parent_id'])
    .where('conversation_id', '=', conversationId)
    .execute()
  return new MessageTree(places)
}

/** Messages in the order of their ids as given; those that are gone are left out. */
export async function messagesInOrder(ids: readonly string[], connection: Connection): Promise<MessageRow[]> {
  const found = new Map<string, MessageRow>()
  for (const some of chunksOf(ids)) {
    const rows = await connection.selectFrom('message').selectAll().where('id', 'in', some).execute()
    for (const row of rows) found.set(row.id, row)
  }
  return ids.flatMap((id) => found.get(id) ?? [])
}

/** The end of the branch that ends with `leafId`, back to where its texts have so many characters; all of it if they have less. */
export async function endOfBranch(
  branch: { conversationId: string; leafId: string; characters: number },
  connection: Connection,
): Promise<{ rows: MessageRow[]; omitted: number }> {
  const path = (await loadTree(branch.conversationId, connection)).pathTo(branch.leafId)
  let rows: MessageRow[] = []
  let missing = branch.characters
  let first = path.length
  while (first > 0 && missing > 0) {
    const from = Math.max(0, first - branchStep)
    const some = await messagesInOrder(path.slice(from, first), connection)
    missing -= some.reduce((sum, row) => sum + row.content.length, 0)
    rows = [...some, ...rows]
    first = from
  }
  return { rows, omitted: first }
}

/** Deletes messages that nothing but each other follows; `ids` has each before what follows it. */
export async function deleteMessages(ids: readonly string[], connection: Connection): Promise<void> {
  for (const some of chunksOf(ids.toReversed()))
    await connection.deleteFrom('message').where('id', 'in', some).execute()
}

const branchStep = 100
/** Each has some twenty parameters. */
const insertLength = 100

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

/** What a run has written, in the order in which it was said. */
export async function repliesOfRun(
  run: { conversationId: string; runId: string },
  connection: Connection,
): Promise<MessageRow[]> {
  return await connection
    .selectFrom('message')
    .selectAll()
    .where('conversation_id', '=', run.conversationId)
    .where('run_id', '=', run.runId)
    .where('sender_type', '=', 'bot')
    .orderBy('id')
    .execute()
}
