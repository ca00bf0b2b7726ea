import { invalidField, ParleyError } from '@parley/contract'
import { v7 as uuidv7 } from 'uuid'
import { type AccountKind, accountKinds } from './account.ts'
import { type AccountFields, assertUsable, columnsOf, fieldsOf, type NewAccount } from './account-fields.ts'
import { type AccountProbe, probeAccount } from './account-probe.ts'
import { type AccountRow, insertAccountRow, tryAccountRow, updateAccountRow } from './account-repository.ts'
import { maskProxy, maskSecret } from './account-secrets.ts'
import type { Connection } from './connection.ts'
import type { Parts } from './create-upstreams.ts'
import type { Hold } from './health.ts'
import type { PooledAccount } from './pool.ts'

/** An account as operators see it: with what it does now, without its secrets. */
export interface AccountDetails {
  readonly id: string
  readonly name: string
  readonly kind: AccountKind
  readonly baseUrl: string | null
  /** The credential, masked; null when there is none. */
  readonly credentialHint: string | null
  readonly models: { readonly [id: string]: string } | null
  readonly priority: number
  readonly weight: number
  readonly maxConcurrency: number | null
  /** Without its password. */
  readonly proxy: string | null
  readonly headerNames: readonly string[]
  readonly isEnabled: boolean
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
}

export interface AccountAdmin {
  list(): AccountDetails[]
  get(id: string): AccountDetails
  create(account: NewAccount): Promise<AccountDetails>
  /** Also brings an account back that was out: what was wrong may have been mended. */
  update(id: string, fields: AccountFields): Promise<AccountDetails>
  remove(id: string): Promise<void>
  /** Takes no new calls: for a while, or until it is resumed. */
  pause(id: string, forMs: number | undefined): Promise<AccountDetails>
  resume(id: string): Promise<AccountDetails>
  /** Forgets why it was out. */
  reset(id: string): AccountDetails
  /** One small real call the way that callers' calls go. It brings an account back that was out. */
  test(id: string, model: string | undefined): Promise<AccountProbe>
}

export function createAccountAdmin(parts: Parts, connectionOf: (account: PooledAccount) => Connection): AccountAdmin {
  return new Admin(parts, connectionOf)
}

class Admin implements AccountAdmin {
  readonly #parts: Parts
  readonly #connectionOf: (account: PooledAccount) => Connection

  constructor(parts: Parts, connectionOf: (account: PooledAccount) => Connection) {
    this.#parts = parts
    this.#connectionOf = connectionOf
  }

  list(): AccountDetails[] {
    const pool = this.#parts.snapshot.current
    return [...pool.accounts.keys(), ...pool.broken.keys()].map((id) => this.get(id))
  }

  get(id: string): AccountDetails {
    const { snapshot, health, slots } = this.#parts
    const pooled = snapshot.current.accounts.get(id)
    const broken = snapshot.current.broken.get(id)
    const row = pooled?.row ?? broken?.row ?? notFound()
    const holds = health.holds(id)
    return {
      ...plainDetails(row),
      credentialHint: pooled?.secrets.apiKey ? maskSecret(pooled.secrets.apiKey) : null,
      proxy: pooled?.secrets.proxy ? maskProxy(pooled.secrets.proxy) : null,
      headerNames: Object.keys(pooled?.secrets.headers ?? {}),
      state: stateOf(row, holds, broken !== undefined),
      holds,
      problem: broken?.reason ?? null,
      activeCalls: slots.active(id),
    }
  }

  async create(account: NewAccount): Promise<AccountDetails> {
    assertUsable(account.kind, account)
    const { store, encryption, clock } = this.#parts.options
    const id = uuidv7()
    const now = clock()
    const identity = { id, name: account.name, kind: account.kind, created_at: now, updated_at: now }
    await insertAccountRow({ ...columnsOf(account, id, encryption), ...identity }, store.database)
    await this.#parts.snapshot.changed()
    return this.get(id)
  }

  async update(id: string, fields: AccountFields): Promise<AccountDetails> {
    const { store, encryption, clock } = this.#parts.options
    await store.transaction(async (transaction) => {
      const row = (await tryAccountRow(id, transaction)) ?? notFound()
      // A row whose secrets cannot be opened is mended by writing them anew.
      const known = this.#parts.snapshot.current.broken.has(id) ? { baseUrl: row.base_url } : fieldsOf(row, encryption)
      assertUsable(kindOf(row), { ...known, ...given(fields) })
      await updateAccountRow(id, { ...columnsOf(fields, id, encryption), updated_at: clock() }, transaction)
    })
    await this.#parts.snapshot.changed()
    return this.reset(id)
  }

  async remove(id: string): Promise<void> {
    const { store, clock } = this.#parts.options
    const now = clock()
    const isGone = await updateAccountRow(id, { deleted_at: now, updated_at: now, credential: null }, store.database)
    if (!isGone) notFound()
    await this.#parts.snapshot.changed()
  }

  async pause(id: string, forMs: number | undefined): Promise<AccountDetails> {
    if (forMs === undefined) return await this.update(id, { isEnabled: false })
    const { health, news, options } = this.#parts
    const hold = { accountId: this.get(id).id, model: null, untilMs: options.clock() + forMs, reason: 'paused' }
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
    const { broken } = this.get(id).state === 'broken' ? { broken: this.get(id).problem } : { broken: null }
    const pooled = this.#parts.snapshot.current.accounts.get(id)
    if (pooled === undefined) throw invalidField('id', broken ?? 'the account cannot be used')
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

function given(fields: AccountFields): AccountFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function plainDetails(row: AccountRow) {
  return {
    id: row.id,
    name: row.name,
    kind: kindOf(row),
    baseUrl: row.base_url,
    models: row.models_json === null ? null : (JSON.parse(row.models_json) as { [id: string]: string }),
    priority: row.priority,
    weight: row.weight,
    maxConcurrency: row.max_concurrency,
    isEnabled: row.is_enabled === 1,
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

function notFound(): never {
  throw new ParleyError('not_found', { parameters: { what: { en: 'Account', zh: '账号' } } })
}
