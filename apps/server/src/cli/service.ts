/**
 * `npm run service:…`: the server as a service of this machine, without a service manager. Its process id is in
 * DATA_DIR/service.pid, what it prints in DATA_DIR/logs/service.log.
 */
import { Command, CommanderError } from 'commander'
import { ConfigError, createConfig } from '../config/config.ts'
import { loadEnvironment } from '../config/env.ts'
import { CommandError } from './api-client.ts'
import { wholeNumber } from './arguments.ts'
import { tolerateClosedPipe } from './closed-pipe.ts'
import { followLog, printLog } from './service-log.ts'
import { createService, type Service } from './service-process.ts'

/** What `systemctl status` says of a unit that does not run. */
const notRunningCode = 3

await main()

async function main(): Promise<void> {
  tolerateClosedPipe()
  try {
    await createServiceProgram().parseAsync(process.argv.slice(2), { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
    else {
      console.error(error instanceof Error ? error.message : String(error))
      process.exitCode = error instanceof ConfigError ? 2 : error instanceof CommandError ? error.exitCode : 1
    }
  }
}

function createServiceProgram(): Command {
  const program = new Command('service').exitOverride().description('Starts, watches and stops Parley on this machine.')
  const withService = (work: (service: Service) => Promise<void>) => {
    return work(createService(createConfig(loadEnvironment())))
  }
  program
    .command('start')
    .description('run it here; with --daemon in the background')
    .option('-d, --daemon', 'in the background, until it is stopped')
    .action(({ daemon = false }: { daemon?: boolean }) =>
      withService((service) => (daemon ? startDaemon(service) : service.runHere())),
    )
  program
    .command('stop')
    .description('let it finish what it is doing, and stop it')
    .action(() => withService(stop))
  program
    .command('restart')
    .description('stop it and start it in the background')
    .action(() =>
      withService(async (service) => {
        await stop(service)
        await startDaemon(service)
      }),
    )
  program
    .command('status')
    .description(`whether it runs and how it is; exit code ${notRunningCode} when it does not`)
    .action(() => withService(status))
  program
    .command('logs')
    .description('what it printed last')
    .option('-f, --follow', 'and what it prints from now on')
    .option('-n, --lines <number>', 'how many lines', wholeNumber, 100)
    .action(({ follow = false, lines }: { follow?: boolean; lines: number }) =>
      withService(async ({ logFile }) => {
        await (follow ? followLog(logFile, lines) : printLog(logFile, lines))
      }),
    )
  return program
}

async function startDaemon(service: Service): Promise<void> {
  const { pid, said } = await service.start()
  console.log(`${said.trim()}\n\nParley runs in the background (process ${pid}). Its log: ${service.logFile}`)
}

async function stop(service: Service): Promise<void> {
  const pid = await service.stop()
  console.log(pid === undefined ? 'Parley was not running.' : `Parley has stopped (process ${pid}).`)
}

async function status(service: Service): Promise<void> {
  const { pid, health } = await service.status()
  if (pid === undefined && health === undefined) {
    console.log('Parley is not running.')
    process.exitCode = notRunningCode
    return
  }
  const by = pid === undefined ? 'started otherwise' : `process ${pid}`
  console.log(`Parley is running (${by}): ${health ?? 'it does not answer'}`)
  if (health === undefined) process.exitCode = 1
}
