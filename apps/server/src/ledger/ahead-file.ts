import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'

/**
 * Lines on their way into a database, soon on disk: a write to the operating system survives the death of the process, as a
 * commit does, for a tenth of its price. Lines that come together, as those of calls that are let in at the end of a turn do,
 * share a write, and lines that nobody waits for go with the next that somebody does, or a moment later.
 *
 * Guarantees: what `written` resolved for is found again after `kill -9`, in order, and what it rejected for is not; a line that was cut off by a full disk or
 * by the end of the machine takes no other with it; a segment is removed when all its lines have been released, so what is
 * left on disk is what may be missing in the database.
 *
 * /!\ Hot path: two lines for each relayed call.
 */
export class AheadFile {
  readonly #folder: string
  readonly #now: () => number
  #number: number
  #segment: Segment | undefined
  #batch: Batch | undefined
  #timer: NodeJS.Timeout | undefined

  /** Segments that another process left are read with `readLeft` first. */
  constructor(folder: string, now: () => number) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#folder = folder
    this.#now = now
    this.#number = Math.max(0, ...segmentsIn(folder).map(numberOf))
  }

  /** Resolves when all lines so far are on disk; rejects when the disk does not take them. */
  get written(): Promise<void> {
    return this.#batch?.written ?? Promise.resolve()
  }

  /** What is returned is to be released when the line is not needed any more. */
  append(line: string): Segment {
    const { segment, batch } = this.#put(line)
    if (!batch.isWaitedFor) {
      batch.isWaitedFor = true
      process.nextTick(() => this.#writeIf(batch))
    }
    return segment
  }

  /** The same for a line that may be lost with the process a moment later. */
  appendSoon(line: string): Segment {
    const { segment, batch } = this.#put(line)
    if (!batch.isWaitedFor) this.#timer ??= setTimeout(() => this.#write(), soonMs)
    return segment
  }

  /** The next line begins another segment, if this one was begun so long ago: what was released in it goes. */
  endSegment(afterMs: number): void {
    if (this.#segment !== undefined && this.#now() - this.#segment.begunAt >= afterMs) this.close()
  }

  close(): void {
    this.#write()
    const segment = this.#segment
    this.#segment = undefined
    segment?.complete()
  }

  #currentSegment(): Segment {
    if (this.#segment === undefined || this.#segment.size >= maxSegmentSize) {
      this.close()
      this.#number += 1
      this.#segment = new Segment(path.join(this.#folder, nameOf(this.#number)), this.#now())
    }
    return this.#segment
  }

  #put(line: string): { readonly segment: Segment; readonly batch: Batch } {
    const segment = this.#currentSegment()
    segment.hold()
    this.#batch ??= new Batch()
    // A line begins with its line break, so that one that was cut off ends there.
    this.#batch.text += `\n${line}`
    return { segment, batch: this.#batch }
  }

  #writeIf(batch: Batch): void {
    if (this.#batch === batch) this.#write()
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const batch = this.#batch
    this.#batch = undefined
    if (batch === undefined) return
    try {
      this.#segment?.write(batch.text)
      batch.resolve()
    } catch (error) {
      batch.reject(error)
    }
  }
}

const maxSegmentSize = 4 * 1024 * 1024
const soonMs = 5

/** Lines that are written together. */
class Batch {
  text = ''
  /** It is written when the work that is going on is done. */
  isWaitedFor = false
  readonly written: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    // Whoever waits for a line hears of a failure; nobody has to.
    promise.catch(() => undefined)
    this.written = promise
    this.resolve = resolve
    this.reject = reject
  }
}

export class Segment {
  readonly begunAt: number
  readonly #file: string
  readonly #descriptor: number
  /** Lines that are still needed. */
  #needed = 0
  #isComplete = false
  size = 0

  constructor(file: string, begunAt: number) {
    this.begunAt = begunAt
    this.#file = file
    this.#descriptor = openSync(file, 'ax', 0o600)
  }

  hold(): void {
    this.#needed += 1
  }

  release(): void {
    this.#needed -= 1
    this.#removeIfDone()
  }

  write(text: string): void {
    const written = writeSync(this.#descriptor, text)
    if (written < Buffer.byteLength(text)) {
      // Who waits for these lines is told that they are not there: the next start must not find some of them.
      ftruncateSync(this.#descriptor, this.size)
      throw new Error('the disk took only a part of the lines')
    }
    this.size += written
  }

  /** No more lines will come. */
  complete(): void {
    this.#isComplete = true
    closeSync(this.#descriptor)
    this.#removeIfDone()
  }

  #removeIfDone(): void {
    if (this.#isComplete && this.#needed === 0) unlinkSync(this.#file)
  }
}

export interface LeftLines {
  readonly lines: readonly string[]
  /** To be called when all of them are in the database. */
  remove(): void
}

/** What another process, now dead, left in the folder. */
export function readLeft(folder: string): LeftLines {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const files = segmentsIn(folder).map((name) => path.join(folder, name))
  return {
    lines: files.flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1)),
    remove: () => {
      for (const file of files) unlinkSync(file)
    },
  }
}

function segmentsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^\d{12}\.jsonl$/.test(name))
    .sort()
}

function nameOf(number: number): string {
  return `${String(number).padStart(12, '0')}.jsonl`
}

function numberOf(name: string): number {
  return Number.parseInt(name, 10)
}
