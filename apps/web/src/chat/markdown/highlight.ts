/** Asks the worker for the colours of a piece of code. */
export interface HighlightedToken {
  readonly content: string
  readonly color: string | undefined
}
export type HighlightedLine = readonly HighlightedToken[]

export interface HighlightRequest {
  readonly id: number
  readonly code: string
  readonly language: string
}
export type HighlightAnswer =
  | { readonly id: number; readonly lines: readonly HighlightedLine[] | undefined }
  | { readonly id: number; readonly problem: string }

const waiting = new Map<number, PromiseWithResolvers<readonly HighlightedLine[] | undefined>>()
let worker: Worker | undefined
let lastId = 0

/** Undefined for a language that is not known here. */
export async function highlight(code: string, language: string): Promise<readonly HighlightedLine[] | undefined> {
  worker ??= startWorker()
  lastId += 1
  const answer = Promise.withResolvers<readonly HighlightedLine[] | undefined>()
  waiting.set(lastId, answer)
  worker.postMessage({ id: lastId, code, language } satisfies HighlightRequest)
  return await answer.promise
}

function startWorker(): Worker {
  const started = new Worker(new URL('./highlight-worker.ts', import.meta.url), { type: 'module' })
  started.addEventListener('message', ({ data }: MessageEvent<HighlightAnswer>) => {
    const answer = waiting.get(data.id)
    waiting.delete(data.id)
    if ('problem' in data) answer?.reject(new Error(data.problem))
    else answer?.resolve(data.lines)
  })
  started.addEventListener('error', ({ message }) => {
    for (const answer of waiting.values()) answer.reject(new Error(`the worker for colours: ${message}`))
    waiting.clear()
    worker = undefined
  })
  return started
}
