/** Moves everything into another database: what an operator does once, when one machine is not enough any more. */
import { existsSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { FastifyBaseLogger } from 'fastify'
import { type Config, createConfig } from '../config/config.ts'
import { createQuietLog } from '../config/log.ts'
import { openJournal } from '../ledger/ledger.ts'
import { aheadFolder } from '../store/backup.ts'
import { createStore } from '../store/create-store.ts'
import { moveStore } from '../store/move-store.ts'
import type { Store } from '../store/store.ts'
import { CommandError } from './api-client.ts'
import type { ChatUpkeep } from './command-context.ts'
import { assertNoNodes, holdStopped } from './stopped-server.ts'

export interface MoveParts {
  /** Of the database that is moved into. */
  readonly config: Config
  /** DATABASE_URL as it was before; undefined: there was none. */
  readonly from: string | undefined
  readonly chat: Pick<ChatUpkeep, 'rebuildIndex'>
  /** Asked when nothing stands in the way. */
  readonly confirm: (source: string, target: string) => Promise<void>
  readonly tell: (progress: string) => void
}

export interface Moved {
  readonly from: string
  readonly to: string
  /** Rows of each table. */
  readonly tables: { readonly [table: string]: number }
}

/** Throws CommandError and MoveError, and then the new database is as it was before. */
export async function moveDatabase({ config, from, chat, confirm, tell }: MoveParts): Promise<Moved> {
  const { dataDir, database: target } = config
  const { database: source } = createConfig({ ...config.environment.texts, DATABASE_URL: from })
  if (isDeepStrictEqual(source, target))
    throw new CommandError('That is the database which the settings name. Set DATABASE_URL to the new one first.')
  if (source.kind === 'sqlite' && !existsSync(source.file)) throw new CommandError(`There is no ${source.file}.`)
  const { log } = createQuietLog(config)
  await using _stopped = await holdStopped({ ...config, database: source })
  await assertNoNodes(config)
  await using oldStore = await createStore(source, { dataDir, log })
  await using newStore = await createStore(target, { dataDir, log })
  const names = { from: nameOf(source), to: nameOf(target) }
  await confirm(names.from, names.to)
  if (source.kind === 'sqlite') await bringLinesIn(oldStore, dataDir, log)
  const tables = await moveStore(oldStore, newStore, ({ table, rows, of }) => tell(`${table}: ${rows} of ${of}`))
  tell('The search index is being made.')
  await chat.rebuildIndex(newStore)
  return { ...names, tables }
}

/** Calls that a server which was killed had on its lines only: a start would do the same. */
async function bringLinesIn(store: Store, dataDir: string, log: FastifyBaseLogger): Promise<void> {
  await using _journal = await openJournal({ store, aheadFolder: aheadFolder(dataDir), log })
}

/** Without the password. */
function nameOf(database: Config['database']): string {
  if (database.kind === 'sqlite') return database.file
  const { host, pathname } = new URL(database.url)
  return `PostgreSQL ${host}${pathname}`
}
