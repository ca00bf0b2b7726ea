import type { Command } from 'commander'
import { createConfig } from '../../config/config.ts'
import { createEncryption } from '../../config/encryption.ts'
import { loadEnvironment } from '../../config/env.ts'
import { createQuietLog } from '../../config/log.ts'
import { addEncryptionKey } from '../../config/secrets.ts'
import { createStore } from '../../store/create-store.ts'
import type { CommandContext } from '../command-context.ts'
import { sealedColumns } from '../sealed-columns.ts'
import { holdStopped } from '../stopped-server.ts'

/**
 * The server must be down: one that does not know the new key yet could not open what is sealed with it. Keys that are no
 * longer used stay in the file, because backups need them.
 */
export function rotateKeysCommand(program: Command, context: CommandContext): void {
  program
    .command('rotate-keys')
    .description('seal all stored credentials with a new key; the server must be stopped')
    .action(async (_options, command: Command) => {
      const config = context.config()
      const { dataDir, database } = config
      const terminal = context.terminal(command.optsWithGlobals())
      await using _stopped = await holdStopped(config)
      await terminal.confirm('Make a new encryption key and seal all stored credentials with it?')
      const { log } = createQuietLog(config)
      await using store = await createStore(database, { dataDir, log })
      const environment = loadEnvironment()
      // What is set stands before what is kept: then the new key is the operator's to make.
      const isGiven = (environment['ENCRYPTION_KEY'] ?? '').trim() !== ''
      if (!isGiven) addEncryptionKey(dataDir)
      const { secrets } = createConfig(environment)
      const encryption = createEncryption(secrets)
      let sealed = 0
      for (const { renew } of sealedColumns(await context.chat(), await context.relay()))
        sealed += await renew(store, encryption)
      const [newest] = secrets.encryptionKeys
      const which = isGiven ? 'the first key of ENCRYPTION_KEY' : 'a new key in secrets.json'
      terminal.say(`${sealed} credentials are sealed with ${which} (${newest?.id ?? ''}). Start the server again.`, {
        sealed,
        key_id: newest?.id,
      })
    })
}
