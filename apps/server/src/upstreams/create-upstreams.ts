import { reasonText } from '@parley/contract'
import { createLiveSnapshot } from '../state/live-snapshot.ts'
import { createLastUsed } from '../store/last-used.ts'
import type { AttemptReport, Candidate, Slot, Upstreams } from './account.ts'
import { type AccountAdmin, createAccountAdmin } from './account-admin.ts'
import { ensureAccountRow, listAccountRows } from './account-repository.ts'
import { orderCandidates } from './choose.ts'
import { Connection } from './connection.ts'
import { Health } from './health.ts'
import { HealthNews } from './health-news.ts'
import { LimitsSeen } from './limits-seen.ts'
import { SignInNotices } from './oauth/sign-in-notices.ts'
import { refreshPauseMs, TokenRefresher } from './oauth/token-refresher.ts'
import type { UpstreamsOptions, UpstreamsParts } from './parts.ts'
import { Pool, type PooledAccount } from './pool.ts'
import { readSeenLimits, untilReset } from './seen-limits.ts'
import { CallSlots } from './slots.ts'
import { Turns } from './turns.ts'
import { type Verdict, verdictOf } from './verdict.ts'

/** The built-in model's account. */
export const simulatorAccountId = 'simulator'

/** A token that is refused is renewed no more often than this. */
const renewEveryMs = 5 * 60_000

export async function createUpstreams(
  options: UpstreamsOptions,
): Promise<Upstreams & { readonly admin: AccountAdmin }> {
  const { store, state, encryption, clock, log, random = Math.random } = options
  const now = clock()
  const simulator = { id: simulatorAccountId, name: 'Simulator', kind: 'simulator', created_at: now, updated_at: now }
  await ensureAccountRow(simulator, store.database)

  const snapshot = await createLiveSnapshot({
    topics: state.topics,
    topic: 'accounts',
    load: async () => new Pool(await listAccountRows(store.database), encryption),
    onError: (err) => log.error({ err }, 'accounts not loaded: working on with those known'),
  })
  const health = new Health({ now: clock, random })
  const parts: UpstreamsParts = {
    snapshot,
    health,
    news: await HealthNews.listen({ health, topics: state.topics, store, clock, log }),
    limitsSeen: await LimitsSeen.load({ store, clock, log }),
    slots: new CallSlots(state, log),
    lastUsed: createLastUsed({
      store,
      table: 'account',
      clock,
      onError: (err) => log.error({ err }, 'accounts: last use not written'),
    }),
    connections: new Map(),
    signIns: new SignInNotices(options.notices, log),
    options,
  }
  return new AccountPool(parts)
}

/** The accounts as the engine uses them; everything here is on the hot path. */
class AccountPool implements Upstreams {
  readonly admin: AccountAdmin
  readonly #parts: UpstreamsParts
  readonly #refresher: TokenRefresher
  /** The pool that the connections were last compared with. */
  #seen: Pool
  readonly #renewedAt = new Map<string, number>()
  readonly #turns = new Turns()

