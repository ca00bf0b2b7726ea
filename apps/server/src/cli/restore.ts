/** Puts a backup in place of what is there. It changes nothing before the backup has been checked, and throws nothing away. */
import { chmod, copyFile, cp, rename, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import type { Config } from '../config/config.ts'
import {
  aheadFolder,
  backupsFolder,
  backupStamp,
  beforeRestore,
  createBackup,
  postgresName,
  readManifest,
  runPostgres,
  secretsName,
  sqliteName,
  textOf,
} from '../store/backup.ts'
import { createQuietLog } from '../config/log.ts'
import { openUnmigrated } from '../store/create-store.ts'
import { noteRestored } from '../store/restored.ts'
import type { Store } from '../store/store.ts'
import { tableNames } from '../store/table-names.ts'
import { CommandError } from './api-client.ts'
import { holdStopped } from './stopped-server.ts'

type Settings = Pick<Config, 'dataDir' | 'database' | 'log' | 'version'>

export interface Restored {
  readonly aside: string
}

/** `confirm` is asked once the backup has been found good. */
export async function restoreBackup(
  config: Settings,
  folder: string,
  confirm: (backup: { readonly madeAt: string }) => Promise<void>,
): Promise<Restored> {
  const { dataDir, database } = config
  await using _stopped = await holdStopped(config)
  const manifest = await readManifest(folder)
  if (manifest.database !== database.kind)
    throw new CommandError(
      `It is a backup of ${manifest.database}, and the settings say ${database.kind}. Restore it there, then move-database.`,
    )
  if (database.kind === 'sqlite') assertGoodSqlite(path.join(folder, sqliteName))
  await confirm({ madeAt: manifest.made_at })
  // What is there is kept whole, as a backup of its own.
  const { folder: aside } = await createBackup(config, path.join(backupsFolder(dataDir), beforeRestore + backupStamp()))
  if (database.kind === 'sqlite') {
    await replaceLines(aheadFolder(folder), aheadFolder(dataDir))
    await replaceSqlite(path.join(folder, sqliteName), database.file)
  } else await replacePostgres(config, folder, aside)
  await replaceSecrets(path.join(folder, secretsName), path.join(dataDir, secretsName))
  await using store = await openStore(config)
  await noteRestored(Date.now(), store.database)
  return { aside }
}

function assertGoodSqlite(file: string): void {
  try {
    using database = new DatabaseSync(file, { readOnly: true })
    const row = database.prepare('pragma integrity_check').get()
    if (row?.['integrity_check'] !== 'ok') throw new Error(String(row?.['integrity_check']))
  } catch (cause) {
    throw new CommandError(`The database in the backup is damaged: ${textOf(cause)}`, { cause })
  }
}

/** Those of a server that was killed are of the database that goes, with which they have been kept. */
async function replaceLines(from: string, lines: string): Promise<void> {
  await rm(lines, { recursive: true, force: true })
  if (existsSync(from)) await cp(from, lines, { recursive: true })
}

async function replaceSqlite(from: string, file: string): Promise<void> {
  const draft = `${file}.restoring`
  await copyFile(from, draft)
  // The log of the old file would be applied to the new one.
  for (const suffix of ['-wal', '-shm']) await rm(`${file}${suffix}`, { force: true })
  await rename(draft, file)
}

/** Whatever version the tables are of: those of a newer one are unknown to the backup, and would be in its way. */
async function replacePostgres(config: Settings, folder: string, aside: string): Promise<void> {
  await dropTables(config)
  try {
    await readPostgres(config, folder)
  } catch (error) {
    await readPostgres(config, aside)
    throw error
  }
}

/** All of it or nothing. The user here may have another name than there. */
async function readPostgres({ database }: Settings, folder: string): Promise<void> {
  const options = ['--clean', '--if-exists', '--no-owner', '--no-privileges', '--single-transaction']
  if (database.kind === 'postgres')
    await runPostgres('pg_restore', database.url, [...options, path.join(folder, postgresName)])
}

async function dropTables(config: Settings): Promise<void> {
  await using store = await openStore(config)
  const tables = await tableNames(store.database, store.kind)
  if (tables.length === 0) return
  await sql`drop table ${sql.join(tables.map((name) => sql.table(name)))} cascade`.execute(store.database)
}

async function openStore(config: Settings): Promise<Store> {
  const { log } = createQuietLog(config)
  return await openUnmigrated(config.database, { dataDir: config.dataDir, log })
}

/** A backup that was downloaded has none: those that are here stay, and the start says so if they do not belong to it. */
async function replaceSecrets(from: string, file: string): Promise<void> {
  if (!existsSync(from)) return
  await copyFile(from, file)
  await chmod(file, 0o600)
}
