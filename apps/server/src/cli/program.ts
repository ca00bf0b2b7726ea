import { Command } from 'commander'
import type { Config } from '../config/config.ts'
import type { Encryption } from '../config/encryption.ts'
import type { Store } from '../store/store.ts'
import type { ApiClient } from './api-client.ts'
import { accountCommands } from './commands/accounts.ts'
import { adminCommands } from './commands/admin.ts'
import { backupCommands } from './commands/backup.ts'
import { explainCommand } from './commands/explain.ts'
import { keyCommands } from './commands/keys.ts'
import { modelCommands } from './commands/models.ts'
import { rebuildSearchCommand } from './commands/rebuild-search.ts'
import { rotateKeysCommand } from './commands/rotate-keys.ts'
import { statusCommand } from './commands/status.ts'
import { usageCommand } from './commands/usage.ts'
import type { Terminal } from './terminal.ts'

/** What commands work with. Opened when a command first needs it, so that help and mistakes cost nothing. */
export interface CommandContext {
  /** Signed in as an administrator; throws when there is none yet. */
  api(): Promise<ApiClient>
  /** The first administrator, while there is none; undefined when there is one already. */
  createFirstAdmin(registration: Registration): Promise<{ readonly email: string } | undefined>
  config(): Config
  /** Loaded when a command needs it. */
  chat(): Promise<ChatUpkeep>
  relay(): Promise<RelayUpkeep>
  terminal(options: GlobalOptions): Terminal
}

/** What is done to conversations and their files straight in the database. */
export interface ChatUpkeep {
  rebuildIndex(store: Store): Promise<{ readonly messages: number; readonly titles: number }>
  /** How many keys of files were sealed again. */
  resealFiles(store: Store, encryption: Encryption): Promise<number>
}

/** The same for what the relay keeps. */
export interface RelayUpkeep {
  /** How many responses were sealed again. */
  resealResponses(store: Store, encryption: Encryption): Promise<number>
  forgetCachedReplies(store: Store): Promise<void>
}

export interface Registration {
  readonly email: string
  readonly password: string
  readonly username?: string | undefined
}

export interface GlobalOptions {
  readonly json?: boolean
  readonly yes?: boolean
}

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
  const parts = [adminCommands, keyCommands, accountCommands, modelCommands, usageCommand, statusCommand]
  for (const add of [...parts, explainCommand, backupCommands, rotateKeysCommand, rebuildSearchCommand])
    add(program, context)
  return program
}
