/**
 * A backup is a folder: the database, the secrets without which its credentials and keys are worthless, and a manifest
 * that says what it is.
 *
 * Guarantees: the copy is of one moment, also beside a running server; it is complete, or there is none; restoring
 * changes nothing before the backup has been checked, and throws nothing away.
 */
import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { Config } from '../config/config.ts'
import { loadEnvironment } from '../config/env.ts'
import { CommandError } from './api-client.ts'
import { holdStopped } from './stopped-server.ts'

type BackupConfig = Pick<Config, 'dataDir' | 'database' | 'log' | 'version'>

const manifestSchema = z.object({
  made_at: z.string(),
  version: z.string(),
  database: z.enum(['sqlite', 'postgres']),
})

export interface Backup {
  readonly folder: string
  readonly database: Config['database']['kind']
}

const sqliteName = 'parley.db'
const postgresName = 'parley.pgdump'
const secretsName = 'secrets.json'
const manifestName = 'manifest.json'

export async function createBackup(config: BackupConfig, folder?: string): Promise<Backup> {
  const { dataDir, database, version } = config
  const goal = path.resolve(folder ?? path.join(dataDir, 'backups', stamp()))
  const draft = `${goal}.part`
  await mkdir(path.dirname(goal), { recursive: true })
  await mkdir(draft, { mode: 0o700 })
  try {
    if (database.kind === 'sqlite') copySqlite(database.file, path.join(draft, sqliteName))
    else await runPostgres('pg_dump', database.url, ['--format=custom', `--file=${path.join(draft, postgresName)}`])
    await copyFile(path.join(dataDir, secretsName), path.join(draft, secretsName))
    await chmod(path.join(draft, secretsName), 0o600)
    const manifest: z.input<typeof manifestSchema> = {
      made_at: new Date().toISOString(),
      version,
      database: database.kind,
    }
    await writeFile(path.join(draft, manifestName), `${JSON.stringify(manifest, null, 2)}\n`)
    await rename(draft, goal)
  } catch (cause) {
    await rm(draft, { recursive: true, force: true })
    throw cause instanceof CommandError ? cause : new CommandError(`The backup failed: ${textOf(cause)}`, { cause })
  }
  return { folder: goal, database: database.kind }
}

export interface Restored {
  readonly aside: string
}

/** `confirm` is asked once the backup has been found good. */
export async function restoreBackup(
  config: BackupConfig,
  folder: string,
  confirm: (backup: { readonly madeAt: string }) => Promise<void>,
): Promise<Restored> {
  const { dataDir, database } = config
  await using _stopped = await holdStopped(config)
  const manifest = await readManifest(folder)
  if (manifest.database !== database.kind)
    throw new CommandError(`It is a backup of ${manifest.database}, and the settings say ${database.kind}.`)
  if (database.kind === 'sqlite') assertGoodSqlite(path.join(folder, sqliteName))
  await confirm({ madeAt: manifest.made_at })
  // What is there is kept whole, as a backup of its own.
  const { folder: aside } = await createBackup(config, path.join(dataDir, 'backups', `before-restore-${stamp()}`))
  if (database.kind === 'sqlite') await replaceSqlite(path.join(folder, sqliteName), database.file)
  else {
    const options = ['--clean', '--if-exists', '--single-transaction', path.join(folder, postgresName)]
    await runPostgres('pg_restore', database.url, options)
  }
  const secrets = path.join(dataDir, secretsName)
  await copyFile(path.join(folder, secretsName), secrets)
  await chmod(secrets, 0o600)
  return { aside }
}

/** `vacuum into` reads one moment's state in a transaction of its own, whatever others write meanwhile. */
function copySqlite(from: string, to: string): void {
  using database = new DatabaseSync(from, { timeout: 30_000 })
  database.prepare('vacuum into ?').run(to)
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

async function replaceSqlite(from: string, file: string): Promise<void> {
  const draft = `${file}.restoring`
  await copyFile(from, draft)
  // The log of the old file would be applied to the new one.
  for (const suffix of ['-wal', '-shm']) await rm(`${file}${suffix}`, { force: true })
  await rename(draft, file)
}

async function readManifest(folder: string): Promise<z.output<typeof manifestSchema>> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(path.join(folder, manifestName), 'utf8')))
  } catch (cause) {
    throw new CommandError(`${folder} is not a backup: ${textOf(cause)}`, { cause })
  }
}

const run = promisify(execFile)

/** The password goes by the environment: everybody on the machine can read a program's parameters. */
async function runPostgres(program: 'pg_dump' | 'pg_restore', url: string, options: readonly string[]): Promise<void> {
  const place = new URL(url)
  const password = decodeURIComponent(place.password)
  place.password = ''
  const env = { ...loadEnvironment(), ...(password !== '' && { PGPASSWORD: password }) }
  try {
    await run(program, [...options, `--dbname=${place.href}`], { env })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
      throw new CommandError(
        `${program} is needed for PostgreSQL and is not on the PATH: install its client programs.`,
        { cause },
      )
    const { stderr } = cause as { stderr?: unknown }
    throw new CommandError(`${program} failed: ${typeof stderr === 'string' ? stderr.trim() : textOf(cause)}`, {
      cause,
    })
  }
}

function stamp(): string {
  return new Date().toISOString().replaceAll(/[:.]/g, '-')
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
