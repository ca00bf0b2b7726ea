import { assertFound, fieldFaults, invalidField, notFound, ParleyError, reasonText, sayReason } from '@parley/contract'
import { defined, type WireName } from '@parley/wires'
import { v7 as uuidv7 } from 'uuid'
import { deleteSetting, lockSetting } from '../store/settings-repository.ts'
import { type AccountKind, accountKinds } from './account.ts'
import { type AccountFields, assertUsable, columnsOf, fieldsOf, type NewAccount } from './account-fields.ts'
import { type AccountProbe, probeAccount } from './account-probe.ts'
import {
  type AccountRow,
  insertAccountRow,
  listAccountRows,
  tryAccountRow,
  updateAccountRow,
} from './account-repository.ts'
import { maskProxy, maskSecret, noSecrets } from './account-secrets.ts'
import type { Connection } from './connection.ts'
import type { UpstreamsParts } from './parts.ts'
import type { Hold } from './health.ts'
import { Authorizations } from './oauth/authorizations.ts'
import type { SeenLimits } from './seen-limits.ts'
import type { TokenRefresher } from './oauth/token-refresher.ts'
import { type PooledAccount, readWires } from './pool.ts'

/** An account as operators see it: with what it does now, without its secrets. */
export interface AccountDetails {
  readonly id: string
  readonly name: string
  readonly kind: AccountKind
  /** The only one who may use it; null: everybody's. */
  readonly ownerId: string | null
  readonly baseUrl: string | null
  /** The API key, masked; null when there is none. */
  readonly credentialHint: string | null
  /** Signed in with OAuth. */
  readonly oauth: { readonly scopes: readonly string[]; readonly expiresAt: number | null } | null
  readonly models: { readonly [id: string]: string } | null
  /** What the operator says it speaks; null: what its kind does. */
  readonly wires: readonly WireName[] | null
  readonly priority: number
  readonly weight: number
  readonly maxConcurrency: number | null
  /** Without its password. */
  readonly proxy: string | null
  readonly headerNames: readonly string[]
  readonly isEnabled: boolean
  /** False: only callers that are pinned to it use it. */
  readonly isSchedulable: boolean
  readonly groups: readonly string[]
  readonly tags: readonly string[]
  readonly notes: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly lastUsedAt: number | null
  /** `ready`: takes calls; `paused`: switched off; `limited`: out for some models; `out`: out for now; `broken`: cannot be used. */
  readonly state: 'ready' | 'paused' | 'limited' | 'out' | 'broken'
  readonly holds: readonly Hold[]
  /** Why it is broken. */
  readonly problem: string | null
  readonly activeCalls: number
  /** What the upstream last said of its limits; null: nothing yet. */
  readonly seenLimits: SeenLimits | null
}

export interface AccountAdmin {
  /** Everybody's; people's own are not the operator's business. */
  list(): AccountDetails[]
  get(id: string): AccountDetails
  find(id: string): AccountDetails | undefined
  create(account: NewAccount & AuthorizedBy): Promise<AccountDetails>
  /** Only when everybody has none yet, the simulator's aside: undefined when there is one. */
  createFirst(account: NewAccount): Promise<AccountDetails | undefined>
  /** Also brings an account back that was out: what was wrong may have been mended. */
  update(id: string, fields: AccountFields & AuthorizedBy): Promise<AccountDetails>
  remove(id: string): Promise<void>
  /** Takes no new calls: for a while, or until it is resumed. */
  pause(id: string, forMs: number | undefined): Promise<AccountDetails>
  resume(id: string): Promise<AccountDetails>
  /** Forgets why it was out. */
  reset(id: string): AccountDetails
  /** One small real call the way that callers' calls go. It brings an account back that was out. */
  test(id: string, model: string | undefined): Promise<AccountProbe>
  /** Signing in to an upstream with OAuth: start, exchange the code, then create or update an account with the id. */
  readonly authorizations: Pick<Authorizations, 'start' | 'exchange'>
  /** Gets new tokens for an account that is signed in with OAuth. */
  refresh(id: string): Promise<AccountDetails>
}

export interface AuthorizedBy {
  /** Of a sign-in whose code has been exchanged: its tokens become the account's credential. */
  readonly authorizationId?: string | undefined
}

/** The setting that is held while the first account is made. */
const firstAccountKey = 'upstreams.first_account'

