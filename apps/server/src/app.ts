/**
 * The composition root: every part is built once, here, and every route registered. Nothing else knows all of it.
 * What is made first is disposed of last, so a part can count on those above it until its own end.
 */
import { sql } from 'kysely'
import Fastify, { type FastifyInstance } from 'fastify'
import { createAddressTest } from './config/address-range.ts'
import type { Config } from './config/config.ts'
import { createLog, type Log } from './config/log.ts'
import { useAccessLog } from './http/access-log.ts'
import { mountApi } from './http/api.ts'
import { useCors } from './http/cors.ts'
import { docsRoutes } from './http/docs.ts'
import { renderEnvelopeError, useErrorExit } from './http/errors.ts'
import { healthRoutes, shortHealthRoute } from './http/health.ts'
import { createMetrics, metricsRoutes } from './http/metrics.ts'
import { useOpenApi } from './http/openapi.ts'
import { pageRoutes } from './http/pages.ts'
import { createRequestIds, useRequestContext } from './http/request-context.ts'
import { useSecurityHeaders } from './http/security-headers.ts'
import { profileRoutes } from './identity/profile-routes.ts'
import { authRoutes } from './identity/routes.ts'
import { createIdentity, type Identity } from './identity/service.ts'
import { createState } from './state/create-state.ts'
import type { State } from './state/state.ts'
import { createStore } from './store/create-store.ts'
import type { Store } from './store/store.ts'

export interface App extends AsyncDisposable {
  readonly config: Config
  readonly log: Log
  readonly fastify: FastifyInstance
  readonly store: Store
  readonly state: State
  readonly identity: Identity
  /** Begins to answer. Resolves with where: `http://127.0.0.1:3000`. */
  listen(): Promise<string>
}

export interface AppOverrides {
  readonly log?: Log
  /** Milliseconds since 1970. */
  readonly clock?: () => number
}

export async function createApp(config: Config, overrides: AppOverrides = {}): Promise<App> {
  const { clock = Date.now, log = createLog({ settings: config.log, folder: undefined, output: undefined }) } =
    overrides
  await using cleanUp = new AsyncDisposableStack()

  const store = cleanUp.use(await createStore(config.database, { dataDir: config.dataDir, log }))
  const state = cleanUp.use(await createState(config.state, { log }))
  const identity = cleanUp.use(await createIdentity({ config, store, state, clock }))
  const metrics = createMetrics()

  const server = cleanUp.use(createServer(config, log))
  const { fastify } = server
  useRequestContext(fastify)
  await useCors(fastify, config.cors)
  await useOpenApi(fastify, config)

  await fastify.register(async (web) => {
    useErrorExit(web, renderEnvelopeError)
    useAccessLog(web, metrics)
    await useSecurityHeaders(web)
    metricsRoutes(web, metrics, config.metricsToken)
    healthRoutes(web, {
      version: config.version,
      startedAt: clock(),
      clock,
      required: { database: () => checkDatabase(store) },
      optional: { state: () => state.check() },
    })
    docsRoutes(web)
    await pageRoutes(web)
    await mountApi(web, {
      guard: { counters: state.counters, authenticate: identity.signIns.authenticate, clock },
      maxBodyBytes: apiBodyBytes,
      api: [shortHealthRoute, authRoutes(identity), profileRoutes(identity)],
      admin: [],
    })
  })

  const owned = cleanUp.move()
  return {
    config,
    log,
    fastify,
    store,
    state,
    identity,
    listen: () => fastify.listen({ host: config.host, port: config.port }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** People's messages, with room for a long paste. Uploads and imports set their own. */
const apiBodyBytes = 2 * 1024 * 1024

async function checkDatabase(store: Store): Promise<{ ok: true }> {
  await sql`select 1`.execute(store.database)
  return { ok: true }
}

/** Disposing stops accepting, lets replies that are being written end within `shutdownMs`, then closes what is left. */
function createServer(config: Config, log: Log): AsyncDisposable & { fastify: FastifyInstance } {
  const isTrustedProxy = createAddressTest(config.trustedProxies)
  const stopping = new AbortController()
  const fastify = Fastify({
    loggerInstance: log,
    // One line for a request is written by whoever knows most about it, see `access-log.ts`.
    disableRequestLogging: true,
    trustProxy: isTrustedProxy,
    genReqId: createRequestIds(isTrustedProxy),
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // A stream may be silent for longer than any of these would allow.
    connectionTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
  }) as unknown as FastifyInstance
  fastify.decorate('stopping', stopping.signal)

  return {
    fastify,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      const impatience = setTimeout(() => fastify.server.closeAllConnections(), config.shutdownMs)
      await fastify.close()
      clearTimeout(impatience)
    },
  }
}
