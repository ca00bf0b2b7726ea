import { type Selectable, sql } from 'kysely'
import type { Connection } from '../../store/store.ts'
import type { AttachmentTable, StoredFileTable } from '../../store/file-tables.ts'
import { type MessageAttachment, readAttachments } from './attachment.ts'

export type StoredFileRow = Selectable<StoredFileTable>
export type AttachmentRow = Selectable<AttachmentTable>
export type AttachmentWithFile = AttachmentRow &
  Pick<StoredFileRow, 'media_type' | 'size' | 'token_count' | 'sealed_key'>

export async function insertFile(file: StoredFileRow, connection: Connection): Promise<void> {
  await connection.insertInto('stored_file').values(file).execute()
}

/** Ends an upload: from now on it is found by its hash. */
export async function completeFile(
  { id, ...rest }: Pick<StoredFileRow, 'id' | 'hash' | 'size' | 'media_type' | 'token_count'>,
  connection: Connection,
): Promise<void> {
  await connection.updateTable('stored_file').set(rest).where('id', '=', id).execute()
}

export async function tryFileByHash(hash: string, connection: Connection): Promise<StoredFileRow | undefined> {
  return await connection.selectFrom('stored_file').selectAll().where('hash', '=', hash).executeTakeFirst()
}

export async function deleteFile(id: string, connection: Connection): Promise<void> {
  await connection.deleteFrom('stored_file').where('id', '=', id).execute()
}

export async function insertChunk(
  chunk: { fileId: string; number: number; content: Uint8Array },
  connection: Connection,
): Promise<void> {
  const { fileId, number, content } = chunk
  await connection.insertInto('file_chunk').values({ file_id: fileId, number, content }).execute()
}

export async function tryChunk(
  { fileId, number }: { fileId: string; number: number },
  connection: Connection,
): Promise<Uint8Array | undefined> {
  const row = await connection
    .selectFrom('file_chunk')
    .select('content')
    .where('file_id', '=', fileId)
    .where('number', '=', number)
    .executeTakeFirst()
  return row?.content
}

/** Files whose keys an older key than the newest may have sealed, in order of id. */
export async function filesAfter(
  { after, limit }: { after: string; limit: number },
  connection: Connection,
): Promise<Pick<StoredFileRow, 'id' | 'sealed_key'>[]> {
  return await connection
    .selectFrom('stored_file')
    .select(['id', 'sealed_key'])
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
}

