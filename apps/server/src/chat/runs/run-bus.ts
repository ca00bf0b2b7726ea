import type { State, Topics } from '../../state/state.ts'
import type { LoggedEvent } from './run-event.ts'

/**
 * Tells readers, on this node and on others, what was just written to a run's log. It is only ever a hint: readers go by
 * the numbers and read the log where something is missing, so a lost or doubled message does no harm.
 */
export interface RunBus {
  /** To be called after the events are on disk. An empty list says: look at the log. */
  publish(runId: string, events: readonly LoggedEvent[]): void
  /** Resolves when nothing published from now on can be missed. */
  subscribe(runId: string, listener: RunListener): Promise<() => Promise<void>>
}

export type RunListener = (events: readonly LoggedEvent[]) => void

export interface RunBusOptions {
  readonly state: State
  readonly warn: (error: unknown, message: string) => void
}

export function createRunBus({ state, warn }: RunBusOptions): RunBus {
  const listeners = new Map<string, Set<RunListener>>()
  const others: Topics | undefined = state.kind === 'memory' ? undefined : state.topics

  function tell(runId: string, events: readonly LoggedEvent[]): void {
    for (const listener of listeners.get(runId) ?? []) listener(events)
  }

  return {
    publish(runId, events) {
      tell(runId, events)
      others?.publish(topicOf(runId), JSON.stringify(events)).catch((error: unknown) => {
        warn(error, 'could not tell other nodes about a run; they will read it from the database')
      })
    },
    async subscribe(runId, listener) {
      const group = listeners.get(runId) ?? new Set()
      listeners.set(runId, group.add(listener))
      const leave = () => {
        group.delete(listener)
        if (group.size === 0 && listeners.get(runId) === group) listeners.delete(runId)
      }
      if (others === undefined) return async () => leave()
      const unsubscribe = await others
        .subscribe(topicOf(runId), (message) => listener(JSON.parse(message) as LoggedEvent[]))
        .catch((error: unknown) => {
          warn(error, 'could not listen for a run on other nodes; it is read from the database')
          return async () => undefined
        })
      return async () => {
        leave()
        await unsubscribe()
      }
    },
  }
}

function topicOf(runId: string): string {
  return `run:${runId}`
}
