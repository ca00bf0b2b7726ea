import type { Feed } from '../feed/feed.ts'
import type { Store } from '../../store/store.ts'
import { lockOwnConversation, ownConversation } from '../access.ts'
import { discardConversation } from '../undo/undo.ts'
import { conversationIdsAfter } from './repository.ts'
import { assertVersion } from './version.ts'

export interface Removal {
  /** Stops what runs in it first, so that its readers see an end. `version`: only if it is still that one. */
  remove(userId: string, id: string, version?: number): Promise<void>
  /** All that a person has, groups, archived and temporary ones too, one after another; how many they were. */
  removeAll(userId: string): Promise<number>
}

export interface RemovalOptions {
  readonly store: Store
  readonly feed: Feed
  readonly stopRunsOf: (conversationId: string) => Promise<void>
}

const stepSize = 200

export function createRemoval({ store, feed, stopRunsOf }: RemovalOptions): Removal {
  async function remove(userId: string, id: string, version?: number): Promise<void> {
    // Before anything is stopped that would have to stay.
    await assertVersion(await ownConversation(id, userId, store.database), version, store.database)
    await stopRunsOf(id)
    await store.transaction(async (transaction) => {
      const row = await lockOwnConversation({ id, userId, version }, store.kind, transaction)
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
