import type { Command } from 'commander'
import { createBackup } from '../../store/backup.ts'
import type { CommandContext } from '../command-context.ts'
import { restoreBackup } from '../restore.ts'

export function backupCommands(program: Command, context: CommandContext): void {
  program
    .command('backup [folder]')
    .description('copy database and secrets into a new folder, beside a running server; keep it safe')
    .action(async (folder: string | undefined, _options, command: Command) => {
      const backup = await createBackup(context.config(), folder)
      context.terminal(command.optsWithGlobals()).say(`The backup is in ${backup.folder}`, backup)
    })
  program
    .command('restore <folder>')
    .description('put a backup in place of what is there, which is kept aside; the server must be stopped')
    .action(async (folder: string, _options, command: Command) => {
      const terminal = context.terminal(command.optsWithGlobals())
      const restored = await restoreBackup(context.config(), folder, ({ madeAt }) =>
        terminal.confirm(`Put the backup of ${madeAt} in place of the present data?`),
      )
      terminal.say(`Restored. What was there before is in ${restored.aside}`, restored)
    })
}
