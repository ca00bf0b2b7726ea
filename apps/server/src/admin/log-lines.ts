/**
 * What waits for one reader of the live log. Guarantee: a reader that is slower than the log loses lines, never memory of
 * the server, and is told in their place how many they were.
 */
export interface LogLines {
  add(line: string): void
  /** What has come since, oldest first; a number is so many lines that were lost there. Resolves when there is something, or at the abort. */
  take(signal: AbortSignal): Promise<readonly (string | number)[]>
}

export function createLogLines(maxLines: number): LogLines {
  let waiting: (string | number)[] = []
  let wake: (() => void) | undefined

  return {
    add(line) {
      const last = waiting.at(-1)
      if (waiting.length < maxLines) waiting.push(line)
      else if (typeof last === 'number') waiting[waiting.length - 1] = last + 1
      else waiting.push(1)
      wake?.()
    },
    async take(signal) {
      if (waiting.length === 0 && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
        await promise
        wake = undefined
      }
      const taken = waiting
      waiting = []
      return taken
    },
  }
}