interface AdminParts {
  readonly parts: UpstreamsParts
  readonly connectionOf: (account: PooledAccount) => Connection
  readonly refresher: TokenRefresher
}

export function createAccountAdmin(adminParts: AdminParts): AccountAdmin {
  return new Admin(adminParts)
}

class Admin implements AccountAdmin {
  readonly authorizations: Authorizations
  readonly #parts: UpstreamsParts
  readonly #connectionOf: (account: PooledAccount) => Connection
  readonly #refresher: TokenRefresher

  constructor({ parts, connectionOf, refresher }: AdminParts) {
    const { state, encryption, clock, config, oauth: settings = {} } = parts.options
    const { connectTimeoutMs } = config.relay
    this.authorizations = new Authorizations({ values: state.values, encryption, settings, clock, connectTimeoutMs })
    this.#parts = parts
    this.#connectionOf = connectionOf
    this.#refresher = refresher
  }

  list(): AccountDetails[] {
    const pool = this.#parts.snapshot.current
    const all = [...pool.accounts.keys(), ...pool.broken.keys()].map((id) => this.get(id))
    return all.filter((account) => account.ownerId === null)
  }

  find(id: string): AccountDetails | undefined {
    const { accounts, broken } = this.#parts.snapshot.current
    return accounts.has(id) || broken.has(id) ? this.get(id) : undefined
  }

  get(id: string): AccountDetails {
    const { snapshot, health, slots, limitsSeen } = this.#parts
    const pooled = snapshot.current.accounts.get(id)
    const broken = snapshot.current.broken.get(id)
    const row = assertFound(pooled?.row ?? broken?.row, 'account')
    const holds = health.holds(id)
    return {
      ...plainDetails(row),
      credentialHint: pooled?.secrets.apiKey ? maskSecret(pooled.secrets.apiKey) : null,
      oauth: pooled?.secrets.tokens
        ? { scopes: pooled.secrets.tokens.scopes, expiresAt: pooled.secrets.tokens.expiresAt }
        : null,
      proxy: pooled?.secrets.proxy ? maskProxy(pooled.secrets.proxy) : null,
      headerNames: Object.keys(pooled?.secrets.headers ?? {}),
      state: stateOf(row, holds, broken !== undefined),
      holds,
      problem: broken?.reason ?? null,
      activeCalls: slots.active(id),
      seenLimits: limitsSeen.of(id) ?? null,
    }
  }

