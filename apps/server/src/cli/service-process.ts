import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Config } from '../config/config.ts'
import { loadEnvironment } from '../config/env.ts'
import { CommandError } from './api-client.ts'
import { localOrigin } from './local-origin.ts'

export interface Service {
  readonly logFile: string
  /** In this terminal, until it ends. */
  runHere(): Promise<void>
  /** In the background. Resolves when it answers, with what it said at its start. */
  start(): Promise<{ readonly pid: number; readonly said: string }>
  /** Resolves when it has ended; undefined when it was not running. */
  stop(): Promise<number | undefined>
  status(): Promise<{ readonly pid: number | undefined; readonly health: string | undefined }>
}

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const launcher = path.join(root, 'scripts', 'launch.mjs')
const program = path.join('apps', 'server', 'src', 'main.ts')
const startTimeoutMs = 60_000
/** Beyond what the server itself waits for. */
const usualGraceMs = 10_000
const lookEveryMs = 100

export interface ServiceOptions {
  readonly graceMs?: number
}

/** What a stop in good order waits for: replies that are being written, and then a database that is away (decision 074). */
export function longestWaitMs(shutdownMs: number): number {
  return 2 * shutdownMs
}

export function createService(
  config: Pick<Config, 'dataDir' | 'host' | 'port' | 'shutdownMs'>,
  { graceMs = usualGraceMs }: ServiceOptions = {},
): Service {
  const { dataDir } = config
  const pidFile = path.join(dataDir, 'service.pid')
  const logFile = path.join(dataDir, 'logs', 'service.log')

  async function tryPid(): Promise<number | undefined> {
    const pid = Number((await tryRead(pidFile)) ?? Number.NaN)
    return Number.isSafeInteger(pid) && pid > 0 && (await isOurs(pid)) ? pid : undefined
  }

  async function start(): ReturnType<Service['start']> {
    const running = await tryPid()
    if (running !== undefined) throw new CommandError(`Parley is running already (process ${running}).`)
    if ((await tryHealth(config)) !== undefined)
      throw new CommandError(
        `A server that is not this service answers at ${localOrigin(config)} already. Stop it first.`,
      )
    await mkdir(path.dirname(logFile), { recursive: true })
    const from = await sizeOf(logFile)
    // The one-time link for the first administrator is in it.
    const log = openSync(logFile, 'a', 0o600)
    const child = spawn(process.execPath, [launcher, program], {
      cwd: process.cwd(),
      detached: true,
      stdio: ['ignore', log, log],
      env: detachedEnvironment(),
    })
    closeSync(log)
    const ended = once(child, 'exit').then(([code]) => Number(code ?? 1))
    const { pid } = child
    if (pid === undefined) throw new CommandError('Parley could not be started.')
    await writeFile(pidFile, `${pid}\n`)
    const failed = await Promise.race([ended, untilHealthy(config)])
    // Whatever comes of it, this process does not wait for it.
    child.unref()
    const said = (await readFile(logFile, 'utf8')).slice(from)
    if (failed !== undefined) {
      await stop()
      throw new CommandError(`Parley has not started.\n\n${said.trim()}`, { exitCode: failed || 1 })
    }
    return { pid, said: withoutLogLines(said) }
  }

  async function stop(): ReturnType<Service['stop']> {
    const pid = await tryPid()
    if (pid === undefined) {
      await rm(pidFile, { force: true })
      return undefined
    }
    process.kill(pid, 'SIGTERM')
    const giveUpAt = Date.now() + longestWaitMs(config.shutdownMs) + graceMs
    while (await isOurs(pid)) {
      if (Date.now() > giveUpAt) throw new CommandError(`Parley (process ${pid}) does not stop. Its log: ${logFile}`)
      await delay(lookEveryMs)
    }
    await rm(pidFile, { force: true })
    return pid
  }

  return {
    logFile,
    start,

    async runHere() {
      const child = spawn(process.execPath, [launcher, program], { stdio: 'inherit' })
      // A terminal's Ctrl-C reaches the child by itself; what is sent to this process alone is passed on.
      process.on('SIGINT', () => undefined)
      process.on('SIGTERM', () => child.kill('SIGTERM'))
      const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
      process.exitCode = code ?? (signal === null ? 1 : 143)
    },

    stop,

    async status() {
      return { pid: await tryPid(), health: await tryHealth(config) }
    },
  }
}

/** npm's own variables would tie the service to the terminal that started it. */
function detachedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(loadEnvironment()).filter(([name]) => !name.startsWith('npm_')))
}

/** Alive, and not some other program that has got the number since. */
async function isOurs(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
  const command = await tryRead(`/proc/${pid}/cmdline`)
  // Where there is no /proc the number has to do. A process that has ended and is not yet buried has no command.
  return command === undefined || command.includes('main.ts')
}

async function untilHealthy(config: Pick<Config, 'host' | 'port'>): Promise<number | undefined> {
  const giveUpAt = Date.now() + startTimeoutMs
  while ((await tryHealth(config)) === undefined) {
    if (Date.now() > giveUpAt) return 1
    await delay(lookEveryMs)
  }
  return undefined
}

async function tryHealth(config: Pick<Config, 'host' | 'port'>): Promise<string | undefined> {
  try {
    const reply = await fetch(`${localOrigin(config)}/health`, { signal: AbortSignal.timeout(2000) })
    const { status } = (await reply.json()) as { status?: unknown }
    return typeof status === 'string' ? status : undefined
  } catch {
    // Nobody answers there, or not yet.
    return undefined
  }
}

/** What is meant for people. */
function withoutLogLines(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('{'))
    .join('\n')
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}

async function tryRead(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
