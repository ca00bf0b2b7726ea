import { createHmac, hash, randomBytes } from 'node:crypto'
import { assertFound, fieldFaults, invalidField } from '@parley/contract'
import { v7 as uuidv7 } from 'uuid'
import { ExpiringMap } from '../state/expiring-map.ts'
import type { State } from '../state/state.ts'
import type { Log } from '../store/log.ts'
import { createLastUsed, type LastUsed } from '../store/last-used.ts'
import type { Store } from '../store/store.ts'
import type { ApiKey, Keys } from './api-key.ts'
import {
  activateKey,
  columnsOf,
  endOf,
  insertKey,
  type KeyColumns,
  type KeyDetails,
  type KeyFields,
  type KeyQuery,
  listKeys,
  retireKeysOf,
  tryKey,
  tryKeyByHash,
  userExists,
  updateKey,
} from './key-repository.ts'

/**
 * Relay API keys.
 *
 * Guarantees: a key has 256 bits of chance and is shown once; what is stored is its HMAC with the server's pepper, so
 * neither the database alone nor a timing tells anything about a key (it is found by that hash, never compared); a
 * change by an admin holds on every node when the change has been answered, or a few seconds later if the message to
 * the other nodes is lost.
 */
export interface KeyAdmin extends AsyncDisposable {
  create(fields: NewKey): Promise<CreatedKey>
  /** The same key `count` times, with numbered names. All or none. */
  createMany(fields: NewKey, count: number): Promise<CreatedKey[]>
  list(query: KeyQuery): Promise<{ items: KeyDetails[]; total: number }>
  get(id: string): Promise<KeyDetails>
  update(id: string, fields: KeyFields): Promise<KeyDetails>
  /** It stops working and leaves the lists; its usage stays. */
  remove(id: string): Promise<void>
  restore(id: string): Promise<KeyDetails>
  /** The keys of somebody who leaves: they are nobody's, switched off and out of the lists, and known by name. How many. */
  retireOf(userId: string): Promise<number>
}

export type NewKey = KeyFields & Pick<KeyDetails, 'name'>

export interface CreatedKey {
  readonly details: KeyDetails
  /** The key itself: never to be had again. */
  readonly secret: string
}

export interface KeysOptions {
  readonly store: Store
  readonly state: State
  readonly pepper: Uint8Array
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly log: Log
  readonly prefix?: string
}

const topic = 'keys'
/** Longer texts are no keys; they are not worth a hash. */
const maxSecretLength = 256
/** How long a change that nobody told us of can go unnoticed. */
const cachedMs = 5_000
const maxCached = 10_000

export async function createKeys(options: KeysOptions): Promise<Keys & KeyAdmin> {
  const { store, clock, log } = options
  const onError = (err: unknown) => log.error({ err }, 'API keys: last use not written')
  const keys = new KeyStore(options, createLastUsed({ store, table: 'api_key', clock, onError }))
  await keys.listen()
  return keys
}

class KeyStore implements Keys, KeyAdmin {
  readonly #options: KeysOptions
  readonly #lastUsed: LastUsed
  /** By digest; null: there is no such key. Misses are apart so that a flood of them pushes no real key out. */
  #found: ExpiringMap<ApiKey>
  #missed: ExpiringMap<null>
  /** What came last on each connection. Nobody can find out another's secret by asking whether it is the same. */
  readonly #digests = new WeakMap<object, { readonly secret: string; readonly digest: string }>()
  readonly #looking = new Map<string, Promise<ApiKey | undefined>>()
  /** Counts invalidations: a look-up that began before one must not fill the cache after it. */
  #generation = 0
  #unsubscribe: (() => Promise<void>) | undefined

  constructor(options: KeysOptions, lastUsed: LastUsed) {
    this.#options = options
    this.#lastUsed = lastUsed
    this.#found = new ExpiringMap({ now: options.clock, maxSize: maxCached })
    this.#missed = new ExpiringMap({ now: options.clock, maxSize: maxCached })
  }

  async listen(): Promise<void> {
    this.#unsubscribe = await this.#options.state.topics.subscribe(topic, () => this.#forget())
  }

  // ── Hot path ───────────────────────────────────────────────────────────────────────────────────────────────────

  find(secret: string, connection?: object): ApiKey | undefined | Promise<ApiKey | undefined> {
    if (secret.length > maxSecretLength) return undefined
    const digest = this.#digest(secret, connection)
    const found = this.#found.get(digest)
    if (found !== undefined) return found
    if (this.#missed.get(digest) === null) return undefined
    return this.#looking.get(digest) ?? this.#look(digest, this.#hash(secret))
  }

  /** A plain digest is a tenth of the HMAC's price, and good enough for what never leaves memory. */
  #digest(secret: string, connection: object | undefined): string {
    const last = connection && this.#digests.get(connection)
    if (last?.secret === secret) return last.digest
    const digest = hash('sha256', secret, 'base64')
    if (connection !== undefined) this.#digests.set(connection, { secret, digest })
    return digest
  }

