import type { Log } from '../store/log.ts'
import type { Store } from '../store/store.ts'
import type { Outcome } from './exchange.ts'
import type { CallTrace, Trace } from './trace.ts'
import { createTraceRepository, type TraceRow } from './trace-repository.ts'

/**
 * The decisions of calls, kept for a while.
 *
 * Guarantees: no call waits for them; they are written in batches, apart from what is billed, in bounded memory; when the
 * database does not answer they are lost, which is a line in the log, and no call is.
 */
export interface Traces extends AsyncDisposable {
  record(trace: Trace, outcome: Outcome): void
  find(requestId: string): Promise<CallTrace | undefined>
  /** Resolves when everything so far is on disk, or lost. */
  flush(): Promise<void>
  /** Those whose time is over. Done now and then anyway. */
  removeOld(): Promise<void>
}

export interface TracesOptions {
  readonly store: Store
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** 0: nothing is kept. */
  readonly keepMs: number
}

/** So short that few of them outlive the young generation while they wait. */
const gatherMs = 50
const maxBatch = 200
const maxWaiting = 20_000
const removeEveryMs = 600_000

export function createTraces({ store, log, clock, keepMs }: TracesOptions): Traces {
  const repository = createTraceRepository(store)
  let waiting: TraceRow[] = []
  let lost = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxBatch)
      waiting = waiting.slice(maxBatch)
      try {
        await repository.insert(batch, clock())
      } catch (err) {
        log.warn({ err, calls: batch.length }, 'the decisions of calls were not written down')
      }
    }
    if (lost > 0) log.warn({ calls: lost }, 'too many calls at once: their decisions were not written down')
    lost = 0
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(write)
    return writing
  }

  const removeOld = () => repository.removeBefore(clock() - keepMs)
  const remover = setInterval(() => {
    removeOld().catch((err: unknown) => log.warn({ err }, 'old traces were not removed'))
  }, removeEveryMs).unref()

  return {
    record(trace, outcome) {
      if (keepMs === 0) return
      if (waiting.length >= maxWaiting) {
        lost += 1
        return
      }
      // As text at once: what it was made of would be kept alive meanwhile.
      const finished = trace.finished(outcome)
      waiting.push({ id: finished.request_id, json: JSON.stringify(finished) })
      timer ??= setTimeout(() => void flush(), gatherMs)
    },
    async find(requestId) {
      await flush()
      return await repository.tryFind(requestId)
    },
    flush,
    removeOld,
    async [Symbol.asyncDispose]() {
      clearInterval(remover)
      await flush()
    },
  }
}
