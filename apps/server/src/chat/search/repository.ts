/**
 * The search index. It is written with what it indexes, in the same transaction, so it is never behind; documents go with
 * their message or conversation (foreign keys, and on SQLite a trigger).
 *
 * A document's words begin with marks of where it belongs: whose it is, its kind, model and conversation. So one look into
 * the index finds what one person may see, however many others there are. Marks begin with `§`, which no word has.
 */
import { randomInt } from 'node:crypto'
import { sql } from 'kysely'
import { kindOf } from '../../store/kind-of.ts'
import type { Connection } from '../../store/store.ts'
import { readAttachments } from '../attachments/attachment.ts'
import type { Term } from './query.ts'
import { wordsOf } from './words.ts'

export type DocumentKind = 'title' | 'user' | 'bot'

interface Source {
  readonly conversationId: string
  readonly messageId: string | null
  readonly at: number
  /** Comes after what was written in the same millisecond, as a reply does. */
  readonly isLater: boolean
  readonly text: string
  readonly marks: readonly string[]
}

interface Document extends Omit<Source, 'text'> {
  readonly words: readonly string[]
}

/** PostgreSQL counts no positions beyond 16,383: a longer text is several documents. */
const wordsPerDocument = 16_000
/** Several things happen in one millisecond: a number is that and any place in it, in its second half what is later. */
const placesPerMs = 2_048

/** Makes messages findable as they are now. */
export async function indexMessages(ids: readonly string[], connection: Connection): Promise<void> {
  if (ids.length === 0) return
  const rows = await connection
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select(['message.id', 'message.conversation_id', 'message.content', 'message.sender_type', 'message.model_id'])
    .select(['message.attachments_json', 'message.created_at', 'conversation.user_id'])
    .where('message.id', 'in', ids)
    .where('conversation.is_temporary', '=', 0)
    .execute()
  await connection.deleteFrom('search_document').where('message_id', 'in', ids).execute()
  const sources = rows
    .filter((row) => searchableText(row) !== '')
    .map(
      (row): Source => ({
        conversationId: row.conversation_id,
        messageId: row.id,
        at: row.created_at,
        isLater: row.sender_type === 'bot',
        text: searchableText(row),
        marks: [
          ownerMark(row.user_id),
          kindMark(row.sender_type),
          conversationMark(row.conversation_id),
          ...(row.model_id === null ? [] : [modelMark(row.model_id)]),
        ],
      }),
    )
  await insertDocuments(sources.flatMap(documentsOf), connection)
}

/** What is looked for in a message: its words, and the names of its files. */
export function searchableText(row: { readonly content: string; readonly attachments_json: string | null }): string {
  if (row.attachments_json === null) return row.content
  const names = readAttachments(row).map(({ name }) => name)
  return [...(row.content === '' ? [] : [row.content]), ...names].join('\n')
}

/** Makes titles findable as they are now. */
export async function indexTitles(conversationIds: readonly string[], connection: Connection): Promise<void> {
  if (conversationIds.length === 0) return
  const rows = await connection
    .selectFrom('conversation')
    .select(['id', 'title', 'user_id', 'created_at'])
    .where('id', 'in', conversationIds)
    .where('is_temporary', '=', 0)
    .execute()
  await connection
    .deleteFrom('search_document')
    .where('conversation_id', 'in', conversationIds)
    .where('message_id', 'is', null)
    .execute()
  const sources = rows.map(
    (row): Source => ({
      conversationId: row.id,
      messageId: null,
      at: row.created_at,
      isLater: false,
      text: row.title,
      marks: [ownerMark(row.user_id), kindMark('title')],
    }),
  )
  await insertDocuments(sources.flatMap(documentsOf), connection)
}

function documentsOf({ text, ...source }: Source): Document[] {
  const documents: Document[] = []
  let words: string[] = []
  for (const word of wordsOf(text)) {
    words.push(word.text)
    if (words.length < wordsPerDocument) continue
    documents.push({ ...source, words })
    words = []
  }
  // A text without words is noted too: it has been looked at.
  if (words.length > 0 || documents.length === 0) documents.push({ ...source, words })
  return documents
}

async function insertDocuments(documents: readonly Document[], connection: Connection): Promise<void> {
  let missing = documents
  for (let attempt = 0; missing.length > 0; attempt += 1) {
    const numbered = new Map<number, Document>()
    const crowded: Document[] = []
    for (const document of missing) {
      const { at, isLater } = document
      const place = (isLater ? placesPerMs / 2 : 0) + randomInt(placesPerMs / 2)
      const number = (Math.max(0, at) + attempt) * placesPerMs + place
      if (numbered.has(number)) crowded.push(document)
      else numbered.set(number, document)
    }
    const taken = await insertNumbered(numbered, connection)
    missing = [...crowded, ...taken]
  }
}

