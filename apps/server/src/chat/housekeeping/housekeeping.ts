import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../store/log.ts'
import type { Store } from '../../store/store.ts'
import { deleteDeletions, forgetContents, insertDeletion } from '../undo/repository.ts'
import { deleteConversation } from '../conversations/repository.ts'
import type { Feed } from '../feed/feed.ts'
import { deletionsKeptMs } from '../sync/sync.ts'
import { undoMs } from '../undo/undo.ts'
import { type Expired, expiredConversations } from './repository.ts'
import { v7 as uuid } from 'uuid'

/** How long conversations are kept after their last message, in days; null: for ever. Pinned ones always are. */
export interface RetentionRules {
  forEverybody(): number | null
  /** Of those who have said something themselves. */
  ofPeople(): Promise<ReadonlyMap<string, number>>
}

/** Throws away what has had its time. In small steps, so that no chat waits for it. */
export interface Housekeeping extends Disposable {
  /** Deletes what is due now; how many conversations that were. */
  tidy(): Promise<number>
}

export interface HousekeepingOptions {
  readonly store: Store
  readonly feed: Feed
  readonly retention: RetentionRules
  readonly clock: () => number
  readonly log: Log
}

const day = 86_400_000
/** What was deleted is forgotten soon after it could be brought back. */
const everyMs = 60_000
const stepSize = 50
const pauseMs = 20

export function startHousekeeping({ store, feed, retention, clock, log }: HousekeepingOptions): Housekeeping {
  const ended = new AbortController()
  let running: Promise<number> | undefined

  /** What is over for everybody, what is temporary, and what some want shorter. */
  async function dueNow(now: number): Promise<Expired[]> {
    const days = retention.forEverybody()
    const people = await retention.ofPeople()
    return [
      { isTemporary: true, before: now - day },
      ...(days === null ? [] : [{ isTemporary: false, before: now - days * day }]),
      ...[...people].map(([userId, own]) => ({ isTemporary: false, before: now - own * day, userId })),
    ]
  }

  async function remove(due: Expired): Promise<number> {
    let count = 0
    while (!ended.signal.aborted) {
      const some = await expiredConversations(due, stepSize, store.reports)
      for (const { id, user_id: userId } of some) {
        await store.transaction(async (transaction) => {
          const gone = { conversation_id: id, message_id: null, content_json: null }
          await insertDeletion({ id: uuid(), user_id: userId, ...gone }, transaction)
          await deleteConversation(id, transaction)
        })
        feed.tell(userId, { type: 'conversation', id, change: 'deleted' })
      }
      count += some.length
      if (some.length < stepSize) break
      await sleep(pauseMs)
    }
    return count
  }

  async function tidyOnce(): Promise<number> {
    await forgetContents(undoMs, store.database)
    await deleteDeletions(deletionsKeptMs, store.database)
    let count = 0
    for (const due of await dueNow(clock())) count += await remove(due)
    return count
  }

  /** One round at a time. */
  async function tidy(): Promise<number> {
    running ??= tidyOnce().finally(() => {
      running = undefined
    })
    return await running
  }

  const timer = setInterval(() => {
    tidy().catch((error: unknown) =>
      log.warn({ err: error }, 'old conversations could not be deleted; the next round tries again'),
    )
  }, everyMs)
  timer.unref()

  return {
    tidy,
    [Symbol.dispose]() {
      ended.abort()
      clearInterval(timer)
    },
  }
}
