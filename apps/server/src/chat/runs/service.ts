import { notFound, ParleyError } from '@parley/contract'
import type { State } from '../../state/state.ts'
import type { Log } from '../../store/log.ts'
import type { Store } from '../../store/store.ts'
import { logsKeptDays } from './log-keeping.ts'
import { type RunRow, runEventsAfter, runningRunsOf, tryRun } from './repository.ts'
import type { EndedStatus, LoggedEvent, RunError } from './run-event.ts'
import type { ReadRun } from './run-reader.ts'
import type { Runner } from './runner.ts'

/** Runs by their id, from any node and any device. */
export interface Runs {
  get(userId: string, runId: string): Promise<RunRow>
  /** The same for somebody who wants to read it; 404 when its log is not kept any more. */
  getReadable(userId: string, runId: string): Promise<RunRow>
  /** All that the run said and will say from number `after + 1` on; see `run-reader.ts`. */
  read(
    runId: string,
    options: { after?: number; signal: AbortSignal },
  ): AsyncGenerator<readonly LoggedEvent[], void, void>
  /** Ends it, keeping its text; resolves with the run when that is done. A run that has ended is left as it is. */
  stop(userId: string, runId: string): Promise<RunRow>
  /** Ends every run in a conversation; how many there were. */
  stopAllOf(conversationId: string): Promise<number>
  /** Resolves with how it ended; with undefined when the signal is aborted before, or the run was deleted. */
  ended(runId: string, signal: AbortSignal): Promise<Ending | undefined>
}

export interface Ending {
  readonly status: EndedStatus
  /** What went wrong with its last message, or interrupted it before the next. */
  readonly error: RunError | undefined
}

export interface RunsOptions {
  readonly store: Store
  readonly state: State
  readonly runner: Runner
  readonly readRun: ReadRun
  readonly log: Log
}

export const stopTopic = 'chat:stop'

/** How long a run on another node may take to stop before the caller is told how it stands. */
const stopLimitMs = 5_000

export function createRuns({ store, state, runner, readRun, log }: RunsOptions): Runs {
  const ended: Runs['ended'] = async (runId, signal) => {
    let error: RunError | undefined
    for await (const events of readRun(runId, { after: 0, signal })) {
      for (const { event } of events) {
        if (event.type === 'message-end') error = event.error
        if (event.type === 'end') return { status: event.status, error: event.error ?? error }
      }
    }
    return undefined
  }

  async function stopAndWait(runId: string): Promise<void> {
    if (!runner.tryStop(runId)) {
      await state.topics.publish(stopTopic, runId).catch((error: unknown) => {
        log.warn({ err: error, runId }, 'could not tell other nodes to stop a run')
      })
    }
    await ended(runId, AbortSignal.timeout(stopLimitMs))
  }

  async function get(userId: string, runId: string): Promise<RunRow> {
    const run = await tryRun(runId, store.database)
    if (run === undefined) throw notFound('run')
    if (run.user_id !== userId) throw new ParleyError('forbidden')
    return run
  }

  return {
    get,
    async getReadable(userId, runId) {
      const run = await get(userId, runId)
      const [first] = await runEventsAfter({ runId, after: 0, limit: 1 }, store.database)
      if (first === undefined) throw notFound('runLog', { days: logsKeptDays })
      return run
    },
    ended,
    read: (runId, { after = 0, signal }) => readRun(runId, { after, signal }),
    async stop(userId, runId) {
      const run = await get(userId, runId)
      if (run.status !== 'running') return run
      await stopAndWait(runId)
      return await get(userId, runId)
    },
    async stopAllOf(conversationId) {
      const running = await runningRunsOf(conversationId, store.database)
      await Promise.all(running.map((run) => stopAndWait(run.id)))
      return running.length
    },
  }
}
