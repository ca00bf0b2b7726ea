import {
  type Expression,
  type Insertable,
  type RawBuilder,
  type Selectable,
  type SqlBool,
  sql,
  type Updateable,
} from 'kysely'
import { kindOf } from '../../store/kind-of.ts'
import { databaseTime } from '../../store/node.ts'
import type { Connection } from '../../store/store.ts'
import type { ConversationTable } from '../../store/tables.ts'
import { readQuery } from '../search/query.ts'
import { conversationsWith, indexTitles } from '../search/repository.ts'

export type ConversationRow = Selectable<ConversationTable>
/** Without the version, which every change counts up, and its time, which is the database's. */
export type ConversationChanges = Omit<Updateable<ConversationTable>, 'version' | 'changed_at'>

export interface ConversationFilter {
  readonly userId: string
  readonly kind: 'personal' | 'group'
  readonly isArchived: boolean
  readonly tag?: string | undefined
  readonly folder?: string | undefined
  /** Part of the title, or words of a message. */
  readonly text?: string | undefined
}

/** In a transaction: it can be found from then on. */
export async function insertConversation(row: Insertable<ConversationTable>, connection: Connection): Promise<void> {
  await connection
    .insertInto('conversation')
    .values({ ...row, changed_at: timeIn(connection) })
    .execute()
  await indexTitles([row.id], connection)
}