/** Those whose number somebody else has. */
async function insertNumbered(documents: Map<number, Document>, connection: Connection): Promise<Document[]> {
  const kind = kindOf(connection)
  const rows = [...documents].map(([number, { conversationId, messageId, marks, words }]) => {
    const values = [sql`${number}`, sql`${conversationId}`, sql`${messageId}`]
    if (kind === 'postgres') values.push(sql`${vectorOf(marks, words)}::tsvector`)
    return sql`(${sql.join(values)})`
  })
  const columns =
    kind === 'postgres' ? sql`number, conversation_id, message_id, words` : sql`number, conversation_id, message_id`
  const inserted = await sql<{ number: number }>`insert into search_document (${columns}) values ${sql.join(rows)}
    on conflict (number) do nothing returning number`.execute(connection)
  const numbers = new Set(inserted.rows.map((row) => row.number))
  if (kind === 'sqlite') {
    // In the order of their numbers: FTS5 writes out what it has collected when one comes out of order.
    for (const number of [...numbers].sort((left, right) => left - right)) {
      const { marks, words } = documents.get(number) ?? { marks: [], words: [] }
      const text = [...marks, ...words].join(' ')
      await sql`insert into search_index (rowid, words) values (${number}, ${text})`.execute(connection)
    }
  }
  return [...documents].flatMap(([number, document]) => (numbers.has(number) ? [] : [document]))
}

/** PostgreSQL's own way to write a `tsvector`: `'word':1,4 'other':2`. Words hold neither quotes nor backslashes. */
function vectorOf(marks: readonly string[], words: readonly string[]): string {
  const positions = new Map<string, number[]>()
  for (const [index, word] of words.entries()) {
    const known = positions.get(word)
    if (known === undefined) positions.set(word, [index + 1])
    else if (known.length < 255) known.push(index + 1)
  }
  const lexemes = [...positions].map(([word, places]) => `'${word}':${places.join(',')}`)
  return [...marks.map((mark) => `'${mark}'`), ...lexemes].join(' ')
}

function ownerMark(userId: string): string {
  return `§u${userId.replaceAll('-', '')}`
}

function kindMark(kind: DocumentKind): string {
  return `§k${kind}`
}

function conversationMark(conversationId: string): string {
  return `§c${conversationId.replace(/\W/g, '')}`
}

function modelMark(modelId: string): string {
  return `§m${Buffer.from(modelId).toString('hex')}`
}

export interface SearchFilter {
  readonly userId: string
  readonly terms: readonly Term[]
  /** `message`: of people and of models; undefined: titles too. */
  readonly kind?: DocumentKind | 'message' | undefined
  readonly modelId?: string | undefined
  /** In one of them. */
  readonly conversationIds?: readonly string[] | undefined
  readonly tag?: string | undefined
  /** Milliseconds since 1970: from the first on, before the second. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Only those with smaller numbers. */
  readonly before?: number | undefined
}

export interface Found {
  readonly number: number
  readonly conversationId: string
  readonly messageId: string | null
}

/** What has all the terms, newest first. */
export async function findDocuments(filter: SearchFilter, limit: number, connection: Connection): Promise<Found[]> {
  const { from, to, before, tag } = filter
  const number = numberIn(connection)
  const conditions = [
    matches(filter, connection),
    // The index says whose it is, and so does the conversation.
    sql`conversation.user_id = ${filter.userId}`,
    ...(from === undefined ? [] : [sql`${number} >= ${from * placesPerMs}`]),
    ...(to === undefined ? [] : [sql`${number} < ${to * placesPerMs}`]),
    ...(before === undefined ? [] : [sql`${number} < ${before}`]),
    ...(tag === undefined
      ? []
      : [
          sql`exists (select 1 from conversation_tag
          where conversation_tag.conversation_id = conversation.id and conversation_tag.tag = ${tag})`,
        ]),
  ]
  const { rows } = await sql<Found>`
    select document.number as number, document.conversation_id as "conversationId", document.message_id as "messageId"
    from ${documents(connection)} join conversation on conversation.id = document.conversation_id
    where ${sql.join(conditions, sql` and `)}
    order by ${number} desc
    limit ${limit}`.execute(connection)
  return rows
}

/** In how many places, from the newest on, conversations are looked for: of a common word, nobody reads the list to its end. */
const placesInList = 2_000

/** The ids of conversations in which all the terms are found, in a title or in one message: a subselect. */
export function conversationsWith(userId: string, terms: readonly Term[], connection: Connection) {
  const words = matches({ userId, terms }, connection)
  return sql<string>`(select conversation_id from (select document.conversation_id from ${documents(connection)}
    where ${words} order by ${numberIn(connection)} desc limit ${placesInList}) as found)`
}

