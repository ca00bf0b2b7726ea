/**
 * The composition root: every part is built once, here, and every route registered. Nothing else knows all of it.
 * What is made first is disposed of last, so a part can count on those above it until its own end.
 */
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { createAccountBudgets } from './admin/account-budgets.ts'
import { accountsOAuthRoutes } from './admin/accounts-oauth-routes.ts'
import { accountsRoutes } from './admin/accounts-routes.ts'
import { apiKeysRoutes } from './admin/api-keys-routes.ts'
import { auditRoutes } from './admin/audit-routes.ts'
import { type Audit, createAudit } from './admin/audit.ts'
import { auditBy } from './admin/audited.ts'
import { backupRoutes } from './admin/backup-routes.ts'
import { invitationsRoutes } from './admin/invitations-routes.ts'
import { logsRoutes } from './admin/logs-routes.ts'
import { modelsPricesRoutes } from './admin/models-prices-routes.ts'
import { modelsRoutes } from './admin/models-routes.ts'
import { roleOfNewcomers } from './admin/newcomers.ts'
import { noticesRoutes } from './admin/notices-routes.ts'
import { ownUsageRoutes } from './admin/own-usage-routes.ts'
import { signInProviderRoutes } from './admin/sign-in-provider-routes.ts'
import { adminSettingsRoutes, settingsRoutes } from './admin/settings-routes.ts'
import { assertSecretsMatch } from './admin/secrets-match.ts'
import { createSettings, type Settings } from './admin/settings.ts'
import { systemRoutes } from './admin/system-routes.ts'
import { alertsRoutes } from './admin/alerts-routes.ts'
import { usageRoutes } from './admin/usage-routes.ts'
import { dashboardRoutes } from './admin/usage-dashboard-routes.ts'
import { usageReportRoutes } from './admin/usage-report-routes.ts'
import { usageRulesRoutes } from './admin/usage-rules-routes.ts'
import { userGroupsRoutes } from './admin/user-groups-routes.ts'
import { userRemovalRoutes } from './admin/user-removal-routes.ts'
import { usersRoutes } from './admin/users-routes.ts'
import type { Catalog } from './catalog/catalog.ts'
import { createConfigurations } from './catalog/configurations.ts'
import { type CatalogAdmin, createCatalog } from './catalog/create-catalog.ts'
import { catalogRoutes } from './catalog/routes.ts'
import { type Chat, createChat } from './chat/chat.ts'
import { chatRoutes } from './chat/routes.ts'
import type { Config } from './config/config.ts'
import { followValues } from './config/live-parts.ts'
import { createEncryption, type Encryption } from './config/encryption.ts'
import type { LogFeed } from './config/log-feed.ts'
import { createWatchedLog, type Log, type WatchedLog, type WriteLine } from './config/log.ts'
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
import { mfaRoutes } from './identity/mfa-routes.ts'
import { oidcRoutes } from './identity/oidc-routes.ts'
import { passwordRoutes } from './identity/password-routes.ts'
import { profileRoutes } from './identity/profile-routes.ts'
import { authRoutes, sessionRoutes, setupRoutes } from './identity/routes.ts'
import type { RegistrationRules } from './identity/parts.ts'
import { createIdentity, type Identity } from './identity/service.ts'
import type { Keys } from './keys/api-key.ts'
import { createKeys, type KeyAdmin } from './keys/create-keys.ts'
import { ownKeysRoutes } from './keys/routes.ts'
import { createTokenCounter } from './ledger/token-counter.ts'
import { aheadFolder } from './store/backup.ts'
import { createLedger, type Ledger } from './ledger/ledger.ts'
import { createResponseCache } from './relay/cache/response-cache.ts'
import { decisionRoutes } from './relay/decision-routes.ts'
import type { DoorParts } from './relay/doors/wire-door.ts'
import { createEngine } from './relay/engine.ts'
import { createMediaFetcher } from './relay/media/media-fetcher.ts'
import { createOperations } from './relay/operations/operations.ts'
import { createRelay } from './relay/relay.ts'
import { createStoredResponses } from './relay/responses/stored-responses.ts'
import { relayRoutes } from './relay/routes.ts'
import type { Simulate } from './relay/source.ts'
import { createTraces } from './relay/traces.ts'
import { createState } from './state/create-state.ts'
import type { State } from './state/state.ts'
import { createStore } from './store/create-store.ts'
import { startRecovery } from './recovery.ts'
import { type ServerNode, startNode } from './store/node.ts'
import type { Store } from './store/store.ts'
import type { AccountAdmin } from './upstreams/account-admin.ts'
import type { Upstreams } from './upstreams/account.ts'
import { createAffinity } from './upstreams/affinity.ts'
import { createModelAccounts } from './upstreams/model-accounts.ts'
import { createUpstreamModels } from './upstreams/upstream-models.ts'
import { createUpstreams, simulatorAccountId } from './upstreams/create-upstreams.ts'
import { simulate as simulateReply } from './upstreams/simulator.ts'

