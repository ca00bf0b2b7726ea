/**
 * The lines of the log as they are written, for those who watch, and those of the day before they came.
 *
 * Guarantee: a watcher gets every line once: what is in the file when the watch begins comes from the file, what is
 * written afterwards from memory, and none from both.
 */
import { open } from 'node:fs/promises'

export interface LogFeed {
  /** A line without secrets. */
  pass(line: string): void
  /** `listener` gets the lines from now on, in the turn in which they are written. */
  watch(listener: (line: string) => void): LogWatch
}

export interface LogWatch {
  /** The last lines of the day's file before the watch began that `isWanted`, oldest first. */
  recent(most: number, isWanted: (line: string) => boolean): Promise<string[]>
  stop(): void
}

interface FilledFile {
  readonly file: string
  readonly bytes: number
}

/** `flushed` gives the day's file, and how long it is with all that was written before the call; undefined: there is none. */
export function createLogFeed(flushed: () => Promise<FilledFile | undefined>): LogFeed {
  const listeners = new Set<(line: string) => void>()
  return {
    /** /!\ Hot path: nearly always nobody watches. */
    pass(line) {
      if (listeners.size > 0) for (const listener of listeners) listener(line)
    },
    watch(listener) {
      const before = flushed()
      listeners.add(listener)
      return {
        async recent(most, isWanted) {
          const file = await before
          return file === undefined || most === 0 ? [] : lastLines(file, { most, isWanted })
        },
        stop: () => void listeners.delete(listener),
      }
    },
  }
}

const chunkBytes = 65_536
/** A rare line is not looked for in gigabytes. */
const mostBytes = 32 * 1024 * 1024

async function lastLines(
  { file, bytes }: FilledFile,
  { most, isWanted }: { most: number; isWanted: (line: string) => boolean },
): Promise<string[]> {
  await using handle = await open(file)
  const found: string[] = []
  /** What the chunk behind began with: the end of a line whose beginning is before it. */
  let rest = Buffer.alloc(0)
  const least = Math.max(0, bytes - mostBytes)
  for (let end = bytes; end > least && found.length < most; ) {
    const start = Math.max(least, end - chunkBytes)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start)
    const whole = Buffer.concat([buffer.subarray(0, bytesRead), rest])
    const first = start === 0 ? 0 : whole.indexOf(10) + 1
    // No line ends in it: it is all one line's.
    if (start > 0 && first === 0) rest = whole
    else {
      rest = whole.subarray(0, first)
      take(whole.subarray(first).toString('utf8'))
    }
    end = start
  }
  return found.toReversed()

  function take(text: string): void {
    for (const line of text.split('\n').toReversed()) {
      if (found.length >= most) return
      if (line !== '' && isWanted(line)) found.push(line)
    }
  }
}
