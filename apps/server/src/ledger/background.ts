import type { Log } from '../store/log.ts'

/** Work that nobody waits for, but for the end. Its failures are lines in the log. */
export class Background {
  readonly #running = new Set<Promise<void>>()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /** What is done at once costs no promise. */
  run(work: () => void | Promise<void>, whatFailed: string): void {
    const failed = (error: unknown) => this.#log.error({ err: error }, whatFailed)
    try {
      const result = work()
      if (!(result instanceof Promise)) return
      const done = result.catch(failed).finally(() => this.#running.delete(done))
      this.#running.add(done)
    } catch (error) {
      failed(error)
    }
  }

  async finished(): Promise<void> {
    await Promise.all(this.#running)
  }
}
