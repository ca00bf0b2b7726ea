import { notFound } from '@parley/contract'
import { randomBytes } from 'node:crypto'
import type { Store } from '../../store/store.ts'
import { presentAttachment, readAttachments } from '../attachments/attachment.ts'
import { isShared, linkToShare } from '../attachments/repository.ts'
import type { Attachments, ReadAttachment } from '../attachments/service.ts'
import { assertOwn, ownConversation } from '../access.ts'
import { type ConversationRow, tryLockConversation } from '../conversations/repository.ts'
import { loadTree, type MessageRow, messagesInOrder } from '../messages/repository.ts'
import * as repository from './repository.ts'
import type { Share, Snapshot } from './schema.ts'

/**
 * Links to conversations as they were: what is said afterwards is not shown, nor on other branches. Sharing again takes
 * the old link back, so that there is one place where a conversation can be read.
 */
export interface Shares {
  create(userId: string, conversationId: string, expiresInDays: number | null): Promise<Share>
  /** The link that works now, or null. */
  find(userId: string, conversationId: string): Promise<Share | null>
  remove(userId: string, conversationId: string): Promise<void>
  /** For anybody. A link that was taken back or is over was never there. */
  read(token: string): Promise<Snapshot>
  /** A file in what was shared; for anybody too. */
  readFile(token: string, attachmentId: string): Promise<ReadAttachment>
}

const dayMs = 86_400_000
const tokenBytes = 24

export interface SharesOptions {
  readonly store: Store
  readonly attachments: Attachments
  readonly clock: () => number
}

export function createShares({ store, attachments, clock }: SharesOptions): Shares {
  const works = ({ expires_at: expiresAt }: repository.ShareRow) => expiresAt === null || expiresAt > clock()

  async function read(token: string): Promise<repository.ShareRow> {
    const share = await repository.tryShare(token, store.database)
    if (share === undefined || !works(share)) throw notFound('share')
    return share
  }

  return {
    async create(userId, conversationId, expiresInDays) {
      const now = clock()
      const row: repository.ShareRow = await store.transaction(async (transaction) => {
        const locked = await tryLockConversation(conversationId, store.kind, transaction)
        const conversation = assertOwn(locked, userId)
        const tree = await loadTree(conversation.id, transaction)
        const messages = await messagesInOrder(tree.pathTo(conversation.active_leaf_id), transaction)
        const share = {
          token: randomBytes(tokenBytes).toString('base64url'),
          conversation_id: conversation.id,
          snapshot_json: JSON.stringify(snapshotOf(conversation, messages)),
          created_at: now,
          expires_at: expiresInDays === null ? null : now + expiresInDays * dayMs,
        }
        await repository.deleteShareOf(conversation.id, transaction)
        await repository.insertShare(share, transaction)
        const files = messages.flatMap((message) => readAttachments(message))
        await linkToShare(share.token, files, transaction)
        return share
      })
      return presentShare(row)
    },
    async find(userId, conversationId) {
      await ownConversation(conversationId, userId, store.database)
      const share = await repository.tryShareOf(conversationId, store.database)
      return share === undefined || !works(share) ? null : presentShare(share)
    },
    async remove(userId, conversationId) {
      await ownConversation(conversationId, userId, store.database)
      if (!(await repository.deleteShareOf(conversationId, store.database))) throw notFound('share')
    },
    async read(token) {
      const snapshot = JSON.parse((await read(token)).snapshot_json) as Snapshot
      return { ...snapshot, messages: await attachments.withDeletions(snapshot.messages) }
    },
    async readFile(token, attachmentId) {
      await read(token)
      const isPart = await isShared({ token, attachmentId }, store.database)
      const file = isPart ? (await attachments.tryRead([attachmentId])).get(attachmentId) : undefined
      if (file === undefined) throw notFound('attachment')
      return file
    },
  }
}

function snapshotOf(conversation: ConversationRow, messages: readonly MessageRow[]): Snapshot {
  const isSaid = ({ content, attachments_json: files }: MessageRow) => content !== '' || files !== null
  const said = messages.filter((message) => isSaid(message) && message.status !== 'running')
  return {
    title: conversation.title,
    created_at: new Date(conversation.created_at).toISOString(),
    messages: said.map((message) => ({
      role: message.sender_type === 'user' ? 'user' : 'assistant',
      name: message.sender_type === 'user' ? null : (message.sender_name ?? message.model_id),
      content: message.content,
      attachments: readAttachments(message).map(presentAttachment),
      created_at: new Date(message.created_at).toISOString(),
    })),
  }
}

function presentShare(row: repository.ShareRow): Share {
  return {
    token: row.token,
    path: `/api/shared/${row.token}`,
    created_at: new Date(row.created_at).toISOString(),
    expires_at: row.expires_at === null ? null : new Date(row.expires_at).toISOString(),
  }
}
