/**
 * A backup is a folder: the database, the secrets without which its credentials and keys are worthless, and a manifest
 * that says what it is.
 *
 * Guarantees: the copy is of one moment, also beside a running server, which goes on working meanwhile; it is complete,
 * or there is none.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import type { Config } from '../config/config.ts'
import { loadEnvironment } from '../config/env.ts'

export type BackupSource = Pick<Config, 'dataDir' | 'database' | 'version'>

/** Why there is none, for the person who asked for it. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}

export interface Backup {
  readonly folder: string
  readonly database: Config['database']['kind']
}

const manifestSchema = z.object({
  made_at: z.string(),
  version: z.string(),
  database: z.enum(['sqlite', 'postgres']),
})
type Manifest = z.output<typeof manifestSchema>

export const sqliteName = 'parley.db'
export const postgresName = 'parley.pgdump'
export const secretsName = 'secrets.json'
const manifestName = 'manifest.json'

/** Lines of calls that are not in the SQLite file yet: in the data folder, and in a backup. */
export function aheadFolder(folder: string): string {
  return path.join(folder, 'ledger')
}

export function backupsFolder(dataDir: string): string {
  return path.join(dataDir, 'backups')
}

/** Throws BackupError. */
export async function createBackup(source: BackupSource, folder?: string): Promise<Backup> {
  const { dataDir, database, version } = source
  const goal = path.resolve(folder ?? path.join(backupsFolder(dataDir), backupStamp()))
  const draft = `${goal}.part`
  await mkdir(path.dirname(goal), { recursive: true })
  await mkdir(draft, { mode: 0o700 })
  try {
    if (database.kind === 'sqlite') {
      // The lines first: what leaves them meanwhile is in the file by then.
      await copyLines(aheadFolder(dataDir), aheadFolder(draft))
      await copySqlite(database.file, path.join(draft, sqliteName))
    } else await runPostgres('pg_dump', database.url, ['--format=custom', `--file=${path.join(draft, postgresName)}`])
    await copyFile(path.join(dataDir, secretsName), path.join(draft, secretsName))
    await chmod(path.join(draft, secretsName), 0o600)
    const manifest: Manifest = { made_at: new Date().toISOString(), version, database: database.kind }
    await writeFile(path.join(draft, manifestName), `${JSON.stringify(manifest, null, 2)}\n`)
    await rename(draft, goal)
  } catch (cause) {
    await rm(draft, { recursive: true, force: true })
    throw cause instanceof BackupError ? cause : new BackupError(`The backup failed: ${textOf(cause)}`, { cause })
  }
  return { folder: goal, database: database.kind }
}

/** Throws BackupError when it is none. */
export async function readManifest(folder: string): Promise<Manifest> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(path.join(folder, manifestName), 'utf8')))
  } catch (cause) {
    throw new BackupError(`${folder} is not a backup: ${textOf(cause)}`, { cause })
  }
}

export interface BackupFile {
  readonly name: string
  readonly path: string
  readonly bytes: number
}

/** A backup in the folder of backups. */
export interface BackupDetails {
  readonly id: string
  readonly path: string
  readonly madeAt: number
  /** `before-migration` is a bare copy of the SQLite file. */
  readonly kind: 'made' | 'before-restore' | 'before-migration'
  readonly database: Config['database']['kind']
  readonly version: string | null
  readonly bytes: number
  readonly files: readonly BackupFile[]
}

/** Newest first. What is not complete is not there. */
export async function listBackups(dataDir: string): Promise<BackupDetails[]> {
  const folder = backupsFolder(dataDir)
  const entries = await readdir(folder, { withFileTypes: true }).catch(ifMissing([]))
  const found = await Promise.all(
    entries.map((entry) => {
      const place = path.join(folder, entry.name)
      return (entry.isDirectory() ? tryReadFolder(place) : tryReadCopy(place)).catch(unlessStrange)
    }),
  )
  return found.filter((each) => each !== undefined).toSorted((a, b) => b.madeAt - a.madeAt)
}

export async function removeBackup({ path: place }: BackupDetails): Promise<void> {
  await rm(place, { recursive: true, force: true })
}

async function tryReadFolder(folder: string): Promise<BackupDetails | undefined> {
  const id = path.basename(folder)
  if (id.endsWith('.part')) return undefined
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.flatMap((entry) => (entry.isFile() ? [entry.name] : []))
  if (!names.includes(manifestName)) return undefined
  const manifest = await readManifest(folder)
  const files = await Promise.all(names.toSorted().map((name) => fileAt(path.join(folder, name))))
  return {
    id,
    path: folder,
    madeAt: Date.parse(manifest.made_at),
    kind: id.startsWith(beforeRestore) ? 'before-restore' : 'made',
    database: manifest.database,
    version: manifest.version,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    files,
  }
}

/** What the migrations keep. */
async function tryReadCopy(file: string): Promise<BackupDetails | undefined> {
  const id = path.basename(file)
  if (!/^before-migration-.*\.sqlite$/.test(id)) return undefined
  const [{ mtimeMs }, read] = await Promise.all([stat(file), fileAt(file)])
  const facts = { kind: 'before-migration', database: 'sqlite', version: null } as const
  return { id, path: file, madeAt: Math.round(mtimeMs), ...facts, bytes: read.bytes, files: [read] }
}

async function fileAt(file: string): Promise<BackupFile> {
  return { name: path.basename(file), path: file, bytes: (await stat(file)).size }
}

/** Something else that lies there, or that somebody is deleting, is no backup, and no reason to hide the others. */
function unlessStrange(error: NodeJS.ErrnoException): undefined {
  if (!(error instanceof BackupError) && error.code !== 'ENOENT') throw error
  return undefined
}

function ifMissing<T>(fallback: T) {
  return (error: NodeJS.ErrnoException): T => {
    if (error.code !== 'ENOENT') throw error
    return fallback
  }
}

/** What a restore puts aside is called so. */
export const beforeRestore = 'before-restore-'

export function backupStamp(): string {
  return new Date().toISOString().replaceAll(/[:.]/g, '-')
}

/** A running server removes those whose calls have come into the database. */
async function copyLines(from: string, to: string): Promise<void> {
  const names = await readdir(from).catch(ifMissing([]))
  await mkdir(to, { mode: 0o700 })
  for (const name of names) await copyFile(path.join(from, name), path.join(to, name)).catch(ifMissing<void>(undefined))
}

/** In a thread of its own: a copy takes as long as the file is big. */
async function copySqlite(from: string, to: string): Promise<void> {
  if (!existsSync(from)) throw new BackupError(`There is no database to back up: ${from} does not exist.`)
  const worker = new Worker(new URL('backup-worker.ts', import.meta.url), { workerData: { from, to } })
  await once(worker, 'exit')
}

const run = promisify(execFile)

/** The password goes by the environment: everybody on the machine can read a program's parameters. */
export async function runPostgres(
  program: 'pg_dump' | 'pg_restore',
  url: string,
  options: readonly string[],
): Promise<void> {
  const place = new URL(url)
  const password = decodeURIComponent(place.password)
  place.password = ''
  const env = { ...loadEnvironment(), ...(password !== '' && { PGPASSWORD: password }) }
  try {
    await run(program, [...options, `--dbname=${place.href}`], { env })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
      throw new BackupError(
        `${program} is needed for PostgreSQL and is not on the PATH: install its client programs.`,
        { cause },
      )
    const { stderr } = cause as { stderr?: unknown }
    throw new BackupError(`${program} failed: ${typeof stderr === 'string' ? stderr.trim() : textOf(cause)}`, {
      cause,
    })
  }
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
