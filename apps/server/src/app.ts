/**
 * The composition root: every part is built once, here, and every route registered. Nothing else knows all of it.
 * What is made first is disposed of last, so a part can count on those above it until its own end.
 */
import { sql } from 'kysely'
import type { FastifyInstance } from 'fastify'
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
import { useRequestContext } from './http/request-context.ts'
import { useSecurityHeaders } from './http/security-headers.ts'
import { createServer } from './http/server.ts'
import { profileRoutes } from './identity/profile-routes.ts'
import { authRoutes, sessionRoutes, setupRoutes } from './identity/routes.ts'
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

  const { fastify } = cleanUp.use(createServer(config, log))
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
      guard: { counters: state.counters, authenticate: (token) => identity.signIns.authenticate(token), clock },
      maxBodyBytes: apiBodyBytes,
      api: [
        shortHealthRoute,
        authRoutes(identity),
        sessionRoutes(identity),
        setupRoutes(identity),
        profileRoutes(identity),
      ],
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
