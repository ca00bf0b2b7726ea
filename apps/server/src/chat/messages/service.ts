import { Page } from '../../http/route.ts'
import type { Store } from '../../store/store.ts'
import { notFound, ownConversation } from '../access.ts'
import { texts } from '../texts.ts'
import { presentMessage } from './present.ts'
import { countMessagesOnPath, messagesOnPath, tryMessage } from './repository.ts'
import type { Message } from './schema.ts'

/** Messages as people read them: those of the branch that is shown, oldest first. */
export interface Messages {
  list(userId: string, conversationId: string, page: { page: number; limit: number }): Promise<Page<Message>>
  all(userId: string, conversationId: string): Promise<Message[]>
  /** One message of a conversation that the caller is known to own. */
  get(id: string): Promise<Message>
  getOwn(userId: string, id: string): Promise<Message>
}

export function createMessages({ store }: { store: Store }): Messages {
  return {
    async list(userId, conversationId, { page, limit }) {
      const { active_leaf_id: leafId } = await ownConversation(conversationId, userId, store.database)
      if (leafId === null) return new Page([], { page, limit, total: 0 })
      const [rows, total] = await Promise.all([
        messagesOnPath({ leafId, limit, offset: (page - 1) * limit }, store.database),
        countMessagesOnPath(leafId, store.database),
      ])
      return new Page(rows.map(presentMessage), { page, limit, total })
    },
    async all(userId, conversationId) {
      const { active_leaf_id: leafId } = await ownConversation(conversationId, userId, store.database)
      return leafId === null ? [] : (await messagesOnPath({ leafId }, store.database)).map(presentMessage)
    },
    async get(id) {
      const row = await tryMessage(id, store.database)
      if (row === undefined) throw notFound(texts.message)
      return presentMessage(row)
    },
    async getOwn(userId, id) {
      const row = await tryMessage(id, store.database)
      if (row === undefined) throw notFound(texts.message)
      await ownConversation(row.conversation_id, userId, store.database)
      return presentMessage(row)
    },
  }
}
