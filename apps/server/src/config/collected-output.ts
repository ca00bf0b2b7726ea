import { close, fstatSync, write, writeSync } from 'node:fs'

/**
 * Lines are collected for a moment, and written at once when the process ends or fails: a system call for each would cost
 * more than the line.
 *
 * Guarantee: the log holds up nobody. What cannot be written (the disk is full, nobody reads standard output any more) is
 * lost, and the lines after it are tried again.
 */
export interface CollectedOutput {
  write(line: string): void
  flushSync(): void
  /** Resolves with the file's size at the moment when all lines so far are in it, and none of those that come after. */
  sizeOnceFlushed(): Promise<number>
  end(): void
}

const collectedLength = 131_072
const collectedMs = 250
/** For a reader of standard output that is slow. */
const mostHeldLength = 8 * 1024 * 1024
const retryMs = 50

export function createCollectedOutput(fd: number): CollectedOutput {
  let collected = ''
  let timer: NodeJS.Timeout | undefined
  let isWriting = false
  let isEnded = false
  let acceptedLength = 0
  /** Each with the `acceptedLength` when it was asked. */
  let waiting: { upTo: number; resolve: (size: number) => void }[] = []

  function take(length = collected.length): Buffer {
    const lines = Buffer.from(collected.slice(0, length))
    collected = collected.slice(length)
    return lines
  }

  function pass(): void {
    clearTimeout(timer)
    timer = undefined
    if (isWriting) return
    const lines = take()
    if (lines.length > 0) writeAll(lines)
    else if (isEnded) close(fd, () => undefined)
  }

  function writeAll(lines: Buffer): void {
    isWriting = true
    write(fd, lines, (error, written) => {
      if (error?.code === 'EAGAIN') return void setTimeout(writeAll, retryMs, lines)
      if (error === null && written < lines.length) return writeAll(lines.subarray(written))
      isWriting = false
      serveWaiting()
      if (isEnded || collected.length >= collectedLength) pass()
      else if (collected !== '') timer ??= setTimeout(pass, collectedMs).unref()
    })
  }

  function serveWaiting(): void {
    for (const { upTo, resolve } of waiting) {
      const after = acceptedLength - upTo
      flushSync(Math.max(0, collected.length - after))
      resolve(fstatSync(fd).size)
    }
    waiting = []
  }

  /** What is being written at this moment may come after it. */
  function flushSync(length = collected.length): void {
    let lines = take(length)
    try {
      while (lines.length > 0) lines = lines.subarray(writeSync(fd, lines))
    } catch (error) {
      // A pipe that is full: what is left goes when its reader has taken something, or never.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') collected = lines.toString() + collected
    }
  }

  const flushAll = () => flushSync()
  process.on('exit', flushAll)
  return {
    write(line) {
      if (collected.length < mostHeldLength) {
        collected += line
        acceptedLength += line.length
      }
      if (collected.length >= collectedLength) pass()
      else timer ??= setTimeout(pass, collectedMs).unref()
    },
    flushSync: flushAll,
    sizeOnceFlushed: () =>
      new Promise((resolve) => {
        waiting.push({ upTo: acceptedLength, resolve })
        if (!isWriting) serveWaiting()
      }),
    end() {
      process.off('exit', flushAll)
      isEnded = true
      pass()
    },
  }
}
