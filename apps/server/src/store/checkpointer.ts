import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'

export interface CheckpointerOptions {
  readonly file: string
  /** The thread has died: checkpoints must be made another way. */
  readonly onFailure: (error: unknown) => void
  readonly pace?: Partial<CheckpointPace>
}

export interface CheckpointPace {
  readonly everyMs: number
  /** Commits that are worth a checkpoint at once; fewer wait for `maxWaitMs`. */
  readonly minCommits: number
  readonly maxWaitMs: number
  /** Size of the log below which no thread is started. */
  readonly minLogBytes: number
  /** Length of the log, in pages, from which on writers have to wait for it to start over. */
  readonly maxFrames: number
}

/** Often and little: a long fsync of the log holds up those who append to it. */
const usualPace: CheckpointPace = {
  everyMs: 100,
  minCommits: 100,
  maxWaitMs: 5_000,
  minLogBytes: 4 * 1024 * 1024,
  maxFrames: 16_384,
}

/**
 * Moves SQLite's write-ahead log into the database file, in a thread of its own: it takes several fsyncs, and SQLite would
 * do it in the middle of a commit on the main thread, where each of them stops all streams for milliseconds. The thread
 * is started when there is something to do for the first time.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions
  readonly #pace: CheckpointPace
  readonly #timer: NodeJS.Timeout
  #hasFailed = false
  #commits = 0
  #doneAt = performance.now()
  #worker: Worker | undefined
  #round: Promise<void> | undefined

  constructor(options: CheckpointerOptions) {
    this.#options = options
    this.#pace = { ...usualPace, ...options.pace }
    this.#timer = setInterval(() => this.#tick(), this.#pace.everyMs).unref()
  }

  /** To be called after each commit. */
  noteCommit(): void {
    this.#commits += 1
  }

  /** Resolves when the thread has closed its handle of the file. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#worker?.ref()
    await this.#round
    const worker = this.#worker
    if (worker === undefined) return
    this.#worker = undefined
    worker.postMessage('close')
    await once(worker, 'exit')
  }

  #tick(): void {
    const { minCommits, maxWaitMs } = this.#pace
    const isDue = this.#commits >= minCommits || performance.now() - this.#doneAt >= maxWaitMs
    if (this.#commits === 0 || !isDue || this.#round !== undefined) return
    this.#commits = 0
    this.#round = this.#checkpoint()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#round = undefined
        this.#doneAt = performance.now()
      })
  }

  async #checkpoint(): Promise<void> {
    const { file } = this.#options
    const { minLogBytes, maxFrames } = this.#pace
    if (this.#worker === undefined) {
      const log = await stat(`${file}-wal`)
      if (log.size < minLogBytes) return
      this.#worker = new Worker(new URL('checkpoint-worker.ts', import.meta.url), { workerData: { file, maxFrames } })
      // Between two rounds too: without a listener it would end the process.
      this.#worker.on('error', (error) => this.#fail(error)).unref()
    }
    this.#worker.postMessage('checkpoint')
    await once(this.#worker, 'message')
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    clearInterval(this.#timer)
    this.#worker = undefined
    this.#options.onFailure(error)
  }
}
