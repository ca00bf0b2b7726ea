import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { access, chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { StartedPostgres } from './embedded-postgres.ts'
import { freePort } from './free-port.ts'

const run = promisify(execFile)

/**
 * A PostgreSQL of this machine's own packages, of the same version as its `pg_dump`, on a free port with a throw-away data
 * folder; undefined when it has none. The one in `node_modules` comes without client programs, and `pg_dump` refuses a server
 * that is newer than itself. As root the server runs as the system's `postgres` user.
 */
export async function tryInstalledPostgres(): Promise<StartedPostgres | undefined> {
  const programs = await tryPrograms()
  const user = await tryUser()
  if (programs === undefined || user === undefined) return undefined
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-postgres-'))
  if (typeof user.uid === 'number') await chown(folder, user.uid, user.gid)
  const data = path.join(folder, 'data')
  const port = await freePort()
  const options = { ...user, cwd: folder }
  await run(path.join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '-N'], options)
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off']
  const parameters = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  const server = spawn(path.join(programs, 'postgres'), parameters, { ...options, stdio: 'ignore' })
  const ended = once(server, 'exit')
  const stop = async (): Promise<void> => {
    server.kill('SIGINT')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  for (const endsAt = Date.now() + 15_000; !(await isReady(programs, port)); ) {
    if (Date.now() > endsAt || server.exitCode !== null) {
      await stop()
      return undefined
    }
    await sleep(50)
  }
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop, [Symbol.asyncDispose]: stop }
}

/** The folder of the programs of the newest version that `pg_dump` can read. */
async function tryPrograms(): Promise<string | undefined> {
  const { stdout } = await run('pg_dump', ['--version']).catch(() => ({ stdout: '' }))
  const major = /(\d+)\./.exec(stdout)?.[1]
  if (major === undefined) return undefined
  const folders = [
    `/usr/lib/postgresql/${major}/bin`,
    `/usr/pgsql-${major}/bin`,
    ...globSync('/opt/homebrew/opt/postgresql*/bin'),
  ]
  for (const folder of folders) {
    const isThere = await access(path.join(folder, 'initdb')).then(
      () => true,
      () => false,
    )
    if (isThere) return folder
  }
  return undefined
}

/** Who the server runs as: PostgreSQL refuses root. */
async function tryUser(): Promise<{ uid: number; gid: number } | Record<string, never> | undefined> {
  if (process.getuid?.() !== 0) return {}
  try {
    return { uid: await idOf('-u'), gid: await idOf('-g') }
  } catch {
    // There is no such user.
    return undefined
  }
}

async function idOf(which: '-u' | '-g'): Promise<number> {
  return Number((await run('id', [which, 'postgres'])).stdout)
}

async function isReady(programs: string, port: number): Promise<boolean> {
  return await run(path.join(programs, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]).then(
    () => true,
    () => false,
  )
}
