/**
 * Files that people add to their messages. A file belongs to who uploaded it; it is kept as long as a message or a share
 * has it, and a day longer.
 */
import { notFound, ParleyError, sizeText } from '@parley/contract'
import { v7 as uuid } from 'uuid'
import type { Config } from '../../config/config.ts'
import { Page } from '../../http/route.ts'
import type { Connection, Store } from '../../store/store.ts'
import { withoutNul } from '../plain-text.ts'
import type { MessageAttachment, PresentedAttachment } from './attachment.ts'
import type { FileStore } from './file-store.ts'
import * as repository from './repository.ts'

export interface Attachments {
  readonly maxBytes: number
  /** Reads it as it comes; what it is goes by its content. */
  upload(userId: string, file: NewFile): Promise<Attachment>
  /** The same by hand. `id`: the same one again is the same file. */
  open(userId: string, file: { name: string; id?: string }): Promise<AttachmentUpload>
  get(userId: string, id: string): Promise<Attachment>
  list(userId: string, page: { page: number; limit: number }): Promise<Page<ListedAttachment>>
  /** Also from messages: they go on to name it. */
  remove(userId: string, id: string): Promise<void>
  /** What a message is to have, in this order; each must be the person's own. */
  forMessage(userId: string, ids: readonly string[], connection: Connection): Promise<MessageAttachment[]>
  /** The ids of those that were not deleted. */
  stillThere(attachments: readonly { readonly id: string }[]): Promise<string[]>
  /** The same messages, whose files say whether they were deleted. */
  withDeletions<Owner extends FilesOwner>(messages: readonly Owner[]): Promise<Owner[]>
  /** The content of those that are still there, piece by piece. */
  tryRead(ids: readonly string[]): Promise<Map<string, ReadAttachment>>
}

export interface NewFile {
  readonly name: string
  readonly content: AsyncIterable<Uint8Array>
}

/** Disposing one that was not finished leaves nothing of it. */
export interface AttachmentUpload extends AsyncDisposable {
  push(bytes: Uint8Array): Promise<void>
  finish(): Promise<Attachment>
}

export interface Attachment extends MessageAttachment {
  readonly created_at: number
}

export interface ListedAttachment extends Attachment {
  readonly messageCount: number
}

interface FilesOwner {
  attachments?: PresentedAttachment[] | undefined
}

export interface ReadAttachment extends Attachment {
  pieces(): AsyncGenerator<Buffer, void, void>
}

export interface AttachmentsOptions {
  readonly store: Store
  readonly files: FileStore
  readonly config: Pick<Config['chat'], 'attachments'>
  readonly clock: () => number
}

const maxNameLength = 200

export function createAttachments({ store, files, config, clock }: AttachmentsOptions): Attachments {
  async function find(userId: string, id: string): Promise<repository.AttachmentWithFile> {
    const [row] = await repository.attachmentsByIds([id], store.database)
    return assertOwn(row, userId)
  }

  async function assertRoom(userId: string, bytes: number, connection: Connection): Promise<void> {
    const used = await repository.sumOfAttachments(userId, connection)
    const { quotaBytes } = config.attachments
    if (used.bytes + bytes > quotaBytes)
      throw new ParleyError('attachment_quota', { parameters: { limit: sizeText(quotaBytes) } })
  }

  async function open(userId: string, { name, id = uuid() }: { name: string; id?: string }): Promise<AttachmentUpload> {
    await assertRoom(userId, 0, store.database)
    const upload = await files.begin(config.attachments.maxBytes)
    return {
      push: (bytes) => upload.push(bytes),
      finish: () =>
        upload.finish(async (file, connection) => {
          await assertRoom(userId, file.size, connection)
          const now = clock()
          const owned = { user_id: userId, file_id: file.id, unused_since: now, created_at: now }
          const row = { id, name: cleanName(name), ...owned }
          await repository.insertAttachment(row, connection)
          const { media_type, size, token_count } = file
          return { id, name: row.name, media_type, size, token_count, created_at: now }
        }),
      [Symbol.asyncDispose]: () => upload[Symbol.asyncDispose](),
    }
  }

  return {
    get maxBytes() {
      return config.attachments.maxBytes
    },
    open,
    async upload(userId, { name, content }) {
      await using upload = await open(userId, { name })
      for await (const bytes of content) await upload.push(bytes)
      return await upload.finish()
    },
    get: async (userId, id) => present(await find(userId, id)),
    async list(userId, { page, limit }) {
      const [rows, { count }] = await Promise.all([
        repository.attachmentsOf({ userId, limit, offset: (page - 1) * limit }, store.database),
        repository.sumOfAttachments(userId, store.database),
      ])
      const messages = await repository.countMessages(rows, store.database)
      const items = rows.map((row) => ({ ...present(row), messageCount: messages.get(row.id) ?? 0 }))
      return new Page(items, { page, limit, total: count })
    },
    async remove(userId, id) {
      await find(userId, id)
      await repository.deleteAttachment(id, store.database)
    },
    async forMessage(userId, ids, connection) {
      const rows = new Map((await repository.attachmentsByIds(ids, connection)).map((row) => [row.id, row]))
      return [...new Set(ids)].map((id) => {
        const { created_at: _, ...attachment } = present(assertOwn(rows.get(id), userId))
        return attachment
      })
    },
    stillThere: async (attachments) => await stillThere(attachments, store.database),
    async withDeletions(messages) {
      const there = new Set(
        await stillThere(
          messages.flatMap(({ attachments = [] }) => attachments),
          store.database,
        ),
      )
      const noted = (file: PresentedAttachment) => (there.has(file.id) ? file : { ...file, is_deleted: true as const })
      return messages.map((message) =>
        message.attachments === undefined ? message : { ...message, attachments: message.attachments.map(noted) },
      )
    },
    async tryRead(ids) {
      const rows = await repository.attachmentsByIds(ids, store.database)
      return new Map(rows.map((row) => [row.id, { ...present(row), pieces: () => files.read(row) }]))
    },
  }
}

async function stillThere(attachments: readonly { readonly id: string }[], connection: Connection): Promise<string[]> {
  const ids = attachments.map(({ id }) => id)
  const rows = new Set((await repository.attachmentsByIds(ids, connection)).map(({ id }) => id))
  return ids.filter((id) => rows.has(id))
}

function assertOwn(row: repository.AttachmentWithFile | undefined, userId: string): repository.AttachmentWithFile {
  if (row === undefined) throw notFound('attachment')
  if (row.user_id !== userId) throw new ParleyError('forbidden')
  return row
}

function present({ id, name, media_type, size, token_count, created_at }: repository.AttachmentWithFile): Attachment {
  return { id, name, media_type, size, token_count, created_at }
}

/** A name and no path, on one line. */
function cleanName(name: string): string {
  const last = withoutNul(name).split(/[/\\]/).at(-1) ?? ''
  const plain = last.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, '').trim()
  return Array.from(plain).slice(0, maxNameLength).join('') || 'file'
}