  async activate(key: ApiKey): Promise<ApiKey> {
    const details = await activateKey(key.id, this.#options.clock(), this.#options.store.database)
    await this.#changed()
    return { ...key, activeMs: null, expiresAt: details ? endOf(details) : key.expiresAt }
  }

  touch(id: string): void {
    this.#lastUsed.note(id)
  }

  #look(digest: string, keyHash: string): Promise<ApiKey | undefined> {
    const looking = this.#load(digest, keyHash).finally(() => {
      if (this.#looking.get(digest) === looking) this.#looking.delete(digest)
    })
    this.#looking.set(digest, looking)
    return looking
  }

  async #load(digest: string, keyHash: string): Promise<ApiKey | undefined> {
    const generation = this.#generation
    const key = await tryKeyByHash(keyHash, this.#options.store.database)
    if (generation !== this.#generation) return key
    const endsAt = this.#options.clock() + cachedMs
    if (key === undefined) this.#missed.set(digest, null, endsAt)
    else this.#found.set(digest, key, endsAt)
    return key
  }

  #hash(secret: string): string {
    return createHmac('sha256', this.#options.pepper).update(secret).digest('hex')
  }

  #forget(): void {
    this.#generation += 1
    this.#found = new ExpiringMap({ now: this.#options.clock, maxSize: maxCached })
    this.#missed = new ExpiringMap({ now: this.#options.clock, maxSize: maxCached })
    this.#looking.clear()
  }

  async #changed(): Promise<void> {
    this.#forget()
    await this.#options.state.topics.publish(topic, 'changed')
  }

  // ── Administration ─────────────────────────────────────────────────────────────────────────────────────────────

  async create(fields: NewKey): Promise<CreatedKey> {
    const [created] = await this.#insert([fields])
    if (created === undefined) throw new Error('no key was made')
    return created
  }

  createMany(fields: NewKey, count: number): Promise<CreatedKey[]> {
    const digits = String(count).length
    return this.#insert(
      Array.from({ length: count }, (_, index) => ({
        ...fields,
        name: `${fields.name} ${String(index + 1).padStart(digits, '0')}`,
      })),
    )
  }

  async #insert(many: readonly NewKey[]): Promise<CreatedKey[]> {
    await this.#checkOwner(many[0]?.userId)
    const created = await this.#options.store.transaction(async (transaction) => {
      const keys: CreatedKey[] = []
      for (const fields of many) {
        const id = uuidv7()
        const secret = `${this.#options.prefix ?? 'cr_'}${randomBytes(32).toString('hex')}`
        const now = this.#options.clock()
        const columns = { ...columnsOf(fields), name: fields.name }
        const identity = { id, hash: this.#hash(secret), hint: hintOf(secret), created_at: now, updated_at: now }
        await insertKey({ ...columns, ...identity }, transaction)
        const details = await tryKey(id, transaction)
        if (details !== undefined) keys.push({ details, secret })
      }
      return keys
    })
    await this.#changed()
    return created
  }

  list(query: KeyQuery): Promise<{ items: KeyDetails[]; total: number }> {
    return listKeys(query, this.#options.clock(), this.#options.store.database)
  }

  async get(id: string): Promise<KeyDetails> {
    return assertFound(await tryKey(id, this.#options.store.database), 'apiKey')
  }

  async update(id: string, fields: KeyFields): Promise<KeyDetails> {
    await this.#checkOwner(fields.userId)
    return await this.#change(id, columnsOf(fields))
  }

  async remove(id: string): Promise<void> {
    await this.#change(id, { deleted_at: this.#options.clock() })
  }

  async restore(id: string): Promise<KeyDetails> {
    return await this.#change(id, { deleted_at: null })
  }

  async retireOf(userId: string): Promise<number> {
    const count = await retireKeysOf(userId, this.#options.clock(), this.#options.store.database)
    if (count > 0) await this.#changed()
    return count
  }

  async #change(id: string, columns: KeyColumns): Promise<KeyDetails> {
    const { store, clock } = this.#options
    const details = await updateKey(id, { ...columns, updated_at: clock() }, store.database)
    await this.#changed()
    return assertFound(details, 'apiKey')
  }

  async #checkOwner(userId: string | null | undefined): Promise<void> {
    if (typeof userId !== 'string') return
    if (!(await userExists(userId, this.#options.store.database)))
      throw invalidField('user_id', fieldFaults.unknownUser)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#unsubscribe?.()
    await this.#lastUsed[Symbol.asyncDispose]()
  }
}

/** Enough to tell keys apart, too little to be one: `cr_ab12…9f0e`. */
function hintOf(secret: string): string {
  return `${secret.slice(0, -60)}…${secret.slice(-4)}`
}
