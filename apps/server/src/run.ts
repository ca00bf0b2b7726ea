/** Start-up and signals, nothing else. Loaded by `main.ts`. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ParleyError } from '@parley/contract'
import { type Config, ConfigError, createConfig, sqliteFileOf } from './config/config.ts'
import { describeEnvironment, loadEnvironment } from './config/env.ts'
import { createCollectedOutput } from './config/collected-output.ts'
import { createWatchedLog, type Log } from './config/log.ts'
import { addSamples } from './demo.ts'
import { prepareAccounts } from './identity/prepare-accounts.ts'
import { lockDataDir } from './store/instance-lock.ts'
import { prepareFirstAccount } from './upstreams/prepare-first-account.ts'

const usage = `Usage: npm start [-- --help]
       npm run demo

Options:
  --demo    to try it: on this machine only, with two known accounts and the simulated model
  --help    this text

Settings come from the environment, or from a file .env in the working folder.

${describeEnvironment()}`

/** What the command line says. Resolves when the server has stopped in good order, or could not start. */
export async function run(parameters: readonly string[]): Promise<void> {
  if (parameters.includes('--help')) return console.log(usage)
  const isDemo = parameters.includes('--demo')
  try {
    const config = createConfig(loadEnvironment(), { isDemo, isTerminal: process.stdout.isTTY })
    await serve(config)
  } catch (error) {
    console.error(`\n${describeFailure(error)}\n`)
    process.exitCode = error instanceof ConfigError ? 2 : 1
  }
}

async function serve(config: Config): Promise<void> {
  const output = process.stdout.isTTY ? process.stdout : createCollectedOutput(process.stdout.fd)
  const watched = createWatchedLog({ settings: config.log, folder: path.join(config.dataDir, 'logs'), output })
  const { log } = watched
  const stop = stopSignal(log)
  await using cleanUp = new AsyncDisposableStack()
  // Several processes may share PostgreSQL; a SQLite file has one master.
  if (config.database.kind === 'sqlite') cleanUp.use(await lockDataDir(config.dataDir))
  // Loaded only now, so that whoever asks for help or has a setting wrong is answered at once.
  const { createApp } = await import('./app.ts')
  const app = cleanUp.use(await createApp(config, { log: watched }))
  const { setupToken, demoUserIds } = await prepareAccounts(app.identity, config)
  await prepareFirstAccount(app.upstreams.admin, config.upstreams, log)
  const url = await app.listen()
  log.info({ url, version: config.version, database: config.database.kind, state: config.state.kind }, 'ready')
  giveBackMemory()
  tuneCollector()
  greet(config.port === 0 ? { ...config, publicUrl: url } : config, setupToken)
  if (config.isDemo) addSamples(app, demoUserIds).catch((err: unknown) => log.error({ err }, 'no sample conversations'))
  await stop
  log.info('stopping')
}

/**
 * What the start has left behind is a third of what an idle server would hold, and V8 keeps it until there is work. Done
 * while nobody is here yet, because it stops everything for a moment.
 */
function giveBackMemory(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as NodeJS.GCFunction
  void collect({ type: 'major', execution: 'async', flavor: 'last-resort' })
}

/**
 * For a server, not for a page (decision 070). In each pause of some seconds V8 would collect twice, and with the last
 * request's objects throw away the machine code that was made for their shapes: the calls after it would cost up to twice as
 * much. And it would collect all of a small heap as soon as that has grown by a fifth.
 */
function tuneCollector(): void {
  setFlagsFromString('--memory-reducer-gc-count=0')
  setFlagsFromString('--heap-growing-percent=100')
}

/** To people, on standard error: the log has no place for the one-time link. */
function greet(config: Config, setupToken: string | undefined): void {
  const lines = [`Parley ${config.version} is ready: ${config.publicUrl}`]
  if (setupToken !== undefined) {
    lines.push(`Make the first administrator here (works once): ${config.publicUrl}/setup#${setupToken}`)
    const file = sqliteFileOf(config.environment.values)
    if (config.database.kind === 'postgres' && existsSync(file))
      lines.push(`This database is new. ${file} comes into it by: npm run cli move-database (stop this server first).`)
  }
  if (config.isDemo) {
    lines.push('This is the demo. Sign in as test@test.com or test2@test.com, password 123456.')
  }
  console.error(`\n  ${lines.join('\n  ')}\n`)
}

/** Resolves at the first signal to stop; a second one does not wait for anything. */
function stopSignal(log: Log): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let isStopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(signal === 'SIGINT' ? 130 : 143)
    isStopping = true
    resolve()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  // Nothing is known of the state that an unexpected error leaves behind, so the process ends and starts afresh.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'unexpected error')
    console.error(error)
    process.exit(1)
  })
  return promise
}

function describeFailure(error: unknown): string {
  if (error instanceof ConfigError)
    return `Parley cannot start with these settings:\n\n  ${error.message.replace(/\n/g, '\n  ')}`
  if (isSystemError(error) && error.code === 'EADDRINUSE') {
    return `Port ${error.port} is taken. Stop what uses it, or choose another one: PORT=${Number(error.port) + 1} npm start`
  }
  if (isSystemError(error) && error.code === 'EACCES' && error.syscall === 'listen') {
    return `Port ${error.port} is not open to this user. Choose one above 1023: PORT=3000 npm start`
  }
  if (error instanceof ParleyError && error.cause instanceof Error)
    return `Parley cannot start: ${error.message} (${describeCause(error.cause)})`
  return `Parley cannot start: ${error instanceof Error ? error.message : String(error)}`
}

/** Of several addresses that were tried each has its own error, and all together have no text. */
function describeCause(cause: Error): string {
  const [first] = cause instanceof AggregateError ? cause.errors : []
  return first instanceof Error ? first.message : cause.message
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException & { port?: number } {
  return error instanceof Error && 'code' in error
}
