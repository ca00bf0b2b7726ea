import type { Config } from '../config/config.ts'
import { createLog } from '../config/log.ts'
import { createStore } from '../store/create-store.ts'
import { lockDataDir } from '../store/instance-lock.ts'
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

/** Throws when a server runs on this database. */
export async function assertNoNodes(config: Pick<Config, 'dataDir' | 'database' | 'log'>): Promise<void> {
  // Whoever works on a SQLite file has locked the data folder.
  if (config.database.kind === 'sqlite') return
  const log = createLog({ settings: { ...config.log, level: 'warn' }, folder: undefined, output: process.stderr })
  await using store = await createStore(config.database, { dataDir: config.dataDir, log })
  const alive = await store.database
    .selectFrom('node')
    .select(['host', 'pid'])
    .where('stopped_at', 'is', null)
    .where('heartbeat_at', '>', Date.now() - aliveMs)
    .execute()
  if (alive.length === 0) return
  const which = alive.map(({ host, pid }) => `process ${pid} on ${host}`).join(', ')
  throw new CommandError(
    `Parley is running on this database (${which}). Stop it first; one that died is gone in 20 seconds.`,
  )
}