  constructor(parts: UpstreamsParts) {
    this.#parts = parts
    this.#seen = parts.snapshot.current
    const connectionOf = (account: PooledAccount) => this.#connectionOf(account)
    const { store, encryption, oauth: settings = {}, clock, log } = parts.options
    this.#refresher = new TokenRefresher({
      store,
      encryption,
      settings,
      clock,
      log,
      connectionOf,
      snapshot: parts.snapshot,
      onFailure: (accountId, reason, isLasting) => {
        const untilMs = isLasting ? Number.POSITIVE_INFINITY : clock() + refreshPauseMs
        const hold = { accountId, model: null, untilMs, reason }
        parts.health.impose(hold)
        parts.news.tell(hold)
        if (isLasting) parts.signIns.lost(accountId)
      },
      onSuccess: (accountId) => parts.signIns.found(accountId),
    })
    this.admin = createAccountAdmin({ parts, connectionOf, refresher: this.#refresher })
  }

  candidates(model: string): readonly Candidate[] {
    const pool = this.#parts.snapshot.current
    const found = pool.candidates(model)
    return found.length > 0 ? found : pool.simulated(model, this.#parts.options.isActiveModel(model))
  }

  accountIdsIn(groups: readonly string[]): readonly string[] {
    return this.#parts.snapshot.current.accountIdsIn(groups)
  }

  servedModels(): readonly string[] {
    return this.#parts.snapshot.current.servedModels()
  }

  availability(candidate: Candidate): ReturnType<Upstreams['availability']> {
    const hold = this.#parts.health.holdOn(candidate.account.id, candidate.upstreamModel)
    if (hold === undefined) return available
    const { untilMs, reason } = hold
    return Number.isFinite(untilMs) ? { isAvailable: false, untilMs, reason } : { isAvailable: false, reason }
  }

  order(model: string, candidates: readonly Candidate[], affinityAccountId: string | undefined): readonly Candidate[] {
    const { slots, options } = this.#parts
    return orderCandidates(candidates, {
      affinityAccountId,
      active: (id) => slots.active(id),
      turn: (account) => this.#turns.turnOf(model, account),
      random: options.random ?? Math.random,
    })
  }

  took(model: string, order: readonly Candidate[]): void {
    if (order.length > 1) this.#turns.took(model, order)
  }

  activeCalls(accountId: string): number {
    return this.#parts.slots.active(accountId)
  }

  acquire(candidate: Candidate): Promise<Slot | undefined> | Slot | undefined {
    const pooled = this.#usable(candidate)
    if (pooled === undefined) return undefined
    const whenFresh = this.#refresher.whenFresh(pooled)
    if (whenFresh === undefined) return this.#take(candidate, pooled)
    return this.#freshened(candidate).then((fresh) => fresh && this.#take(candidate, fresh))
  }

  async waitForSlot(
    candidates: readonly Candidate[],
    { waitMs, signal }: Parameters<Upstreams['waitForSlot']>[1],
  ): Promise<Slot | undefined> {
    const byAccount = new Map(candidates.map((candidate) => [candidate.account.id, candidate]))
    const accounts = candidates.flatMap((candidate) => {
      const usable = this.#usable(candidate)?.account
      return usable === undefined ? [] : [{ id: usable.id, max: usable.maxConcurrency }]
    })
    const isWanted = (id: string) => {
      const candidate = byAccount.get(id)
      return (
        candidate !== undefined && this.#usable(candidate) !== undefined && this.availability(candidate).isAvailable
      )
    }
    const granted = await this.#parts.slots.wait(accounts, { waitMs, signal, isWanted })
    const candidate = granted && byAccount.get(granted.accountId)
    if (granted === undefined || candidate === undefined) return undefined
    const pooled = await this.#freshened(candidate)
    if (pooled === undefined) granted.release()
    return pooled && this.#slotOf(candidate, pooled, granted.release)
  }

  /** The account with a token that is good for a call; undefined when it cannot be called. */
  async #freshened(candidate: Candidate): Promise<PooledAccount | undefined> {
    const pooled = this.#usable(candidate)
    try {
      await (pooled && this.#refresher.whenFresh(pooled))
      return this.#usable(candidate)
    } catch {
      // The refresher has put the account out and said why.
      return undefined
    }
  }

  #usable(candidate: Candidate): PooledAccount | undefined {
    const pooled = this.#parts.snapshot.current.accounts.get(candidate.account.id)
    return pooled?.row.is_enabled === 1 ? pooled : undefined
  }

  #take(candidate: Candidate, pooled: PooledAccount): Promise<Slot | undefined> | Slot | undefined {
    const release = this.#parts.slots.acquire(pooled.account.id, pooled.account.maxConcurrency)
    if (release instanceof Promise) return release.then((given) => given && this.#slotOf(candidate, pooled, given))
    return release && this.#slotOf(candidate, pooled, release)
  }

  #slotOf(candidate: Candidate, pooled: PooledAccount, release: () => void): Slot {
    try {
      return new CallSlot(candidate, pooled, this.#connectionOf(pooled), release)
    } catch (error) {
      release()
      throw error
    }
  }

  report(candidate: Candidate, report: AttemptReport): Verdict {
    const { id, kind } = candidate.account
    const verdict = verdictOf(report, () => this.#untilReset(report))
    // What the simulator does badly it was told to do, by one caller: it is not out for the others.
    if (kind !== 'simulator') this.#apply(verdict, candidate, report)
    if (verdict.effect.kind === 'clear') this.#parts.lastUsed.note(id)
    return verdict
  }

  #apply({ effect }: Verdict, candidate: Candidate, report: AttemptReport): void {
    const { id } = candidate.account
    if (report.headers !== undefined) this.#parts.limitsSeen.note(id, report.headers)
    if (effect.kind === 'clear') {
      this.#parts.health.succeed(id, candidate.upstreamModel)
    } else if (effect.kind === 'hold') {
      const before = this.#parts.health.holdOn(id, candidate.upstreamModel)
      const hold = this.#parts.health.fail(id, candidate.upstreamModel, effect, report.reason ?? describe(report))
      if (hold !== undefined && hold.untilMs !== before?.untilMs) this.#parts.news.tell(hold)
      if (report.status === 401 && before === undefined) this.#renewToken(id)
    }
  }

  #untilReset({ headers }: AttemptReport): ReturnType<typeof untilReset> {
    if (headers === undefined) return undefined
    const now = this.#parts.options.clock()
    return untilReset(readSeenLimits(headers, now), now)
  }

  /** A token may be refused before its time: a new one brings the account back, a second refusal soon after does not. */
  #renewToken(accountId: string): void {
    const { snapshot, options, signIns } = this.#parts
    const pooled = snapshot.current.accounts.get(accountId)
    const now = options.clock()
    if (!pooled?.secrets.tokens) return
    const isRenewed = now - (this.#renewedAt.get(accountId) ?? Number.NEGATIVE_INFINITY) < renewEveryMs
    if (isRenewed || pooled.secrets.tokens.refreshToken === null) return signIns.lost(accountId)
    this.#renewedAt.set(accountId, now)
    this.#refresher.refresh(pooled).then(
      () => this.admin.reset(accountId),
      (err: unknown) => options.log.warn({ err, accountId }, 'a refused token was not renewed'),
    )
  }

  #connectionOf(pooled: PooledAccount): Connection {
    const { connections, snapshot, options } = this.#parts
    if (this.#seen !== snapshot.current) this.#retireStrangers(snapshot.current)
    const { relay, allowPrivateUrls = false } = options.config
    const settings = {
      proxy: pooled.secrets.proxy,
      connectTimeoutMs: relay.connectTimeoutMs,
      isPublicOnly: pooled.row.owner_id !== null && !allowPrivateUrls,
    }
    let connection = connections.get(pooled.account.id)
    if (connection === undefined || !connection.isFor(settings)) {
      connection?.retire()
      connection = new Connection(settings)
      connections.set(pooled.account.id, connection)
    }
    return connection
  }

  /** Connections of accounts that are gone. */
  #retireStrangers(pool: Pool): void {
    this.#seen = pool
    for (const [id, connection] of this.#parts.connections) {
      if (pool.accounts.has(id)) continue
      connection.retire()
      this.#parts.connections.delete(id)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { snapshot, news, limitsSeen, slots, lastUsed, connections, signIns } = this.#parts
    await this.#refresher[Symbol.asyncDispose]()
    await snapshot[Symbol.asyncDispose]()
    await news[Symbol.asyncDispose]()
    await limitsSeen[Symbol.asyncDispose]()
    await signIns[Symbol.asyncDispose]()
    await slots[Symbol.asyncDispose]()
    await lastUsed[Symbol.asyncDispose]()
    await Promise.all([...connections.values()].map((connection) => connection.destroy()))
  }
}

