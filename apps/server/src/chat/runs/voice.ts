import type { ContentEvent, ContextCounted } from './run-event.ts'
import type { RunLog } from './run-log.ts'

/**
 * One speaker's way into the log of a run. Where several are asked at once, each speaks into its own until it has the
 * word, so that the log has one speaker after another, whoever is quickest. What waits here nobody has seen.
 */
export class Voice {
  readonly #log: Pick<RunLog, 'append'>
  /** Undefined: it has the word. */
  #waiting: (ContentEvent | ContextCounted)[] | undefined
  readonly #word = Promise.withResolvers<void>()

  /** `signal`: the run ends, and nobody gets the word any more. */
  constructor(log: Pick<RunLog, 'append'>, { hasWord, signal }: { hasWord: boolean; signal: AbortSignal }) {
    this.#log = log
    this.#waiting = hasWord ? undefined : []
    signal.addEventListener('abort', () => this.#word.resolve(), { once: true })
  }

  /** The promise, where there is one, asks the sender to wait. */
  append(event: ContentEvent | ContextCounted): Promise<void> | undefined {
    if (this.#waiting === undefined) return this.#log.append(event)
    this.#waiting.push(event)
    return this.#waiting.length > mostWaiting ? this.#word.promise : undefined
  }

  /** From here on it is heard. */
  takeWord(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const event of waiting) void this.#log.append(event)
    this.#word.resolve()
  }
}

/** Events, of a few words each: a long reply waits at its upstream then. */
const mostWaiting = 10_000
