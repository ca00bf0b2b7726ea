import { Page } from '../../http/route.ts'
import type { Connection, Store } from '../../store/store.ts'
import { messageIn, notFound, ownConversation } from '../access.ts'
import { texts } from '../texts.ts'
import { presentMessage } from './present.ts'
import { branchings, countMessagesOnPath, messagesOnPath, tryMessage } from './repository.ts'
import type { Message } from './schema.ts'

/** Messages as people read them: those of the branch that is shown, oldest first. */
export interface Messages {
  list(userId: string, conversationId: string, page: { page: number; limit: number }): Promise<Page<Message>>
  all(userId: string, conversationId: string): Promise<Message[]>
  /** One message of a conversation that the caller is known to own. */
  get(id: string): Promise<Message>
  getOwn(userId: string, id: string): Promise<Message>
  getIn(place: { userId: string; conversationId: string; messageId: string }): Promise<Message>
}

export function createMessages({ store }: { store: Store }): Messages {
  return {
    async list(userId, conversationId, { page, limit }) {
      const { active_leaf_id: leafId } = await ownConversation(conversationId, userId, store.database)
      if (leafId === null) return new Page([], { page, limit, total: 0 })
      const [rows, total, siblings] = await Promise.all([
        messagesOnPath({ leafId, limit, offset: (page - 1) * limit }, store.database),
        countMessagesOnPath(leafId, store.database),
        siblingsIn(conversationId, store.database),
      ])
      const items = rows.map((row) => presentMessage(row, siblings.get(row.id)))
      return new Page(items, { page, limit, total })
    },
    async all(userId, conversationId) {
      const { active_leaf_id: leafId } = await ownConversation(conversationId, userId, store.database)
      if (leafId === null) return []
      const [rows, siblings] = await Promise.all([
        messagesOnPath({ leafId }, store.database),
        siblingsIn(conversationId, store.database),
      ])
      return rows.map((row) => presentMessage(row, siblings.get(row.id)))
    },
    async get(id) {
      const row = await tryMessage(id, store.database)
      if (row === undefined) throw notFound(texts.message)
      return presentMessage(row)
    },
    async getIn({ userId, conversationId, messageId }) {
      await ownConversation(conversationId, userId, store.database)
      return presentMessage(await messageIn(conversationId, messageId, store.database))
    },
    async getOwn(userId, id) {
      const row = await tryMessage(id, store.database)
      if (row === undefined) throw notFound(texts.message)
      await ownConversation(row.conversation_id, userId, store.database)
      return presentMessage(row)
    },
  }
}

/** For every message that has others beside it, the ids of all of them, oldest first. */
async function siblingsIn(conversationId: string, connection: Connection): Promise<Map<string, string[]>> {
  const groups = Map.groupBy(await branchings(conversationId, connection), (row) => row.parent_id)
  const siblings = new Map<string, string[]>()
  for (const group of groups.values()) {
    const ids = group.map((row) => row.id)
    for (const id of ids) siblings.set(id, ids)
  }
  return siblings
}