const available = Object.freeze({ isAvailable: true })

class CallSlot implements Slot {
  readonly candidate: Candidate
  readonly #pooled: PooledAccount
  readonly #connection: Connection
  readonly #giveBack: () => void
  #isReleased = false

  constructor(candidate: Candidate, pooled: PooledAccount, connection: Connection, giveBack: () => void) {
    this.candidate = candidate
    this.#pooled = pooled
    this.#connection = connection
    this.#giveBack = giveBack
    connection.retain()
  }

  get origin(): string {
    return this.#pooled.endpoint.origin
  }

  get dialect(): Slot['dialect'] {
    return this.#pooled.endpoint.dialect
  }

  get headers(): Slot['headers'] {
    return this.#pooled.endpoint.headers
  }

  get defaultHeaders(): Slot['defaultHeaders'] {
    return this.#pooled.endpoint.defaultHeaders
  }

  get dispatcher(): Slot['dispatcher'] {
    return this.#connection.dispatcher
  }

  path(wirePath: string): string {
    return this.#pooled.endpoint.path(wirePath, this.candidate.upstreamModel)
  }

  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#connection.release()
    this.#giveBack()
  }
}

function describe(report: AttemptReport): string {
  return report.status === undefined ? reasonText('noAnswer') : reasonText('status', { status: report.status })
}
