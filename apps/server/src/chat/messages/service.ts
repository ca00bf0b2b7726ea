import { Page } from '../../http/route.ts'
import type { Store } from '../../store/store.ts'
import { messageIn, notFound, ownConversation } from '../access.ts'
import { texts } from '../texts.ts'
import type { MessageTree } from './message-tree.ts'
import { presentMessage } from './present.ts'
import { loadTree, messagesInOrder, repliesOfRun, tryMessage } from './repository.ts'
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
  getIn(place: { userId: string; conversationId: string; messageId: string }): Promise<Message>
}

export function createMessages({ store }: { store: Store }): Messages {
  async function present(tree: MessageTree, ids: readonly string[]): Promise<Message[]> {
    const rows = await messagesInOrder(ids, store.database)
    return rows.map((row) => presentMessage(row, tree.siblingsOf(row.id)))
  }

  return {
    async list(userId, conversationId, { page, limit }) {
      const { active_leaf_id: leafId } = await ownConversation(conversationId, userId, store.database)
      const tree = await loadTree(conversationId, store.database)
      const path = tree.pathTo(leafId)
      const offset = (page - 1) * limit
      const items = await present(tree, path.slice(offset, offset + limit))
      return new Page(items, { page, limit, total: path.length })
    },
    async all(userId, conversationId) {
      const { active_leaf_id: leafId } = await ownConversation(conversationId, userId, store.database)
      const tree = await loadTree(conversationId, store.database)
      return await present(tree, tree.pathTo(leafId))
    },
    async get(id) {
      const row = await tryMessage(id, store.database)
      if (row === undefined) throw notFound(texts.message)
      return presentMessage(row)
    },
    async ofRun(conversationId, runId) {
      return (await repliesOfRun({ conversationId, runId }, store.database)).map((row) => presentMessage(row))
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
