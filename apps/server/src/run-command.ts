/**
 * `npm run cli`: the commands of `cli/`, given what they work with.
 *
 * A command goes through the running server when there is one, because that one has calls under way, knows which accounts
 * are out, and keeps copies of keys and accounts in memory. Otherwise the whole server is built in this process, without
 * listening. Both ways it is the same API. Whoever can read the secrets in the data folder needs no password: they are
 * signed in as an administrator for as long as the command lasts.
 */
import { CommanderError } from 'commander'
import { type ApiClient, type ApiRequest, CommandError, createApiClient, type Transport } from './cli/api-client.ts'
import { tolerateClosedPipe } from './cli/closed-pipe.ts'
import { localOrigin } from './cli/local-origin.ts'
import type { CommandContext, Registration } from './cli/command-context.ts'
import { createProgram } from './cli/program.ts'
import { createTerminal } from './cli/terminal.ts'
import { type Config, ConfigError, createConfig } from './config/config.ts'
import { loadEnvironment } from './config/env.ts'
import { createQuietLog } from './config/log.ts'
import { createIdentity, type Identity } from './identity/service.ts'
import type { User } from './identity/user.ts'
import { createState } from './state/create-state.ts'
import { createStore } from './store/create-store.ts'
import { DataDirInUseError, lockDataDir } from './store/instance-lock.ts'

const here = { ip: '127.0.0.1', userAgent: 'parley-cli' }
const probeTimeoutMs = 2_000

export async function runCommandLine(parameters: readonly string[]): Promise<void> {
  tolerateClosedPipe()
  await using cleanUp = new AsyncDisposableStack()
  try {
    await createProgram(createContext(cleanUp)).parseAsync(parameters, { from: 'user' })
  } catch (error) {
    // Commander has said what it has to say, and help is no failure.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
    else fail(error)
  }
}

function fail(error: unknown): void {
  if (error instanceof ConfigError)
    console.error(`These settings are wrong:\n\n  ${error.message.replace(/\n/g, '\n  ')}`)
  else console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = error instanceof ConfigError ? 2 : error instanceof CommandError ? error.exitCode : 1
}

function createContext(cleanUp: AsyncDisposableStack): CommandContext {
  let config: Config | undefined
  let api: Promise<ApiClient> | undefined
  const configured = () => (config ??= createConfig(loadEnvironment()))
  return {
    config: configured,
    chat: () => import('./chat/command-line.ts'),
    relay: () => import('./relay/command-line.ts'),
    api: () => (api ??= connect(configured(), cleanUp)),
    createFirstAdmin: (registration) => createFirstAdmin(configured(), registration),
    terminal: ({ json = false, yes = false }) =>
      createTerminal({
        isJson: json,
        isYes: yes,
        isInteractive: process.stdin.isTTY && process.stdout.isTTY,
        write: (text) => void process.stdout.write(text),
        writeProgress: (text) => void process.stderr.write(text),
      }),
  }
}

async function connect(config: Config, cleanUp: AsyncDisposableStack): Promise<ApiClient> {
  const running = await tryServer(config, cleanUp)
  if (running !== undefined) return signedIn(cleanUp.use(await openIdentity(config)), running, cleanUp)
  // Loaded only now: most commands go to the running server.
  const { createApp } = await import('./app.ts')
  const app = cleanUp.use(await createApp(config, { log: createQuietLog(config) }))
  const transport: Transport = async ({ method, path, headers, body }) => {
    const reply = await app.fastify.inject({ method, url: path, headers, ...(body !== undefined && { payload: body }) })
    return { status: reply.statusCode, text: reply.body }
  }
  return signedIn(app.identity, transport, cleanUp)
}

/**
 * The server on these data; undefined: there is none, and on SQLite none can start before the command has ended. There whoever
 * has not locked the data folder is no server of ours, and is told nothing, whatever it answers.
 */
async function tryServer(config: Config, cleanUp: AsyncDisposableStack): Promise<Transport | undefined> {
  if (config.database.kind === 'postgres') return tryListening(config)
  try {
    cleanUp.use(await lockDataDir(config.dataDir))
    return undefined
  } catch (error) {
    const listening = error instanceof DataDirInUseError ? await tryListening(config) : undefined
    if (listening === undefined) throw error
    return listening
  }
}

/** The server that listens where the settings say. */
async function tryListening(config: Config): Promise<Transport | undefined> {
  const origin = localOrigin(config)
  const send = async ({ method, path, headers, body }: ApiRequest) => {
    const reply = await fetch(origin + path, { method, headers, ...(body !== undefined && { body }) })
    return { status: reply.status, text: await reply.text() }
  }
  try {
    const reply = await fetch(`${origin}/api/health`, { signal: AbortSignal.timeout(probeTimeoutMs) })
    return (await reply.text()) === '{"status":"ok"}' ? send : undefined
  } catch {
    // Nobody listens there, or somebody who is not Parley.
    return undefined
  }
}

async function signedIn(identity: Identity, transport: Transport, cleanUp: AsyncDisposableStack): Promise<ApiClient> {
  const admin = await tryAdmin(identity)
  if (admin === undefined)
    throw new CommandError(
      'There is no administrator yet. Make one: npm run cli -- admin create --email <email> --password <password>',
    )
  const api = createApiClient(transport, await identity.signIns.beginForCommand(admin, here))
  cleanUp.defer(() => signOut(api))
  return api
}

/** Whose password was changed by the command, or who was disabled, is signed out already. */
async function signOut(api: ApiClient): Promise<void> {
  try {
    await api.post('/api/auth/logout')
  } catch (error) {
    if (!(error instanceof CommandError && error.status === 401)) throw error
  }
}

async function tryAdmin({ people }: Identity): Promise<User | undefined> {
  const limit = 500
  for (let page = 1; ; page += 1) {
    const { users } = await people.list({ q: '', page, limit })
    const admin = users.find(({ role, isActive }) => role === 'admin' && isActive)
    if (admin !== undefined || users.length < limit) return admin
  }
}

async function createFirstAdmin(config: Config, registration: Registration): Promise<{ email: string } | undefined> {
  await using identity = await openIdentity(config)
  if (!(await identity.firstAdmin.isNeeded())) return undefined
  const { username, ...needed } = registration
  return await identity.firstAdmin.create({ ...needed, ...(username !== undefined && { username }) })
}

/** People and their sessions, straight from the database. */
async function openIdentity(config: Config): Promise<Identity & AsyncDisposable> {
  const { log } = createQuietLog(config)
  const stack = new AsyncDisposableStack()
  const store = stack.use(await createStore(config.database, { dataDir: config.dataDir, log }))
  const state = stack.use(await createState({ kind: 'memory' }, { log }))
  const identity = stack.use(await createIdentity({ config, store, state, clock: Date.now, log }))
  return { ...identity, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
