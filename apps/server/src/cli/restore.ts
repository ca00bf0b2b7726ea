/** Puts a backup in place of what is there. It changes nothing before the backup has been checked, and throws nothing away. */
import { chmod, copyFile, cp, rename, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Config } from '../config/config.ts'
import { aheadFolder } from '../ledger/ahead-journal.ts'
import {
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
import { CommandError } from './api-client.ts'
import { holdStopped } from './stopped-server.ts'

export interface Restored {
  readonly aside: string
}

/** `confirm` is asked once the backup has been found good. */
export async function restoreBackup(
  config: Pick<Config, 'dataDir' | 'database' | 'log' | 'version'>,
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
    await replaceLines(aheadFolder(dataDir), { from: aheadFolder(folder), aside: aheadFolder(aside) })
    await replaceSqlite(path.join(folder, sqliteName), database.file)
  } else {
    const options = ['--clean', '--if-exists', '--single-transaction', path.join(folder, postgresName)]
    await runPostgres('pg_restore', database.url, options)
  }
  await replaceSecrets(path.join(folder, secretsName), path.join(dataDir, secretsName))
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

/** Those of a server that was killed are of the database that goes, with which they are kept. */
async function replaceLines(
  lines: string,
  { from, aside }: { readonly from: string; readonly aside: string },
): Promise<void> {
  if (existsSync(lines)) await cp(lines, aside, { recursive: true })
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

/** A backup that was downloaded has none: those that are here stay, and the start says so if they do not belong to it. */
async function replaceSecrets(from: string, file: string): Promise<void> {
  if (!existsSync(from)) return
  await copyFile(from, file)
  await chmod(file, 0o600)
}