/** Everything that is built once, in the order in which one part needs another. */
export interface Parts {
  readonly store: Store
  readonly state: State
  readonly node: ServerNode
  readonly settings: Settings
  readonly identity: Identity
  readonly audit: Audit
  readonly keys: Keys & KeyAdmin
  readonly catalog: Catalog & CatalogAdmin
  readonly upstreams: Upstreams & { readonly admin: AccountAdmin }
  readonly ledger: Ledger
  readonly doors: DoorParts
  readonly chat: Chat
}

export interface App extends Parts, AsyncDisposable {
  readonly config: Config
  readonly log: Log
  readonly fastify: FastifyInstance
  /** Begins to answer. Resolves with where: `http://127.0.0.1:3000`. */
  listen(): Promise<string>
}

export interface AppOverrides {
  readonly log?: WatchedLog
  /** Milliseconds since 1970. */
  readonly clock?: () => number
}

/** What every part may need. */
interface Basis {
  readonly config: Config
  readonly log: Log
  readonly writeInfo: WriteLine
  readonly logFeed: LogFeed
  readonly clock: () => number
}

export async function createApp(config: Config, overrides: AppOverrides = {}): Promise<App> {
  const {
    clock = Date.now,
    log: watched = createWatchedLog({ settings: config.log, folder: undefined, output: undefined }),
  } = overrides
  const { log, writeInfo, feed: logFeed } = watched
  await using cleanUp = new AsyncDisposableStack()
  const foundation = await createFoundation({ config, log, writeInfo, logFeed, clock }, cleanUp)
  const parts = await createParts(await createServices(foundation, cleanUp), cleanUp)
  const { fastify } = cleanUp.use(createServer(config, log, { interrupt: () => parts.chat[Symbol.asyncDispose]() }))
  await registerRoutes(fastify, parts, foundation)

  const owned = cleanUp.move()
  return {
    ...parts,
    config,
    log,
    fastify,
    listen: () => fastify.listen({ host: config.host, port: config.port }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** What all other parts stand on, and the configuration as they see it: with what administrators change as it runs. */
interface Foundation extends Basis, Pick<Parts, 'store' | 'state' | 'node' | 'settings'> {}

async function createFoundation(basis: Basis, cleanUp: AsyncDisposableStack): Promise<Foundation> {
  const { config, log, clock } = basis
  const store = cleanUp.use(await createStore(config.database, { dataDir: config.dataDir, log }))
  await assertSecretsMatch(config.secrets, store, clock())
  const state = cleanUp.use(await createState(config.state, { log }))
  const node = cleanUp.use(await startNode({ store, log }))
  const settings = cleanUp.use(await createSettings({ config, store, state, clock, log }))
  return { ...basis, config: followValues(config, () => settings.values), store, state, node, settings }
}

type Services = Foundation &
  Pick<Parts, 'identity' | 'audit' | 'keys' | 'catalog' | 'upstreams' | 'ledger'> & { readonly encryption: Encryption }

/** Who calls, what there is to call, who serves it, and who writes the bill. */
async function createServices(foundation: Foundation, cleanUp: AsyncDisposableStack): Promise<Services> {
  const { config, log, clock, store, state, node, settings } = foundation
  const rules = () => registrationRules(settings)
  const identity = cleanUp.use(await createIdentity({ config, rules, store, state, clock, log }))
  const audit = createAudit(store, clock)

  const keys = cleanUp.use(await createKeys({ store, state, pepper: config.secrets.keyPepper, clock, log }))
  const catalog = cleanUp.use(await createCatalog({ store, state, clock, log }))
  const encryption = createEncryption(config.secrets)
  const isActiveModel = (id: string) => {
    const model = catalog.tryModel(id)
    return model?.isActive === true && model.own === undefined
  }
  const upstreams = cleanUp.use(
    await createUpstreams({
      store,
      state,
      encryption,
      config,
      clock,
      log,
      isActiveModel,
      oauth: config.upstreams.oauth,
      notices: identity.notices,
    }),
  )
  const ledger = cleanUp.use(
    await createLedger({
      store,
      state,
      nodeId: node.id,
      log,
      groupOf: (userId) => identity.groups.ofUser(userId),
      priceOf: ({ model, upstreamModel, accountId, inputTokens, serviceTier }) =>
        accountId === simulatorAccountId ? undefined : catalog.tryPrice(model, upstreamModel, inputTokens, serviceTier),
      upstreamModelsOf: createUpstreamModels(upstreams),
      ...config.ledger,
      lastTryMs: config.shutdownMs,
      tokenizer: config.chat.tokenizer,
      aheadFolder: store.kind === 'sqlite' ? aheadFolder(config.dataDir) : undefined,
      now: clock,
    }),
  )
  return { ...foundation, identity, audit, keys, catalog, encryption, upstreams, ledger }
}

/** The engine, and the chat upon it. */
async function createParts(services: Services, cleanUp: AsyncDisposableStack): Promise<Parts> {
  const { config, log, writeInfo, clock, store, state, node, settings, identity, audit } = services
  const { keys, catalog, encryption, upstreams, ledger } = services
  const simulate: Simulate = (request, signal) =>
    simulateReply(request, { model: request.model, delayMs: config.simulator.delayMs, signal })
  const affinity = createAffinity({ state, clock, log })
  const traces = cleanUp.use(
    createTraces({ store, log, clock, keepMs: config.relay.traceMs, settled: () => ledger.flush() }),
  )
  const media = cleanUp.use(createMediaFetcher(config))
  const { maxBytes, isShared } = config.relay.cache
  const cache = cleanUp.use(
    createResponseCache({ store, encryption, clock, log, maxBytes, isShared, pepper: config.secrets.keyPepper }),
  )
  const { groups } = identity
  const operations = createOperations(createTokenCounter(config.chat.tokenizer))
  const outward = { upstreams, affinity, operations, simulate, media }
  const own = { traces, cache, config: config.relay, log, writeInfo }
  const relayParts = { ...outward, ...own, ledger, groups, catalog }
  const relay = cleanUp.use(createRelay(relayParts))
  const engine = createEngine(relay)
  const retention = { forEverybody: () => settings.system.retention_days, ofPeople: () => settings.personalRetention() }
  const defaultModelOf = async (userId: string) => (await settings.personal(userId)).default_model
  const chat = cleanUp.use(
    await createChat({
      store,
      state,
      engine,
      catalog,
      config,
      encryption,
      clock,
      log,
      nodeId: node.id,
      retention,
      defaultModelOf,
      isAllowedModel: (userId, model) => groups.allows(userId, model),
    }),
  )
  const { keepResponsesMs: keepMs } = config.relay
  const responses = cleanUp.use(createStoredResponses({ store, encryption, keepMs, clock, log }))
  const doors = { ...relayParts, relay, keys, responses }
  cleanUp.use(await startRecovery({ node, ledger, chat, log }))
  return { store, state, node, settings, identity, audit, keys, catalog, upstreams, ledger, doors, chat }
}

async function registerRoutes(
  fastify: FastifyInstance,
  parts: Parts,
  { config, logFeed, clock }: Foundation,
): Promise<void> {
  const { identity, state, store, settings, catalog, keys, upstreams, audit, chat, ledger } = parts
  const accounts = createModelAccounts({ admin: upstreams.admin, allowPrivateUrls: config.allowPrivateUrls })
  const configurations = createConfigurations({ catalog, accounts, groups: identity.groups })
  const removal = { ...identity, keys, ledger, settings, audit, chat: chat.handover, models: configurations }
  const accountParts = { accounts: upstreams.admin, audit, budgets: createAccountBudgets(ledger.rules) }
  const metrics = createMetrics()
  const startedAt = clock()
  useRequestContext(fastify)
  await useCors(fastify, config.cors)
  await useOpenApi(fastify, config)
  await relayRoutes(fastify, parts.doors)

  await fastify.register(async (web) => {
    useErrorExit(web, renderEnvelopeError)
    useAccessLog(web, metrics)
    await useSecurityHeaders(web)
    metricsRoutes(web, metrics, config.metricsToken)
    healthRoutes(web, {
      version: config.version,
      startedAt,
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
        authRoutes({ ...identity, settled: () => ledger.flush() }),
        mfaRoutes(identity),
        passwordRoutes(identity),
        oidcRoutes({ ...identity, publicUrl: config.publicUrl }),
        sessionRoutes(identity),
        setupRoutes(identity),
        profileRoutes({ ...identity, settled: () => ledger.flush() }),
        ownKeysRoutes(keys, { monthCharges: (ids) => monthCharges(ids, ledger, clock()) }),
        ownUsageRoutes({ store, ledger, keys, clock }),
        usersRoutes({ ...identity, ...ledger, audit, clock }),
        userRemovalRoutes(removal),
        settingsRoutes({ ...identity, settings, audit, config }),
        catalogRoutes({ configurations, audit: (request, done) => auditBy(request, audit, done) }),
        chatRoutes(chat, config),
      ],
      admin: [
        accountsRoutes(accountParts),
        accountsOAuthRoutes(accountParts),
        apiKeysRoutes({ keys, audit, ...ledger, clock }),
        decisionRoutes({ ...parts.doors, keys, accounts: upstreams.admin }),
        modelsRoutes({ catalog, configurations, audit }),
        modelsPricesRoutes({ catalog, audit }),
        usageRoutes(store, ledger),
        usageReportRoutes(ledger, clock),
        usageRulesRoutes({ ledger, audit }),
        dashboardRoutes({ ledger, accounts: upstreams.admin, clock }),
        alertsRoutes(ledger),
        noticesRoutes({ ...identity, audit }),
        signInProviderRoutes({ ...identity, config }),
        usersRoutes({ ...identity, ...ledger, audit, clock }),
        userRemovalRoutes(removal),
        invitationsRoutes({ ...identity, audit }),
        userGroupsRoutes({ ...identity, ledger, audit }),
        adminSettingsRoutes({ ...identity, settings, audit, config }),
        auditRoutes(audit),
        systemRoutes({ store, state, nodeId: parts.node.id, version: config.version, startedAt, clock }),
        backupRoutes({ source: config, audit }),
        logsRoutes({ feed: logFeed, level: config.log.level, heartbeatMs: config.relay.heartbeatMs }),
      ],
    })
  })
}

/** People's messages, with room for a long paste. Uploads and imports set their own. */
const apiBodyBytes = 2 * 1024 * 1024

function registrationRules({ system }: Settings): RegistrationRules {
  return {
    isRegistrationOpen: system.registration_open,
    isSingleUser: system.single_user,
    needsApproval: system.registration_approval,
    emailDomains: system.allowed_email_domains,
    role: roleOfNewcomers(system),
    groupId: system.default_group_id,
    tokenQuota: system.default_token_quota,
  }
}

async function checkDatabase(store: Store): Promise<{ ok: true }> {
  await sql`select 1`.execute(store.database)
  return { ok: true }
}

async function monthCharges(
  subjects: readonly string[],
  { statistics }: Ledger,
  month: number,
): Promise<ReadonlyMap<string, number>> {
  const costs = await statistics.monthCosts({ by: 'key', subjects, month })
  return new Map([...costs].map(([id, { chargedNanos }]) => [id, chargedNanos]))
}
