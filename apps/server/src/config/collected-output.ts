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

const collectedBytes = 131_072
const leastBytes = 16_384
const collectedMs = 250
/** For a reader of standard output that is slow. */
const mostHeldBytes = 8 * 1024 * 1024
const retryMs = 50
/** What one UTF-16 unit takes at most. */
const mostBytesOfUnit = 3

export function createCollectedOutput(fd: number): CollectedOutput {
  const collected = new CollectedBytes()
  let timer: NodeJS.Timeout | undefined
  let isWriting = false
  let isEnded = false
  /** Each with the bytes that had been accepted when it was asked. */
  let waiting: { upTo: number; resolve: (size: number) => void }[] = []

  function pass(): void {
    clearTimeout(timer)
    timer = undefined
    if (isWriting) return
    const lines = collected.take()
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
      if (isEnded || collected.size >= collectedBytes) pass()
      else if (collected.size > 0) timer ??= setTimeout(pass, collectedMs).unref()
    })
  }

  function serveWaiting(): void {
    for (const { upTo, resolve } of waiting) {
      const after = collected.accepted - upTo
      flushSync(Math.max(0, collected.size - after))
      resolve(fstatSync(fd).size)
    }
    waiting = []
  }

  /** What is being written at this moment may come after it. */
  function flushSync(size = collected.size): void {
    let lines = collected.take(size)
    try {
      while (lines.length > 0) lines = lines.subarray(writeSync(fd, lines))
    } catch (error) {
      // A pipe that is full: what is left goes when its reader has taken something, or never.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') collected.putBack(lines)
    }
  }

  const flushAll = () => flushSync()
  process.on('exit', flushAll)
  return {
    write(line) {
      collected.add(line)
      if (collected.size >= collectedBytes) pass()
      else timer ??= setTimeout(pass, collectedMs).unref()
    },
    flushSync: flushAll,
    sizeOnceFlushed: () =>
      new Promise((resolve) => {
        waiting.push({ upTo: collected.accepted, resolve })
        if (!isWriting) serveWaiting()
      }),
    end() {
      process.off('exit', flushAll)
      isEnded = true
      pass()
    },
  }
}

/** /!\ Hot path: lines become bytes as they come: kept as text they would be copied by each collection of garbage. */
class CollectedBytes {
  #bytes = Buffer.allocUnsafe(leastBytes)
  size = 0
  /** Since the beginning, taken or not. */
  accepted = 0

  /** Of more than may be held nothing is kept. */
  add(line: string): void {
    if (this.size >= mostHeldBytes) return
    this.#makeRoom(line.length * mostBytesOfUnit)
    const written = this.#bytes.write(line, this.size)
    this.size += written
    this.accepted += written
  }

  /** The first so many bytes. */
  take(size = this.size): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, size))
    const left = this.#bytes.subarray(size, this.size)
    this.#bytes = this.#bytes.length > 2 * collectedBytes ? Buffer.allocUnsafe(leastBytes + left.length) : this.#bytes
    this.#bytes.set(left)
    this.size = left.length
    return taken
  }

  putBack(bytes: Buffer): void {
    this.#makeRoom(bytes.length)
    this.#bytes.copyWithin(bytes.length, 0, this.size)
    this.#bytes.set(bytes)
    this.size += bytes.length
  }

  #makeRoom(bytes: number): void {
    if (this.size + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(2 * this.#bytes.length + bytes)
    larger.set(this.#bytes.subarray(0, this.size))
    this.#bytes = larger
  }
}
