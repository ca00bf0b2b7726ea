import type { Language } from '@parley/contract'
import type { Log } from '../../store/log.ts'
import type { Connection, Store } from '../../store/store.ts'
import { touchConversation } from '../conversations/repository.ts'
import type { Feed } from '../feed/feed.ts'
import { updateMessage } from '../messages/repository.ts'
import { describeError } from '../texts.ts'
import { endedMessage } from './ended-message.ts'
import { foldLog } from './message-fold.ts'
import { endRun, insertRunEvents, type RunRow, runEventsAfter, runningRunsOn, tryRun } from './repository.ts'
import type { RunBus } from './run-bus.ts'
import { interruption, type LoggedEvent, type RunError, type RunEvent, runEnded } from './run-event.ts'

/**
 * Ends runs whose process is gone: their messages get the text that is in the log, which is at least what any reader has
 * seen, and the log gets its end. Whoever does it first has done it; a process that was only thought dead finds its next
 * number taken and gives up.
 */
export interface Recovery {
  /** Ends as interrupted what these nodes left running; how many runs that were. */
  recoverRuns(deadNodeIds: readonly string[]): Promise<number>
  interruptRun(runId: string): Promise<void>
}

export interface RecoveryOptions {
  readonly store: Store
  readonly bus: RunBus
  readonly feed: Feed
  readonly clock: () => number
  readonly log: Log
}

const pageSize = 1_000

export function createRecovery({ store, bus, feed, clock, log }: RecoveryOptions): Recovery {
  async function interrupt(run: RunRow): Promise<boolean> {
    const added = await store.transaction(async (transaction) => {
      const now = clock()
      const error = describeError(interruption, await languageOf(run.id, transaction))
      const end = { id: run.id, status: 'interrupted', errorMessage: error.message, endedAt: now } as const
      if (!(await endRun(end, transaction))) return undefined
      await touchConversation(run.conversation_id, now, transaction)
      const logged = await wholeLog(run.id, transaction)
      const closing = await closeMessages(logged, { error, now }, transaction)
      const lastSeq = logged.at(-1)?.seq ?? 0
      const events = closing.map((event, index) => ({ seq: lastSeq + 1 + index, event }))
      await insertRunEvents({ runId: run.id, events }, transaction)
      return events
    })
    if (added === undefined) return false
    bus.publish(run.id, added)
    feed.tell(run.user_id, { type: 'run', id: run.id, conversation_id: run.conversation_id, status: 'interrupted' })
    log.info(
      { runId: run.id, conversationId: run.conversation_id, nodeId: run.node_id },
      'an interrupted run was ended',
    )
    return true
  }

  return {
    async recoverRuns(deadNodeIds) {
      let count = 0
      for (const run of await runningRunsOn(deadNodeIds, store.database)) {
        try {
          if (await interrupt(run)) count += 1
        } catch (error) {
          // Its process may be alive after all and have written meanwhile; the next round sees.
          log.warn({ err: error, runId: run.id }, 'a run of a silent node could not be ended')
        }
      }
      return count
    },
    async interruptRun(runId) {
      const run = await tryRun(runId, store.database)
      if (run?.status === 'running') await interrupt(run)
    },
  }
}

/** Gives every message that the log has begun and not ended its text; what the log must still say. */
async function closeMessages(
  logged: readonly LoggedEvent[],
  { error, now }: { error: RunError; now: number },
  connection: Connection,
): Promise<RunEvent[]> {
  const ended = new Set(logged.flatMap(({ event }) => (event.type === 'message-end' ? [event.messageId] : [])))
  const closing: RunEvent[] = []
  for (const [messageId, folded] of foldLog(logged)) {
    if (ended.has(messageId)) continue
    const row = endedMessage({ folded, status: 'interrupted', error, outcome: undefined, now })
    await updateMessage(messageId, row, connection)
    closing.push({ type: 'message-end', messageId, status: 'interrupted', error })
  }
  const said = closing.length === 0 ? undefined : error
  return [...closing, runEnded('interrupted', { said, unsaid: error })]
}

async function languageOf(runId: string, connection: Connection): Promise<Language> {
  const [first] = await runEventsAfter({ runId, after: 0, limit: 1 }, connection)
  return (first?.event.type === 'run' ? first.event.language : undefined) ?? 'en'
}

async function wholeLog(runId: string, connection: Connection): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = []
  for (;;) {
    const page = await runEventsAfter({ runId, after: events.at(-1)?.seq ?? 0, limit: pageSize }, connection)
    events.push(...page)
    if (page.length < pageSize) return events
  }
}
