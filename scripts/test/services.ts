/**
 * What the tests need beside Node: PostgreSQL, Redis, a browser. Each is taken from the environment if it says where
 * one is, else started or found here, else named as missing with its reason. Everything started is stopped by `stop`.
 */
import { isExecutable, tryFindProgram } from '../shared/find-program.ts'
import { startRedisServer } from './redis-server.ts'

export interface TestService {
  url: string
  stop(): Promise<unknown>
}

export interface TestServices {
  /** To be added to the environment of the tests. */
  environment: Record<string, string>
  missing: MissingService[]
  stop(): Promise<void>
}

export interface MissingService {
  name: string
  reason: string
}

type Found = { kind: 'given' } | { kind: 'at'; value: string } | { kind: 'started'; service: TestService }

interface Provider {
  name: string
  variable: string
  /** Throws with the reason when this machine has none. */
  find: () => Promise<Found> | Found
}

const providers: Provider[] = [
  { name: 'PostgreSQL', variable: 'TEST_POSTGRES_URL', find: startPostgres },
  { name: 'Redis', variable: 'TEST_REDIS_URL', find: startRedis },
  { name: 'Chromium', variable: 'CHROMIUM_PATH', find: findChromium },
]

export async function startTestServices(environment = process.env): Promise<TestServices> {
  const found = await Promise.all(providers.map((provider) => provide(provider, environment)))
  const started = found.flatMap(({ result }) => (result.kind === 'started' ? [result.service] : []))
  return {
    environment: Object.fromEntries(
      found.flatMap(({ provider, result }) => {
        if (result.kind === 'at') return [[provider.variable, result.value]]
        return result.kind === 'started' ? [[provider.variable, result.service.url]] : []
      }),
    ),
    missing: found.flatMap(({ provider, result }) =>
      result.kind === 'missing' ? [{ name: provider.name, reason: result.reason }] : [],
    ),
    stop: async () => {
      await Promise.all(started.map((service) => service.stop()))
    },
  }
}

async function provide(provider: Provider, environment: NodeJS.ProcessEnv) {
  if (environment[provider.variable]) return { provider, result: { kind: 'given' } as const }
  try {
    return { provider, result: await provider.find() }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { provider, result: { kind: 'missing', reason } as const }
  }
}

async function startPostgres(): Promise<Found> {
  const { startEmbeddedPostgres } = await import('@parley/testkit')
  return { kind: 'started', service: await startEmbeddedPostgres() }
}

async function startRedis(): Promise<Found> {
  const program = tryFindProgram('redis-server')
  if (!program) throw new Error('no redis-server on PATH')
  return { kind: 'started', service: await startRedisServer(program) }
}

function findChromium(): Found {
  const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(isExecutable)
  if (!program) throw new Error('no Chromium in /usr/bin, and CHROMIUM_PATH is not set')
  return { kind: 'at', value: program }
}
