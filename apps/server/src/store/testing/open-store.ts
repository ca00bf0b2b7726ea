import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestDatabase } from '@parley/testkit'
import { pino } from 'pino'
import type { Config } from '../../config/config.ts'
import { createStore } from '../create-store.ts'
import type { Store } from '../store.ts'

export const silentLog = pino({ level: 'silent' })

export function databaseConfig(database: TestDatabase): Config['database'] {
  return database.kind === 'sqlite'
    ? { kind: 'sqlite', file: database.url.slice('sqlite:'.length) }
    : { kind: 'postgres', url: database.url }
}

/** The store of a test database; disposing closes it and takes its data folder away. */
export async function openStore(database: TestDatabase): Promise<Store> {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-store-'))
  const store = await createStore(databaseConfig(database), { dataDir, log: silentLog })
  const close = store[Symbol.asyncDispose].bind(store)
  store[Symbol.asyncDispose] = async () => {
    await close()
    await rm(dataDir, { recursive: true, force: true })
  }
  return store
}