export async function replaceFileKey(
  { id, before, after }: { id: string; before: string; after: string },
  connection: Connection,
): Promise<boolean> {
  const { numUpdatedRows } = await connection
    .updateTable('stored_file')
    .set({ sealed_key: after })
    .where('id', '=', id)
    .where('sealed_key', '=', before)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** False when there is one with this id. */
export async function insertAttachment(row: AttachmentRow, connection: Connection): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await connection
    .insertInto('attachment')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

export async function attachmentsByIds(ids: readonly string[], connection: Connection): Promise<AttachmentWithFile[]> {
  if (ids.length === 0) return []
  return await withFile(connection).where('attachment.id', 'in', ids).execute()
}

/** A person's files, newest first. */
export async function attachmentsOf(
  { userId, limit, offset }: { userId: string; limit: number; offset: number },
  connection: Connection,
): Promise<AttachmentWithFile[]> {
  return await withFile(connection)
    .where('attachment.user_id', '=', userId)
    .orderBy('attachment.created_at', 'desc')
    .orderBy('attachment.id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute()
}

function withFile(connection: Connection) {
  return connection
    .selectFrom('attachment')
    .innerJoin('stored_file', 'stored_file.id', 'attachment.file_id')
    .selectAll('attachment')
    .select(['stored_file.media_type', 'stored_file.size', 'stored_file.token_count', 'stored_file.sealed_key'])
}

/** How many files a person has, and how large they are together. */
export async function sumOfAttachments(
  userId: string,
  connection: Connection,
): Promise<{ count: number; bytes: number }> {
  const { count, bytes } = await connection
    .selectFrom('attachment')
    .innerJoin('stored_file', 'stored_file.id', 'attachment.file_id')
    .select((query) => [query.fn.countAll<number>().as('count'), query.fn.sum<number>('stored_file.size').as('bytes')])
    .where('attachment.user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return { count: Number(count), bytes: Number(bytes ?? 0) }
}

/** How many messages have each; one that none has is not in it. */
export async function countMessages(
  attachments: readonly Pick<AttachmentRow, 'id'>[],
  connection: Connection,
): Promise<Map<string, number>> {
  if (attachments.length === 0) return new Map()
  const ids = attachments.map(({ id }) => id)
  const rows = await connection
    .selectFrom('message_attachment')
    .select((query) => ['attachment_id', query.fn.countAll<number>().as('count')])
    .where('attachment_id', 'in', ids)
    .groupBy('attachment_id')
    .execute()
  return new Map(rows.map(({ attachment_id: id, count }) => [id, Number(count)]))
}

export async function deleteAttachment(id: string, connection: Connection): Promise<void> {
  await connection.deleteFrom('attachment').where('id', '=', id).execute()
}

/** Notes which messages have which files; those that are gone are left out. */
export async function linkToMessages(
  messages: readonly { readonly id: string; readonly attachments_json?: string | null }[],
  connection: Connection,
): Promise<void> {
  for (const message of messages) await link('message', message.id, readAttachments(message), connection)
}

export async function linkToShare(
  token: string,
  attachments: readonly MessageAttachment[],
  connection: Connection,
): Promise<void> {
  await link('share', token, attachments, connection)
}

async function link(
  owner: 'message' | 'share',
  key: string,
  attachments: readonly MessageAttachment[],
  connection: Connection,
): Promise<void> {
  if (attachments.length === 0) return
  const [table, column] =
    owner === 'message' ? ['message_attachment', 'message_id'] : ['share_attachment', 'share_token']
  const ids = sql.join(attachments.map(({ id }) => sql`${id}`))
  await sql`insert into ${sql.table(table)} (${sql.ref(column)}, attachment_id)
    select cast(${key} as text), id from attachment where id in (${ids})
    on conflict do nothing`.execute(connection)
}

export async function isShared(
  { token, attachmentId }: { token: string; attachmentId: string },
  connection: Connection,
): Promise<boolean> {
  const row = await connection
    .selectFrom('share_attachment')
    .select('attachment_id')
    .where('share_token', '=', token)
    .where('attachment_id', '=', attachmentId)
    .executeTakeFirst()
  return row !== undefined
}

const isUsed = sql<boolean>`(exists (select 1 from message_attachment where attachment_id = attachment.id)
  or exists (select 1 from share_attachment where attachment_id = attachment.id))`

/** Notes since when nothing has a file; forgets it of files that something has again. */
export async function noteUnused(now: number, connection: Connection): Promise<void> {
  await connection
    .updateTable('attachment')
    .set({ unused_since: null })
    .where('unused_since', 'is not', null)
    .where(isUsed)
    .execute()
  await connection
    .updateTable('attachment')
    .set({ unused_since: now })
    .where('unused_since', 'is', null)
    .where(sql<boolean>`not ${isUsed}`)
    .execute()
}

/** Deletes what nothing has had since then. */
export async function deleteUnused(before: number, connection: Connection): Promise<number> {
  const { numDeletedRows } = await connection
    .deleteFrom('attachment')
    .where('unused_since', '<', before)
    .where(sql<boolean>`not ${isUsed}`)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** Files that are nobody's, and uploads that broke off, from before then. */
export async function orphanFiles(
  { before, limit }: { before: number; limit: number },
  connection: Connection,
): Promise<string[]> {
  const rows = await connection
    .selectFrom('stored_file')
    .select('id')
    .where('created_at', '<', before)
    .where(sql<boolean>`not exists (select 1 from attachment where file_id = stored_file.id)`)
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}
