/** People and their routes on a real database, without the rest of the server. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestDatabase } from '@parley/testkit'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { type Config, createConfig } from '../../config/config.ts'
import type { EnvironmentTexts } from '../../config/env.ts'
import { createLog, type Log } from '../../config/log.ts'
import { mountApi, type Routes } from '../../http/api.ts'
import { renderEnvelopeError, useErrorExit } from '../../http/errors.ts'
import { useRequestContext } from '../../http/request-context.ts'
import { createServer } from '../../http/server.ts'
import { createState } from '../../state/create-state.ts'
import type { State } from '../../state/state.ts'
import { createStore } from '../../store/create-store.ts'
import type { Store } from '../../store/store.ts'
import { databaseConfig } from '../../store/testing/open-store.ts'
import { mfaRoutes } from '../mfa-routes.ts'
import { oidcRoutes } from '../oidc-routes.ts'
import { passwordRoutes } from '../password-routes.ts'
import { profileRoutes } from '../profile-routes.ts'
import { authRoutes, sessionRoutes, setupRoutes } from '../routes.ts'
import { createIdentity, type Identity, type IdentityOptions } from '../service.ts'

export interface IdentityServer extends AsyncDisposable {
  readonly identity: Identity
  readonly fastify: FastifyInstance
  readonly store: Store
  readonly state: State
  readonly log: Log
  readonly dataDir: string
  readonly config: Config
  /** Moves the clock. */
  pass(milliseconds: number): void
  /** A JSON request to `/api` or `/bare/api`; `token` signs it. */
  call(
    method: Method,
    path: string,
    options?: { body?: object; token?: string; headers?: Record<string, string> },
  ): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly headers: LightMyRequestResponse['headers']
  /** Whatever it is: tests say what they expect of it. */
  readonly body: ReturnType<typeof JSON.parse>
}

type Method = NonNullable<InjectOptions['method']>

/** What there is before people. */
export interface Ground {
  readonly config: Config
  readonly store: Store
  readonly state: State
  readonly clock: () => number
  readonly log: Log
}

export interface Extension {
  readonly rules: NonNullable<IdentityOptions['rules']>
  readonly api: (identity: Identity) => readonly Routes[]
  readonly admin: (identity: Identity) => readonly Routes[]
}

export interface IdentityServerOptions {
  readonly environment?: EnvironmentTexts
  readonly isDemo?: boolean
  /** More parts and routes than those of people. */
  readonly extend?: (ground: Ground) => Promise<Extension>
}

export async function startIdentityServer(
  database: TestDatabase,
  options: IdentityServerOptions = {},
): Promise<IdentityServer> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'parley-identity-'))
  const environment = {
    SIGN_INS_PER_MINUTE: '1000',
    ...options.environment,
    DATA_DIR: dataDir,
  }
  const settings = createConfig(environment, { isDemo: options.isDemo ?? false })
  const config = { ...settings, database: databaseConfig(database) }
  const log = createLog({ settings: { ...config.log, level: 'silent' }, folder: undefined, output: undefined })
  let skippedMs = 0
  const clock = () => Date.now() + skippedMs

  await using cleanUp = new AsyncDisposableStack()
  cleanUp.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const store = cleanUp.use(await createStore(config.database, { dataDir, log }))
  const state = cleanUp.use(await createState(config.state, { log }))
  const extension = await options.extend?.({ config, store, state, clock, log })
  const rules = extension && { rules: extension.rules }
  const identity = cleanUp.use(await createIdentity({ config, store, state, clock, log, ...rules }))
  const { fastify } = cleanUp.use(createServer(config, log))
  useRequestContext(fastify)
  useErrorExit(fastify, renderEnvelopeError)
  const facts = { ...identity, publicUrl: config.publicUrl, settled: () => Promise.resolve() }
  const tables = [authRoutes, mfaRoutes, passwordRoutes, oidcRoutes, sessionRoutes, setupRoutes, profileRoutes]
  const own = tables.map((routes) => routes(facts))
  await mountApi(fastify, {
    guard: { counters: state.counters, authenticate: (token) => identity.signIns.authenticate(token), clock },
    maxBodyBytes: 65_536,
    api: [...own, ...(extension?.api(identity) ?? [])],
    admin: extension?.admin(identity) ?? [],
  })
  await fastify.ready()

  const owned = cleanUp.move()
  return {
    identity,
    fastify,
    store,
    state,
    log,
    dataDir,
    config,
    pass: (milliseconds) => {
      skippedMs += milliseconds
    },
    async call(method, url, { body, token, headers } = {}) {
      const signed = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const response = await fastify.inject({
        method,
        url,
        headers: { ...signed, ...headers },
        ...(body && { payload: body }),
      })
      return { status: response.statusCode, headers: response.headers, body: response.json() }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