export async function tryConversation(id: string, connection: Connection): Promise<ConversationRow | undefined> {
  return await connection.selectFrom('conversation').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function conversationsIn(ids: readonly string[], connection: Connection): Promise<ConversationRow[]> {
  if (ids.length === 0) return []
  return await connection.selectFrom('conversation').selectAll().where('id', 'in', ids).execute()
}

/** A person's conversations in the order of their ids. */
export async function conversationIdsAfter(
  range: { userId: string; after: string; limit: number },
  connection: Connection,
): Promise<string[]> {
  const rows = await connection
    .selectFrom('conversation')
    .select('id')
    .where('user_id', '=', range.userId)
    .where('id', '>', range.after)
    .orderBy('id')
    .limit(range.limit)
    .execute()
  return rows.map((row) => row.id)
}

/** The conversation, held until the transaction ends: nobody else changes it meanwhile. */
export async function tryLockConversation(
  id: string,
  kind: 'sqlite' | 'postgres',
  connection: Connection,
): Promise<ConversationRow | undefined> {
  // A transaction on SQLite holds the whole database; there is no such clause there. Rows that refer to the conversation
  // can be written meanwhile: a run's log does not wait.
  return await connection
    .selectFrom('conversation')
    .selectAll()
    .where('id', '=', id)
    .$if(kind === 'postgres', (query) => query.forNoKeyUpdate())
    .executeTakeFirst()
}

/** Pinned ones in their order, then the others, newest first. */
export async function listConversations(
  filter: ConversationFilter & { offset: number; limit: number },
  connection: Connection,
): Promise<ConversationRow[]> {
  return await connection
    .selectFrom('conversation')
    .selectAll()
    .where(matching(filter, connection))
    .orderBy('pin_rank', 'desc')
    .orderBy('updated_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit)
    .offset(filter.offset)
    .execute()
}

export async function countConversations(filter: ConversationFilter, connection: Connection): Promise<number> {
  const { count } = await connection
    .selectFrom('conversation')
    .select((query) => query.fn.countAll<number>().as('count'))
    .where(matching(filter, connection))
    .executeTakeFirstOrThrow()
  return Number(count)
}

function matching(
  { userId, kind, isArchived, tag, folder, text }: ConversationFilter,
  connection: Connection,
): Expression<SqlBool> {
  const tagged = sql<SqlBool>`exists (select 1 from conversation_tag
    where conversation_tag.conversation_id = conversation.id and conversation_tag.tag = ${tag})`
  const named = sql<SqlBool>`lower(conversation.title) like ${`%${escapeLike(text ?? '')}%`} escape '!'`
  const terms = readQuery(text ?? '')
  const found =
    terms.length === 0 ? named : sql`(${named} or conversation.id in ${conversationsWith(userId, terms, connection)})`
  return sql<SqlBool>`conversation.user_id = ${userId} and conversation.kind = ${kind}
    and conversation.is_archived = ${isArchived ? 1 : 0} and conversation.is_temporary = 0
    ${folder === undefined ? sql`` : sql`and conversation.folder = ${folder}`}
    ${tag === undefined ? sql`` : sql`and ${tagged}`} ${text === undefined ? sql`` : sql`and ${found}`}`
}

function escapeLike(text: string): string {
  return text.toLowerCase().replace(/[!%_]/g, (character) => `!${character}`)
}

export async function updateConversation(
  id: string,
  changes: ConversationChanges,
  connection: Connection,
): Promise<void> {
  await connection
    .updateTable('conversation')
    .set((columns) => ({ ...changes, version: columns('version', '+', 1), changed_at: timeIn(connection) }))
    .where('id', '=', id)
    .execute()
  if (changes.title !== undefined) await indexTitles([id], connection)
}

/** The order of what a person has pinned: the first has the highest rank. */
export async function pinnedIds(userId: string, connection: Connection): Promise<string[]> {
  const rows = await connection
    .selectFrom('conversation')
    .select('id')
    .where('user_id', '=', userId)
    .where('pin_rank', '>', 0)
    .orderBy('pin_rank', 'desc')
    .orderBy('updated_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  return rows.map((row) => row.id)
}

export async function highestPinRank(userId: string, connection: Connection): Promise<number> {
  const { highest } = await connection
    .selectFrom('conversation')
    .select((query) => query.fn.max('pin_rank').as('highest'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(highest ?? 0)
}

/** Where it stands is no change that another tab could be in conflict with. */
export async function rankPin(id: string, rank: number, connection: Connection): Promise<void> {
  await connection
    .updateTable('conversation')
    .set({ pin_rank: rank, changed_at: timeIn(connection) })
    .where('id', '=', id)
    .where('pin_rank', '!=', rank)
    .execute()
}

/** Says that something was said in it. Not a change that another tab could be in conflict with. */
export async function touchConversation(id: string, now: number, connection: Connection): Promise<void> {
  await connection
    .updateTable('conversation')
    .set({ updated_at: now, changed_at: timeIn(connection) })
    .where('id', '=', id)
    .execute()
}

/** Says that something in it has changed. It is no newer for that, and no other tab is in conflict with it. */
export async function markChanged(id: string, connection: Connection): Promise<void> {
  await connection
    .updateTable('conversation')
    .set({ changed_at: timeIn(connection) })
    .where('id', '=', id)
    .execute()
}

/** Shows what follows the end of the branch that is shown; another branch stays. */
export async function followLeaf(
  id: string,
  { after, to }: { after: string | null; to: string },
  connection: Connection,
): Promise<void> {
  await connection
    .updateTable('conversation')
    .set((columns) => ({ active_leaf_id: to, version: columns('version', '+', 1), changed_at: timeIn(connection) }))
    .where('id', '=', id)
    .where('active_leaf_id', after === null ? 'is' : '=', after)
    .execute()
}

/** Gives a conversation its title from a reply, unless it has one already; whether it had none. */
export async function titleFromReply(id: string, title: string, connection: Connection): Promise<boolean> {
  return await retitle(id, { title, from: 'default', to: 'reply' }, connection)
}

/** Gives it a better one than its first words; false when it has another by now. */
export async function titleFromModel(id: string, title: string, connection: Connection): Promise<boolean> {
  return await retitle(id, { title, from: 'reply', to: 'model' }, connection)
}

type TitleSource = ConversationRow['title_source']

/** Not a change that somebody could be in conflict with: nobody typed the one or the other. */
async function retitle(
  id: string,
  { title, from, to }: { title: string; from: TitleSource; to: TitleSource },
  connection: Connection,
): Promise<boolean> {
  const { numUpdatedRows } = await connection
    .updateTable('conversation')
    .set({ title, title_source: to, changed_at: timeIn(connection) })
    .where('id', '=', id)
    .where('title_source', '=', from)
    .executeTakeFirst()
  if (numUpdatedRows > 0n) await indexTitles([id], connection)
  return numUpdatedRows > 0n
}

/** The present of the database's clock, which is one for all nodes. */
export function timeIn(connection: Connection): RawBuilder<number> {
  return databaseTime(kindOf(connection))
}

/** A person's folders, in alphabetical order. */
export async function foldersOfUser(
  userId: string,
  connection: Connection,
): Promise<{ name: string; conversations: number }[]> {
  const rows = await connection
    .selectFrom('conversation')
    .select((query) => ['folder', query.fn.countAll<number>().as('conversations')])
    .where('user_id', '=', userId)
    .where('folder', 'is not', null)
    .groupBy('folder')
    .orderBy('folder')
    .execute()
  return rows.map(({ folder, conversations }) => ({ name: folder ?? '', conversations: Number(conversations) }))
}

export async function deleteConversation(id: string, connection: Connection): Promise<void> {
  await connection.deleteFrom('conversation').where('id', '=', id).execute()
}

export async function replaceTags(id: string, tags: readonly string[], connection: Connection): Promise<void> {
  await connection.deleteFrom('conversation_tag').where('conversation_id', '=', id).execute()
  if (tags.length === 0) return
  await connection
    .insertInto('conversation_tag')
    .values(tags.map((tag) => ({ conversation_id: id, tag })))
    .execute()
}

/** The tags of each of these conversations, in alphabetical order. */
export async function tagsOf(ids: readonly string[], connection: Connection): Promise<Map<string, string[]>> {
  const tags = new Map<string, string[]>(ids.map((id) => [id, []]))
  if (ids.length === 0) return tags
  const rows = await connection
    .selectFrom('conversation_tag')
    .select(['conversation_id', 'tag'])
    .where('conversation_id', 'in', ids)
    .orderBy('tag')
    .execute()
  for (const { conversation_id: id, tag } of rows) tags.get(id)?.push(tag)
  return tags
}

/** Every tag that a person uses, in alphabetical order. */
export async function tagsOfUser(userId: string, connection: Connection): Promise<string[]> {
  const rows = await connection
    .selectFrom('conversation_tag')
    .innerJoin('conversation', 'conversation.id', 'conversation_tag.conversation_id')
    .select('conversation_tag.tag')
    .distinct()
    .where('conversation.user_id', '=', userId)
    .orderBy('conversation_tag.tag')
    .execute()
  return rows.map(({ tag }) => tag)
}
