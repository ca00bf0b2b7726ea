/** Reads a run to its end over as many connections as it takes. */
import { ParleyApiError } from './errors.ts'
import { readEvents, type ServerEvent } from './events.ts'
import type { RequestOptions } from './request-options.ts'
import type { RunEvent } from './types.ts'

export interface ReadRunOptions {
  readonly request: (method: string, path: string, options?: RequestOptions) => Promise<Response>
  readonly signal: AbortSignal | undefined
  /** The connection to begin with; left out: the run's log. */
  readonly open?: () => Promise<Response>
  readonly runId?: string
  readonly after?: number
}

/** Cuts in a row, without an event in between, after which it gives up. */
const maxCuts = 6
const firstPauseMs = 250

export async function* readRun(options: ReadRunOptions): AsyncGenerator<RunEvent, void, void> {
  const { request, signal } = options
  let { runId, after = 0, open } = options
  for (let cuts = 0; ; cuts++) {
    let isOver = false
    try {
      open ??= () => request('GET', `/api/runs/${encodeURIComponent(runId ?? '')}/events`, resume(after, signal))
      for await (const event of readEvents(await open())) {
        const read = readRunEvent(event)
        if (read.type === 'run') runId = read.data.id
        if (read.number !== undefined) after = read.number
        // An error ends one reply of a group; that the stream ends after it ends the run.
        isOver = read.type === 'done' || read.type === 'error'
        cuts = 0
        yield read
      }
      if (isOver) return
    } catch (error) {
      if (error instanceof ParleyApiError || signal?.aborted || runId === undefined || cuts >= maxCuts) throw error
    }
    if (runId === undefined || cuts >= maxCuts) throw new Error('The stream ended before the reply was complete.')
    open = undefined
    await pause(firstPauseMs * 2 ** cuts, signal)
  }
}

function resume(after: number, signal: AbortSignal | undefined): RequestOptions {
  return { headers: { 'last-event-id': `${after}` }, ...(signal && { signal }) }
}

function readRunEvent({ event, data, id }: ServerEvent): RunEvent {
  const number = id === undefined ? undefined : Number(id)
  const body = JSON.parse(data) as object
  return { number, ...body, ...(event === 'done' && { type: 'done' }) } as RunEvent
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const stop = () => reject(signal?.reason as Error)
  signal?.addEventListener('abort', stop, { once: true })
  setTimeout(resolve, milliseconds)
  await promise.finally(() => signal?.removeEventListener('abort', stop))
}
