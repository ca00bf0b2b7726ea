import type { Connection } from '../../store/store.ts'
import type { RunBus } from './run-bus.ts'
import { type ContentEvent, type ContextCounted, type LoggedEvent, type RunEvent, tryJoin } from './run-event.ts'
import type { RunWriter } from './run-writer.ts'

/**
 * Writes the log of one run, from the one process that makes it.
 *
 * Guarantees: an event is on disk before anybody is told of it, so what a reader has seen survives `kill -9`; numbers
 * are contiguous; the first event goes out at once, and those that arrive while a commit is under way are joined into
 * the next one, so that under load events get longer, not more. When a write fails (the conversation was deleted, or
 * another node has taken the run over) the log is lost: nothing more is written, and `onLost` is called once.
 */
export interface RunLogOptions {
  readonly runId: string
  /** The number of the last event that is in the log already. */
  readonly lastSeq: number
  readonly writer: RunWriter
  readonly bus: RunBus
  readonly onLost: (cause: unknown) => void
}

interface Batch {
  readonly events: readonly RunEvent[]
  /** Done in the same commit. */
  readonly work?: (connection: Connection) => Promise<void>
}

/** What may wait for the disk before the sender has to wait too, in characters. */
const pendingLimit = 256 * 1024

export class RunLog {
  readonly #options: RunLogOptions
  #lastSeq: number
  #pending: RunEvent[] = []
  #pendingLength = 0
  #committing: Promise<void> | undefined
  #isLost = false

  constructor(options: RunLogOptions) {
    this.#options = options
    this.#lastSeq = options.lastSeq
  }

  /** Takes an event. The promise, where there is one, asks the sender to wait: the disk is behind. */
  append(event: ContentEvent | ContextCounted): Promise<void> | undefined {
    if (this.#isLost) return undefined
    const previous = this.#pending.at(-1)
    const joined = previous === undefined ? undefined : tryJoin(previous, event)
    if (joined === undefined) this.#pending.push(event)
    else this.#pending[this.#pending.length - 1] = joined
    this.#pendingLength += lengthOf(event)
    this.#committing ??= this.#commitAll()
    return this.#pendingLength > pendingLimit ? this.#committing : undefined
  }

  /** Writes `events` after all that was appended, in one commit with `work`. False when the log is lost. */
  async write(events: readonly RunEvent[], work: Required<Batch>['work']): Promise<boolean> {
    while (this.#committing !== undefined) await this.#committing
    if (this.#isLost) return false
    this.#committing = this.#commitAll({ events, work })
    await this.#committing
    return !this.#isLost
  }

  async #commitAll(first?: Batch): Promise<void> {
    if (first !== undefined) await this.#commit(first)
    while (this.#pending.length > 0 && !this.#isLost) {
      const events = this.#pending
      this.#pending = []
      this.#pendingLength = 0
      await this.#commit({ events })
    }
    this.#committing = undefined
  }

  async #commit({ events, work }: Batch): Promise<void> {
    const { runId, writer, bus, onLost } = this.#options
    const logged: LoggedEvent[] = events.map((event, index) => ({ seq: this.#lastSeq + 1 + index, event }))
    try {
      if (work === undefined) await writer.write({ runId, events: logged })
      else await writer.writeWith({ runId, events: logged }, work)
    } catch (error) {
      this.#isLost = true
      bus.publish(runId, [])
      onLost(error)
      return
    }
    // Moment of commitment: from here on readers may know.
    this.#lastSeq += logged.length
    bus.publish(runId, logged)
  }
}

function lengthOf(event: ContentEvent | ContextCounted): number {
  switch (event.type) {
    case 'text':
    case 'refusal':
    case 'thinking':
      return event.text.length
    case 'tool-call-delta':
      return event.json.length
    case 'image':
      return event.data.length
    default:
      return 0
  }
}
