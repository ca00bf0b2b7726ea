/**
 * What becomes of what somebody has in the chat when they leave: it is deleted, or it is somebody else's from then on.
 *
 * Guarantee: it is done conversation by conversation, in short transactions, so that nobody else waits for it; what was
 * broken off can be done again, and goes on where it was.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '../../store/store.ts'
import { deleteConversation } from '../conversations/repository.ts'
import type { Feed } from '../feed/feed.ts'
import { indexMessages, indexTitles } from '../search/repository.ts'
import { conversationIdsOf, giveConversation, giveRest, messageIdsIn } from './repository.ts'

export interface Handover {
  /** How many conversations that were. */
  discard(userId: string): Promise<number>
  /** With files, bots and templates. What is temporary is nobody else's business and goes. How many that were. */
  give(userId: string, heirId: string): Promise<number>
}

export interface HandoverOptions {
  readonly store: Store
  readonly feed: Feed
  readonly stopRunsOf: (conversationId: string) => Promise<unknown>
}

const stepSize = 50
const pauseMs = 5

export function createHandover({ store, feed, stopRunsOf }: HandoverOptions): Handover {
  /** Until none is left: each is another's, or gone, when `work` has ended. */
  async function forEachOf(
    user: { readonly userId: string; readonly isTemporary?: boolean },
    work: (id: string) => Promise<void>,
  ): Promise<number> {
    let count = 0
    for (;;) {
      const ids = await conversationIdsOf({ ...user, limit: stepSize }, store.database)
      for (const id of ids) {
        await stopRunsOf(id)
        await work(id)
      }
      count += ids.length
      if (ids.length < stepSize) return count
      await sleep(pauseMs)
    }
  }

  const remove = (id: string) => store.transaction((transaction) => deleteConversation(id, transaction))

  return {
    discard: (userId) => forEachOf({ userId }, remove),

    async give(userId, heirId) {
      await forEachOf({ userId, isTemporary: true }, remove)
      // The files first: a message must not be read by somebody who may not read its files.
      await store.transaction((transaction) => giveRest(userId, heirId, transaction))
      return await forEachOf({ userId }, async (id) => {
        await store.transaction(async (transaction) => {
          await giveConversation(id, heirId, transaction)
          // The index says whose each message is.
          await indexTitles([id], transaction)
          await indexMessages(await messageIdsIn(id, transaction), transaction)
        })
        feed.tell(heirId, { type: 'conversation', id, change: 'created' })
      })
    },
  }
}