  async create(wanted: NewAccount & AuthorizedBy): Promise<AccountDetails> {
    const account = { ...wanted, ...(await this.#authorized(wanted, wanted.kind)) }
    const row = this.#rowOf(account)
    await insertAccountRow(row, this.#parts.options.store.database)
    await this.#parts.snapshot.changed()
    return this.get(row.id)
  }

  async createFirst(account: NewAccount): Promise<AccountDetails | undefined> {
    const { store, clock } = this.#parts.options
    const row = this.#rowOf(account)
    const isFirst = await store.transaction(async (transaction) => {
      // Of nodes that start at once the second waits here, and then there is one.
      await lockSetting(firstAccountKey, clock(), transaction)
      const known = await listAccountRows(transaction)
      const isNeeded = known.every(({ kind, owner_id: ownerId }) => kind === 'simulator' || ownerId !== null)
      if (isNeeded) await insertAccountRow(row, transaction)
      await deleteSetting(firstAccountKey, transaction)
      return isNeeded
    })
    await this.#parts.snapshot.changed()
    return isFirst ? this.get(row.id) : undefined
  }

  /** Throws ParleyError when it could not be called. */
  #rowOf(account: NewAccount) {
    assertUsable(account.kind, account)
    const { encryption, clock } = this.#parts.options
    const id = uuidv7()
    const now = clock()
    const { name, kind, ownerId = null } = account
    const identity = { id, name, kind, owner_id: ownerId, created_at: now, updated_at: now }
    return { ...columnsOf(account, id, encryption), ...identity }
  }

  async update(id: string, wanted: AccountFields & AuthorizedBy): Promise<AccountDetails> {
    const { store, encryption, clock } = this.#parts.options
    const fields = { ...wanted, ...(await this.#authorized(wanted, wanted.kind ?? this.get(id).kind)) }
    await store.transaction(async (transaction) => {
      const row = assertFound(await tryAccountRow(id, transaction), 'account')
      // A row whose secrets cannot be opened is mended by writing them anew.
      const known = this.#parts.snapshot.current.broken.has(id) ? { baseUrl: row.base_url } : fieldsOf(row, encryption)
      assertUsable(fields.kind ?? kindOf(row), { ...known, ...defined<AccountFields>(fields) })
      await updateAccountRow(id, { ...columnsOf(fields, id, encryption), updated_at: clock() }, transaction)
    })
    await this.#parts.snapshot.changed()
    if (fields.tokens || fields.apiKey) this.#parts.signIns.found(id)
    return this.reset(id)
  }

  /** The tokens of the sign-in, and the proxy that it went through unless another is given. */
  async #authorized({ authorizationId, proxy }: AccountFields & AuthorizedBy, kind: AccountKind): Promise<Granted> {
    if (authorizationId === undefined) return {}
    const taken = await this.authorizations.take(authorizationId)
    if (taken.kind !== kind) throw invalidField('authorization_id', fieldFaults.otherKind, { kind: taken.kind })
    return { tokens: taken.tokens, proxy: proxy === undefined ? (taken.proxy ?? undefined) : proxy }
  }

  async refresh(id: string): Promise<AccountDetails> {
    const pooled = this.get(id) && this.#parts.snapshot.current.accounts.get(id)
    if (!pooled?.secrets.tokens) throw invalidField('id', fieldFaults.noOAuth)
    try {
      await this.#refresher.refresh(pooled)
    } catch (cause) {
      throw new ParleyError('upstream_failed', { cause })
    }
    return this.reset(id)
  }

  async remove(id: string): Promise<void> {
    const { store, clock } = this.#parts.options
    const now = clock()
    const isGone = await updateAccountRow(id, { deleted_at: now, updated_at: now, ...noSecrets }, store.database)
    if (!isGone) throw notFound('account')
    this.#parts.health.reset(id)
    this.#parts.news.tellReset(id)
    this.#parts.signIns.found(id)
    await this.#parts.snapshot.changed()
  }

  async pause(id: string, forMs: number | undefined): Promise<AccountDetails> {
    if (forMs === undefined) return await this.update(id, { isEnabled: false })
    const { health, news, options } = this.#parts
    const hold = {
      accountId: this.get(id).id,
      model: null,
      untilMs: options.clock() + forMs,
      reason: reasonText('paused'),
    }
    health.impose(hold)
    news.tell(hold)
    return this.get(id)
  }

  async resume(id: string): Promise<AccountDetails> {
    return await this.update(id, { isEnabled: true })
  }

  reset(id: string): AccountDetails {
    this.#parts.health.reset(id)
    this.#parts.news.tellReset(id)
    return this.get(id)
  }

  async test(id: string, model: string | undefined): Promise<AccountProbe> {
    const { problem } = this.get(id)
    const pooled = this.#parts.snapshot.current.accounts.get(id)
    if (pooled === undefined) {
      const reason = problem ?? reasonText('broken')
      throw invalidField('id', { en: reason, zh: sayReason(reason, 'zh') })
    }
    const connection = this.#connectionOf(pooled)
    connection.retain()
    try {
      const probe = await probeAccount(pooled, connection.dispatcher, model)
      if (probe.ok) this.reset(id)
      return probe
    } finally {
      connection.release()
    }
  }
}

type Granted = Pick<AccountFields, 'tokens' | 'proxy'>

function plainDetails(row: AccountRow) {
  return {
    id: row.id,
    name: row.name,
    kind: kindOf(row),
    ownerId: row.owner_id,
    baseUrl: row.base_url,
    models: row.models_json === null ? null : (JSON.parse(row.models_json) as { [id: string]: string }),
    wires: readWires(row.wires_json),
    priority: row.priority,
    weight: row.weight,
    maxConcurrency: row.max_concurrency,
    isEnabled: row.is_enabled === 1,
    isSchedulable: row.is_schedulable === 1,
    groups: JSON.parse(row.groups_json) as string[],
    tags: JSON.parse(row.tags_json) as string[],
    notes: row.notes,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastUsedAt: row.last_used_at,
  }
}

function kindOf(row: AccountRow): AccountKind {
  return accountKinds.find((kind) => kind === row.kind) ?? 'openai'
}

function stateOf(row: AccountRow, holds: readonly Hold[], isBroken: boolean): AccountDetails['state'] {
  if (isBroken) return 'broken'
  if (row.is_enabled !== 1) return 'paused'
  if (holds.some((hold) => hold.model === null)) return 'out'
  return holds.length > 0 ? 'limited' : 'ready'
}
