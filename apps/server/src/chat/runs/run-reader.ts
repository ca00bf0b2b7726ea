import type { Store } from '../../store/store.ts'
import { logFromRows } from './log-from-rows.ts'
import { runEventsAfter, tryRun } from './repository.ts'
import type { RunBus } from './run-bus.ts'
import type { LoggedEvent } from './run-event.ts'

/**
 * The one way to read a run, for its first reader and its tenth, live or years late: read the log from a number, then
 * follow. What a reader gets has the numbers `after + 1`, `after + 2`, … without gap or repetition, up to the event
 * `end`; it ends there, or when the run is deleted, or when `signal` is aborted. Who reads a run from its beginning whose log
 * is not kept any more gets what its messages say.
 *
 * A reader holds back nobody: while it does not ask for more, at most `tailLimit` events are kept for it, and if more
 * come they are dropped and read from the log when it asks again.
 */
export interface RunReaderOptions {
  readonly store: Store
  readonly bus: RunBus
  /** How long to wait for news of a run before its log is looked at anyway: the net under lost messages. */
  readonly pollMs: (runId: string) => number
}

export interface ReadRunOptions {
  readonly after: number
  readonly signal: AbortSignal
}

export type ReadRun = (runId: string, options: ReadRunOptions) => AsyncGenerator<readonly LoggedEvent[], void, void>

const pageSize = 500
const tailLimit = 256

export function createRunReader({ store, bus, pollMs }: RunReaderOptions): ReadRun {
  return async function* readRun(runId, { after, signal }) {
    const tail = new Tail(signal)
    const unsubscribe = await bus.subscribe(runId, (events) => tail.push(events))
    let position = after
    try {
      let isWaiting = false
      while (!signal.aborted) {
        const news: readonly LoggedEvent[] | undefined = isWaiting ? await tail.next(pollMs(runId)) : undefined
        const followed: readonly LoggedEvent[] | undefined = news === undefined ? undefined : following(news, position)
        const events: readonly LoggedEvent[] =
          followed ?? (await runEventsAfter({ runId, after: position, limit: pageSize }, store.database))
        isWaiting = followed !== undefined || events.length < pageSize
        const last = events.at(-1)
        if (last !== undefined) {
          yield events
          position = last.seq
          if (last.event.type === 'end') return
        } else if (followed === undefined) {
          const rest = await tryRest(runId, position, store)
          if (rest === undefined) continue
          yield rest
          return
        }
      }
    } finally {
      await unsubscribe()
    }
  }
}

/** What of the news comes right after `position`; undefined when the log must be read to know. */
function following(news: readonly LoggedEvent[], position: number): readonly LoggedEvent[] | undefined {
  if (news.length === 0) return undefined
  const fresh = news.filter((logged) => logged.seq > position)
  return fresh.every((logged, index) => logged.seq === position + 1 + index) ? fresh : undefined
}

/**
 * What is left to read when nothing more will be written: nothing, or all of a run whose log is not kept any more. Undefined:
 * the log has more, or will have.
 */
async function tryRest(runId: string, position: number, store: Store): Promise<readonly LoggedEvent[] | undefined> {
  const run = await tryRun(runId, store.database)
  if (run === undefined) return []
  if (run.status === 'running') return undefined
  const [next] = await runEventsAfter({ runId, after: position, limit: 1 }, store.database)
  if (next !== undefined) return undefined
  return position === 0 ? await logFromRows(run, store.database) : []
}

/** Keeps what is published while its reader is busy, within bounds. */
class Tail {
  readonly #signal: AbortSignal
  #events: LoggedEvent[] = []
  #mustLook = false
  #wake: (() => void) | undefined

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  push(events: readonly LoggedEvent[]): void {
    if (events.length === 0 || this.#events.length + events.length > tailLimit) {
      this.#events = []
      this.#mustLook = true
    } else if (!this.#mustLook) this.#events.push(...events)
    this.#wake?.()
  }

  /** Waits for something to happen; an empty list says: look at the log. */
  async next(timeoutMs: number): Promise<readonly LoggedEvent[]> {
    if (this.#events.length === 0 && !this.#mustLook && !this.#signal.aborted) await this.#wait(timeoutMs)
    const events = this.#events
    this.#events = []
    this.#mustLook = false
    return events
  }

  async #wait(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#signal.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, timeoutMs)
      this.#wake = wake
      this.#signal.addEventListener('abort', wake)
    })
    this.#wake = undefined
  }
}
