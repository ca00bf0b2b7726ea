import type { Config } from '../config/config.ts'
import { createQuietLog } from '../config/log.ts'
import { openUnmigrated } from '../store/create-store.ts'
import { lockDataDir } from '../store/instance-lock.ts'
import { listLiveNodes } from '../store/store-status.ts'
import { tableNames } from '../store/table-names.ts'
import { CommandError } from './api-client.ts'

/** Four heart-beats of a server that runs. */
const aliveMs = 20_000

/**
 * Throws when a server runs on these data; until it is disposed of none can start in the data folder. Servers that share a
 * PostgreSQL may be on other machines: they are known by their heart-beats there.
 */
export async function holdStopped(config: Pick<Config, 'dataDir' | 'database' | 'log'>): Promise<AsyncDisposable> {
  const lock = await lockDataDir(config.dataDir)
  try {
    await assertNoNodes(config)
    return lock
  } catch (error) {
    await lock[Symbol.asyncDispose]()
    throw error
  }
}

/** Throws when a server runs on this database, of whatever version: nothing is changed in it. */
export async function assertNoNodes(config: Pick<Config, 'dataDir' | 'database' | 'log'>): Promise<void> {
  // Whoever works on a SQLite file has locked the data folder.
  if (config.database.kind === 'sqlite') return
  const { log } = createQuietLog(config)
  await using store = await openUnmigrated(config.database, { dataDir: config.dataDir, log })
  const tables = await tableNames(store.database, store.kind)
  const alive = tables.includes('node') ? await listLiveNodes(store, aliveMs) : []
  if (alive.length === 0) return
  const which = alive.map(({ host, pid }) => `process ${pid} on ${host}`).join(', ')
  throw new CommandError(
    `Parley is running on this database (${which}). Stop it first; one that died is gone in 20 seconds.`,
  )
}