/** The conversations of a person with a tag, at most so many. */
export async function conversationsWithTag(
  { userId, tag, limit }: { userId: string; tag: string; limit: number },
  connection: Connection,
): Promise<string[]> {
  const rows = await connection
    .selectFrom('conversation_tag')
    .innerJoin('conversation', 'conversation.id', 'conversation_tag.conversation_id')
    .select('conversation.id')
    .where('conversation_tag.tag', '=', tag)
    .where('conversation.user_id', '=', userId)
    .limit(limit)
    .execute()
  return rows.map((row) => row.id)
}

/** A document's number, from where an order or a range of it costs nothing. */
function numberIn(connection: Connection) {
  return kindOf(connection) === 'sqlite' ? sql`search_index.rowid` : sql`document.number`
}

function documents(connection: Connection) {
  return kindOf(connection) === 'sqlite'
    ? sql`search_index join search_document as document on document.number = search_index.rowid`
    : sql`search_document as document`
}

function matches(
  filter: Pick<SearchFilter, 'userId' | 'terms' | 'kind' | 'modelId' | 'conversationIds'>,
  connection: Connection,
) {
  const { kind, modelId, conversationIds } = filter
  const isOfMessages = kind === 'message'
  const required = [
    ownerMark(filter.userId),
    ...(modelId === undefined ? [] : [modelMark(modelId)]),
    ...(kind === undefined || isOfMessages ? [] : [kindMark(kind)]),
  ]
  const choices = conversationIds === undefined ? [] : [conversationIds.map(conversationMark)]
  // Titles are few: to leave them out costs less than to ask for everything else.
  const title = kindMark('title')
  if (kindOf(connection) === 'sqlite') {
    const terms = filter.terms.map(({ words, isPrefix }) => `"${words.join(' ')}"${isPrefix ? ' *' : ''}`)
    const marks = required.map((mark) => `"${mark}"`)
    const oneOf = choices.map((choice) => `(${choice.map((mark) => `"${mark}"`).join(' OR ')})`)
    const all = [...terms, ...marks, ...oneOf].join(' AND ')
    return sql`search_index match ${isOfMessages ? `(${all}) NOT "${title}"` : all}`
  }
  const terms = filter.terms.map(({ words, isPrefix }) => {
    const quoted = words.map((word) => `'${word}'`).join(' <-> ')
    return `(${quoted}${isPrefix ? ':*' : ''})`
  })
  const marks = required.map((mark) => `'${mark}'`)
  const oneOf = choices.map((choice) => `(${choice.map((mark) => `'${mark}'`).join(' | ')})`)
  const all = [...terms, ...marks, ...oneOf].join(' & ')
  return sql`document.words @@ ${isOfMessages ? `${all} & !'${title}'` : all}::tsquery`
}

/** Forgets everything; what is there can be indexed anew. */
export async function clearIndex(connection: Connection): Promise<void> {
  if (kindOf(connection) === 'sqlite') {
    await sql`insert into search_index (search_index) values ('delete-all')`.execute(connection)
  }
  await connection.deleteFrom('search_document').execute()
}

export async function hasMessages(connection: Connection): Promise<boolean> {
  return (await connection.selectFrom('message').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** Messages with text that are not in the index, in the order of their ids. */
export async function messagesOutside(
  range: { after: string; limit: number },
  connection: Connection,
): Promise<string[]> {
  const rows = await connection
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .select('message.id')
    .where('conversation.is_temporary', '=', 0)
    .where('message.id', '>', range.after)
    .where((query) => query.or([query('message.content', '!=', ''), query('message.attachments_json', 'is not', null)]))
    .where((query) =>
      query.not(
        query.exists(query.selectFrom('search_document').select('number').whereRef('message_id', '=', 'message.id')),
      ),
    )
    .orderBy('message.id')
    .limit(range.limit)
    .execute()
  return rows.map((row) => row.id)
}

/** Conversations whose titles are not in the index, in the order of their ids. */
export async function titlesOutside(
  range: { after: string; limit: number },
  connection: Connection,
): Promise<string[]> {
  const rows = await connection
    .selectFrom('conversation')
    .select('conversation.id')
    .where('conversation.is_temporary', '=', 0)
    .where('conversation.id', '>', range.after)
    .where((query) =>
      query.not(
        query.exists(
          query
            .selectFrom('search_document')
            .select('number')
            .whereRef('conversation_id', '=', 'conversation.id')
            .where('message_id', 'is', null),
        ),
      ),
    )
    .orderBy('conversation.id')
    .limit(range.limit)
    .execute()
  return rows.map((row) => row.id)
}
