/**
 * What waits for one reader of the live log. Guarantee: a reader that is slower than the log loses lines, never memory of
 * the server, and is told in their place how many they were.
 */
export interface LogLines {
  add(line: string): void
  /** What has come since, oldest first; a number is so many lines that were lost there. Resolves when there is something, or the reader has gone. */
  take(): Promise<readonly (string | number)[]>
}

export function createLogLines(maxLines: number, gone: AbortSignal): LogLines {
  let waiting: (string | number)[] = []
  let wake: (() => void) | undefined
  gone.addEventListener('abort', () => wake?.(), { once: true })

  return {
    add(line) {
      const last = waiting.at(-1)
      if (waiting.length < maxLines) waiting.push(line)
      else if (typeof last === 'number') waiting[waiting.length - 1] = last + 1
      else waiting.push(1)
      wake?.()
    },
    async take() {
      if (waiting.length === 0 && !gone.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
        wake = undefined
      }
      const taken = waiting
      waiting = []
      return taken
    },
  }
}
