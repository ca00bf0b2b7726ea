import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../store/log.ts'
import type { Store } from '../../store/store.ts'
import { deleteLogsOf, endedRunsWithLog } from './repository.ts'

/**
 * Throws away the logs of runs that ended long ago: what they said is in their messages, and nobody takes up a stream
 * after so many days. In small steps, so that no chat waits for it.
 */
export interface LogKeeping extends Disposable {
  /** Deletes the logs of all runs that began before then and have ended; how many runs that were. */
  deleteLogsBefore(time: number): Promise<number>
}

export interface LogKeepingOptions {
  readonly store: Store
  readonly clock: () => number
  readonly log: Log
}

const day = 86_400_000
/** So long after they began. */
export const logsKeptDays = 7
const everyMs = 3_600_000
const stepSize = 50
const pauseMs = 20

export function startLogKeeping({ store, clock, log }: LogKeepingOptions): LogKeeping {
  const ended = new AbortController()

  async function deleteLogsBefore(time: number): Promise<number> {
    let count = 0
    while (!ended.signal.aborted) {
      const runIds = await endedRunsWithLog({ before: firstIdOf(time), limit: stepSize }, store.database)
      await deleteLogsOf(runIds, store.database)
      count += runIds.length
      if (runIds.length < stepSize) break
      await sleep(pauseMs)
    }
    return count
  }

  const timer = setInterval(() => {
    deleteLogsBefore(clock() - logsKeptDays * day).catch((error: unknown) => {
      log.warn({ err: error }, 'old logs of runs could not be deleted; the next round tries again')
    })
  }, everyMs)
  timer.unref()

  return {
    deleteLogsBefore,
    [Symbol.dispose]() {
      ended.abort()
      clearInterval(timer)
    },
  }
}

/** Ids of runs sort by time: they begin with the milliseconds of their making (UUIDv7, RFC 9562 section 5.7). */
function firstIdOf(time: number): string {
  const hex = Math.max(0, Math.floor(time)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}
