import type { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { moveDatabase } from '../move-database.ts'

export function moveDatabaseCommand(program: Command, context: CommandContext): void {
  program
    .command('move-database')
    .description('copy everything from SQLite into the new database of DATABASE_URL; the server must be stopped')
    .option('--from <url>', 'DATABASE_URL as it was before, if it was not the SQLite file of the data folder')
    .action(async ({ from }: { from?: string }, command: Command) => {
      const terminal = context.terminal(command.optsWithGlobals())
      const moved = await moveDatabase({
        config: context.config(),
        from,
        chat: await context.chat(),
        confirm: (source, target) => terminal.confirm(`Copy everything from ${source} into ${target}?`),
        tell: (progress) => terminal.progress(progress),
      })
      const rows = Object.values(moved.tables).reduce((sum, count) => sum + count, 0)
      terminal.say(`${rows} rows are in ${moved.to}. Start the server; ${moved.from} is as it was.`, moved)
    })
}
