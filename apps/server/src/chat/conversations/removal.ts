import { assertOwn, ownConversation } from '../access.ts'
import { discardConversation } from '../undo/undo.ts'
import { conversationIdsAfter, tryLockConversation } from './repository.ts'
import type { ConversationsOptions } from './service.ts'

export interface Removal {
  /** Stops what runs in it first, so that its readers see an end. */
  remove(userId: string, id: string): Promise<void>
  /** All that a person has, groups, archived and temporary ones too, one after another; how many they were. */
  removeAll(userId: string): Promise<number>
}

const stepSize = 200

export function createRemoval({ store, feed, stopRunsOf }: ConversationsOptions): Removal {
  async function remove(userId: string, id: string): Promise<void> {
    await ownConversation(id, userId, store.database)
    await stopRunsOf(id)
    await store.transaction(async (transaction) => {
      const row = assertOwn(await tryLockConversation(id, store.kind, transaction), userId)
      await discardConversation(row, transaction)
    })
    feed.tell(userId, { type: 'conversation', id, change: 'deleted' })
  }

  return {
    remove,
    async removeAll(userId) {
      let count = 0
      for (let after = ''; ; ) {
        const ids = await conversationIdsAfter({ userId, after, limit: stepSize }, store.database)
        for (const id of ids) await remove(userId, id)
        count += ids.length
        if (ids.length < stepSize) return count
        after = ids.at(-1) ?? ''
      }
    },
  }
}
