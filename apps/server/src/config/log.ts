/**
 * The log: JSON lines in `data/logs/YYYY-MM-DD.log` (UTC) and on standard output, there as readable text on a terminal.
 *
 * Guarantee: no secret gets in. Every finished line passes one filter, so it does not matter in which field, how deep,
 * or inside which error's message a credential was.
 *
 * /!\ Hot path: every relayed call writes one line.
 */
import { mkdirSync, openSync, readdirSync, unlinkSync } from 'node:fs'
import path from 'node:path'
import pino, { type Logger } from 'pino'
import type { Config } from './config.ts'
import { type CollectedOutput, createCollectedOutput } from './collected-output.ts'
import { formatLogLine } from './log-line.ts'
import { createLogFeed, type LogFeed } from './log-feed.ts'
import { redactSecrets } from './redact.ts'

export type Log = Logger

export interface LogOptions {
  readonly settings: Config['log']
  /** Folder of the log files; undefined: none are written. */
  readonly folder: string | undefined
  /** Gets each line for people who watch; undefined: nobody does. */
  readonly output: { write(line: string): unknown; flushSync?(): void } | undefined
  /** Milliseconds since 1970. */
  readonly clock?: () => number
}

export function createLog(options: LogOptions): Log {
  return createWatchedLog(options).log
}

/** Of a command: what goes wrong, where it does not mix with what was asked for. */
export function createQuietLog({ log: settings }: Pick<Config, 'log'>): WatchedLog {
  return createWatchedLog({ settings: { ...settings, level: 'warn' }, folder: undefined, output: process.stderr })
}

/** Plain values only; the message is a field like the others. */
export type WriteLine = (line: { readonly message: string; readonly [field: string]: unknown }) => void

export interface WatchedLog {
  readonly log: Log
  /** `log.info` for what happens with each call: text in one go, which costs a third of what pino takes for a line. */
  readonly writeInfo: WriteLine
  readonly feed: LogFeed
}

/** The log, and a way to watch it. */
export function createWatchedLog({ settings, folder, output, clock = Date.now }: LogOptions): WatchedLog {
  const files = folder === undefined ? undefined : createDailyFiles(folder, settings.keepDays)
  const feed = createLogFeed(async () => await files?.flushed())
  const flush = () => {
    files?.flush()
    output?.flushSync?.()
  }
  const destination = {
    write(line: string) {
      const safe = redactSecrets(line)
      files?.write(safe, clock())
      output?.write(settings.isPretty ? formatLogLine(safe) : safe)
      feed.pass(safe)
    },
    /** Called by pino on `log.flush()` and, the other one, on fatal errors. */
    flush: (done?: () => void) => {
      flush()
      done?.()
    },
    flushSync: () => flush(),
  }
  const options = {
    level: settings.level,
    base: null,
    messageKey: 'message',
    timestamp: createTimestamp(clock),
    formatters: { level: (label: string) => ({ level: label }) },
  }
  const log = pino(options, destination)
  const writeInfo: WriteLine = (line) => {
    if (log.isLevelEnabled('info'))
      destination.write(`{"level":"info"${options.timestamp()},${JSON.stringify(line).slice(1)}\n`)
  }
  return { log, writeInfo, feed }
}

/** Lines of the same millisecond share their text. */
function createTimestamp(clock: () => number): () => string {
  let at = Number.NaN
  let text = ''
  return () => {
    const now = clock()
    if (now !== at) {
      at = now
      text = `,"time":"${new Date(now).toISOString()}"`
    }
    return text
  }
}

const dayMs = 86_400_000

/** One file a day. Old ones are removed when a new one begins. */
function createDailyFiles(folder: string, keepDays: number) {
  let day = Number.NaN
  let file: CollectedOutput | undefined
  mkdirSync(folder, { recursive: true, mode: 0o700 })

  const pathOf = (each: number) => path.join(folder, nameOf(each))
  const open = (today: number) => {
    const next = openSync(pathOf(today), 'a', 0o600)
    file?.flushSync()
    file?.end()
    day = today
    file = createCollectedOutput(next)
    removeOldFiles(folder, nameOf(today - keepDays))
  }
  /** When there is no room for today's file, yesterday's goes on. */
  const tryOpen = (today: number) => {
    try {
      open(today)
    } catch (error) {
      if (file === undefined) throw error
    }
  }
  return {
    write(line: string, now: number) {
      const today = Math.floor(now / dayMs)
      if (today !== day) tryOpen(today)
      file?.write(line)
    },
    flush: () => file?.flushSync(),
    /** Today's file, with all that was written so far in it. */
    async flushed() {
      if (file === undefined) return undefined
      const name = pathOf(day)
      return { file: name, bytes: await file.sizeOnceFlushed() }
    },
  }
}

function nameOf(day: number): string {
  return `${new Date(day * dayMs).toISOString().slice(0, 10)}.log`
}

/** Names are dates, so their order is that of time. */
function removeOldFiles(folder: string, oldest: string): void {
  for (const name of readdirSync(folder)) {
    if (/^\d{4}-\d\d-\d\d\.log$/.test(name) && name <= oldest) unlinkSync(path.join(folder, name))
  }
}
