import type { State } from '../../state/state.ts'
import type { Log } from '../../store/log.ts'

/**
 * What has changed for a person, told to all their tabs and devices on every node. A change says where to look, not what
 * is there: one that got lost is made up for by looking again, which is what a client does when its feed begins.
 */
export interface Feed {
  /** To be called after the change is on disk. */
  tell(userId: string, change: Change): void
  /** Resolves when no change from now on can be missed. */
  listen(userId: string, listener: (change: Change) => void): Promise<() => Promise<void>>
}

export type Change =
  | { readonly type: 'conversation'; readonly id: string; readonly change: 'created' | 'updated' | 'deleted' }
  | { readonly type: 'run'; readonly id: string; readonly conversation_id: string; readonly status: string }

export function createFeed({ state, log }: { state: State; log: Log }): Feed {
  return {
    tell(userId, change) {
      state.topics.publish(topicOf(userId), JSON.stringify(change)).catch((error: unknown) => {
        log.warn({ err: error }, 'a change could not be told to the devices of a person')
      })
    },
    listen: async (userId, listener) =>
      await state.topics.subscribe(topicOf(userId), (message) => listener(JSON.parse(message) as Change)),
  }
}

function topicOf(userId: string): string {
  return `feed:${userId}`
}
