import type { Config } from '../config/config.ts'
import type { Encryption } from '../config/encryption.ts'
import type { Store } from '../store/store.ts'
import type { ApiClient } from './api-client.ts'
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
