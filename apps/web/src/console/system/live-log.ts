/**
 * The server's log while it is written. The page holds the newest lines only; while it is paused what comes is held back and
 * counted. A connection that is lost is opened again, with the lines that were missed as far as the server still has them.
 */
import { readEvents } from '@parley/sdk/events.ts'
import { useEffect, useState } from 'react'
import { ApiError, open } from '../../api/client.ts'
import { pause } from '../../api/pause.ts'
import { showError } from '../../ui/toast.tsx'
import { queryString } from '../queries.ts'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LogLine {
  readonly id: number
  readonly time: string
  readonly level: string
  readonly message: string
  /** Everything else in it, as `name=value`. */
  readonly rest: string
}

export interface LostLines {
  readonly id: number
  readonly lost: number
}

export type LogEntry = LogLine | LostLines

export interface LiveLog {
  readonly entries: readonly LogEntry[]
  /** So many wait while it is paused. */
  readonly held: number
  readonly isConnected: boolean
  /** What the server writes at all. */
  readonly serverLevel: string | undefined
  readonly clear: () => void
}

export interface LiveLogOptions {
  readonly level: LogLevel
  readonly words: string
  readonly isPaused: boolean
}

const mostEntries = 1000
const tail = 200
const showEveryMs = 150
const retryMs = 2000

export function useLiveLog({ level, words, isPaused }: LiveLogOptions): LiveLog {
  const [reader] = useState(() => new LogReader())
  const [view, setView] = useState<Omit<LiveLog, 'clear'>>(reader.view)
  useEffect(() => {
    const leaving = new AbortController()
    reader.clear()
    void reader.follow({ level, q: words, tail }, leaving.signal)
    return () => leaving.abort()
  }, [reader, level, words])
  useEffect(() => {
    reader.isPaused = isPaused
    const timer = setInterval(() => setView(reader.take()), showEveryMs)
    return () => clearInterval(timer)
  }, [reader, isPaused])
  return {
    ...view,
    clear: () => {
      reader.clear()
      setView(reader.take())
    },
  }
}

class LogReader {
  isPaused = false
  view: Omit<LiveLog, 'clear'> = { entries: [], held: 0, isConnected: false, serverLevel: undefined }
  #entries: readonly LogEntry[] = []
  #arrived: LogEntry[] = []
  #isConnected = false
  #serverLevel: string | undefined
  #lastId = 0

  clear(): void {
    this.#entries = []
    this.#arrived = []
  }

  /** What is to be shown now; the same object when nothing has changed. */
  take(): Omit<LiveLog, 'clear'> {
    if (!this.isPaused && this.#arrived.length > 0) {
      this.#entries = [...this.#entries, ...this.#arrived].slice(-mostEntries)
      this.#arrived = []
    }
    const next = {
      entries: this.#entries,
      held: this.#arrived.length,
      isConnected: this.#isConnected,
      serverLevel: this.#serverLevel,
    }
    const isSame = Object.entries(next).every(([name, value]) => this.view[name as keyof typeof next] === value)
    if (!isSame) this.view = next
    return this.view
  }

  async follow(parameters: { level: string; q: string; tail: number }, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const response = await open('GET', `/admin/logs${queryString(parameters)}`, { signal })
        // The server's newest lines come again, also those that are here.
        this.clear()
        this.#isConnected = true
        for await (const { event, data } of readEvents(response)) this.#read(event, data)
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof ApiError && error.status >= 400 && error.status < 500) return showError(error)
      }
      if (signal.aborted) return
      this.#isConnected = false
      await pause(retryMs, signal)
    }
  }

  #read(event: string, data: string): void {
    const json = JSON.parse(data) as Readonly<Record<string, unknown>>
    if (event === 'start') this.#serverLevel = String(json['level'])
    else if (event === 'line') this.#add(readLine(json))
    else if (event === 'lost') this.#add({ lost: Number(json['count']) })
  }

  #add(entry: Omit<LogLine, 'id'> | Omit<LostLines, 'id'>): void {
    this.#lastId += 1
    this.#arrived.push({ ...entry, id: this.#lastId })
    if (this.#arrived.length > mostEntries) this.#arrived.splice(0, this.#arrived.length - mostEntries)
  }
}

function wordsOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
}

function readLine({ level, time, message, msg, ...rest }: Readonly<Record<string, unknown>>): Omit<LogLine, 'id'> {
  const others = Object.entries(rest).filter(([name]) => name !== 'pid' && name !== 'hostname')
  return {
    level: String(level),
    time: typeof time === 'string' || typeof time === 'number' ? new Date(time).toISOString() : '',
    message: wordsOf(message ?? msg),
    rest: others.map(([name, value]) => `${name}=${wordsOf(value)}`).join(' '),
  }
}
