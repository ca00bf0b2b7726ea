import { Command } from 'commander'
import { accountCommands } from './commands/accounts.ts'
import { adminCommands } from './commands/admin.ts'
import { backupCommands } from './commands/backup.ts'
import { explainCommand } from './commands/explain.ts'
import { invitationCommands } from './commands/invitations.ts'
import { keyCommands } from './commands/keys.ts'
import { modelCommands } from './commands/models.ts'
import { moveDatabaseCommand } from './commands/move-database.ts'
import { rebuildSearchCommand } from './commands/rebuild-search.ts'
import { rotateKeysCommand } from './commands/rotate-keys.ts'
import { statusCommand } from './commands/status.ts'
import { usageCommand } from './commands/usage.ts'
import type { CommandContext } from './command-context.ts'

const description = `Administers this Parley: people, API keys, upstream accounts, models, usage.

It works through the running server where there is one, else on the data folder or database that the settings name
(npm start -- --help lists them). Whoever may read the data folder is an administrator.`

const ending = `
Exit codes: 0 done, 1 refused or failed, 2 wrong usage or settings, 130 not confirmed.
Options come after --, as in: npm run cli -- keys create --name laptop --json`

export function createProgram(context: CommandContext): Command {
  const program = new Command('parley')
    // Before any command is added: they take it over.
    .exitOverride()
    .description(description)
    .option('--json', 'answer in JSON')
    .option('--yes', 'do not ask before what cannot be undone')
    .addHelpText('after', ending)
    .showHelpAfterError('(--help says more)')
    .configureHelp({ showGlobalOptions: true })
  const parts = [adminCommands, invitationCommands, keyCommands, accountCommands, modelCommands, usageCommand]
  const upkeep = [backupCommands, rotateKeysCommand, rebuildSearchCommand, moveDatabaseCommand]
  for (const add of [...parts, statusCommand, explainCommand, ...upkeep]) add(program, context)
  return program
}
