import { fieldFaults, invalidField, notFound } from '@parley/contract'
import { Page } from '../../http/route.ts'
import type { Store } from '../../store/store.ts'
import { messageIn, ownConversation } from '../access.ts'
import type { Attachments } from '../attachments/service.ts'
import { type ConversationRow, markChanged, tryConversation } from '../conversations/repository.ts'
import type { Feed } from '../feed/feed.ts'
import type { MessageTree } from './message-tree.ts'
import { presentMessage } from './present.ts'
import type { Place } from './place.ts'
import { loadTree, type MessageRow, messagesInOrder, rateMessage, repliesOfRun, tryMessage } from './repository.ts'
import type { Message } from './schema.ts'

/** Messages as people read them: those of the branch that is shown, oldest first. */
export interface Messages {
  list(userId: string, conversationId: string, page: { page: number; limit: number }): Promise<Page<Message>>
  all(userId: string, conversationId: string): Promise<Message[]>
  /** One message of a conversation that the caller is known to own. */
  get(id: string): Promise<Message>
  /** The replies that a run has written, in the order in which they were said. */
  ofRun(conversationId: string, runId: string): Promise<Message[]>
  getOwn(userId: string, id: string): Promise<Message>
  /** All that stand at the same place of the conversation, itself among them, oldest first. */
  alternatives(place: Place): Promise<Message[]>
  getIn(place: Place): Promise<Message>
  /** Notes what the person thinks of a reply. */
  rate(place: Place, rating: Message['rating']): Promise<Message>
}

export interface MessagesOptions {
  readonly store: Store
  readonly feed: Feed
  readonly attachments: Attachments
}

export function createMessages({ store, feed, attachments }: MessagesOptions): Messages {
  async function present(
    conversation: ConversationRow,
    { tree, ids }: { tree: MessageTree; ids: readonly string[] },
  ): Promise<Message[]> {
    const rows = await messagesInOrder(ids, store.database)
    return await attachments.withDeletions(
      rows.map((row) => presentMessage(row, conversation, tree.siblingsOf(row.id))),
    )
  }

  async function presentOne(row: MessageRow, conversation: ConversationRow): Promise<Message> {
    const [message] = await attachments.withDeletions([presentMessage(row, conversation)])
    return message as Message
  }

  return {
    async list(userId, conversationId, { page, limit }) {
      const conversation = await ownConversation(conversationId, userId, store.database)
      const tree = await loadTree(conversationId, store.database)
      const path = tree.pathTo(conversation.active_leaf_id)
      const offset = (page - 1) * limit
      const items = await present(conversation, { tree, ids: path.slice(offset, offset + limit) })
      return new Page(items, { page, limit, total: path.length })
    },
    async all(userId, conversationId) {
      const conversation = await ownConversation(conversationId, userId, store.database)
      const tree = await loadTree(conversationId, store.database)
      return await present(conversation, { tree, ids: tree.pathTo(conversation.active_leaf_id) })
    },
    async get(id) {
      const row = await tryMessage(id, store.database)
      const conversation = row && (await tryConversation(row.conversation_id, store.database))
      if (row === undefined || conversation === undefined) throw notFound('message')
      return await presentOne(row, conversation)
    },
    async ofRun(conversationId, runId) {
      const conversation = await tryConversation(conversationId, store.database)
      if (conversation === undefined) throw notFound('conversation')
      const rows = await repliesOfRun({ conversationId, runId }, store.database)
      return rows.map((row) => presentMessage(row, conversation))
    },
    async getIn({ userId, conversationId, messageId }) {
      const conversation = await ownConversation(conversationId, userId, store.database)
      return await presentOne(await messageIn(conversationId, messageId, store.database), conversation)
    },
    async alternatives({ userId, conversationId, messageId }) {
      const conversation = await ownConversation(conversationId, userId, store.database)
      const tree = await loadTree(conversationId, store.database)
      if (!tree.has(messageId)) throw notFound('message')
      return await present(conversation, { tree, ids: tree.siblingsOf(messageId) })
    },
    async rate({ userId, conversationId, messageId }, rating) {
      const conversation = await ownConversation(conversationId, userId, store.database)
      const message = await messageIn(conversationId, messageId, store.database)
      if (message.sender_type === 'user') throw invalidField('messageId', fieldFaults.notReply)
      await store.transaction(async (transaction) => {
        // The conversation before its message, as everybody does who locks both.
        await markChanged(conversationId, transaction)
        await rateMessage(messageId, rating === null ? null : rating === 'good' ? 1 : -1, transaction)
      })
      feed.tell(userId, { type: 'conversation', id: conversationId, change: 'updated' })
      const tree = await loadTree(conversationId, store.database)
      const [rated] = await present(conversation, { tree, ids: [messageId] })
      if (rated === undefined) throw notFound('message')
      return rated
    },
    async getOwn(userId, id) {
      const row = await tryMessage(id, store.database)
      if (row === undefined) throw notFound('message')
      return await presentOne(row, await ownConversation(row.conversation_id, userId, store.database))
    },
  }
}
