import type { Command } from 'commander'
import { createQuietLog } from '../../config/log.ts'
import { createStore } from '../../store/create-store.ts'
import type { CommandContext } from '../command-context.ts'

/** Beside a running server too: what is said meanwhile is in the index as well. */
export function rebuildSearchCommand(program: Command, context: CommandContext): void {
  program
    .command('rebuild-search')
    .description('make the search index anew; until it is done, not everything is found')
    .action(async (_options, command: Command) => {
      const config = context.config()
      const terminal = context.terminal(command.optsWithGlobals())
      const { log } = createQuietLog(config)
      await using store = await createStore(config.database, { dataDir: config.dataDir, log })
      const chat = await context.chat()
      const done = await chat.rebuildIndex(store)
      terminal.say(`${done.messages} messages and ${done.titles} titles can be found.`, done)
    })
}
