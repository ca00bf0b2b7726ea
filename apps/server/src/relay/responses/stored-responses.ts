import { fieldFaults, invalidField, notFound } from '@parley/contract'
import { assertNotTooDeep, conversationItems, expandState, inputItems, type JsonObject } from '@parley/wires'
import { v7 as uuidv7 } from 'uuid'
import type { Encryption } from '../../config/encryption.ts'
import type { Log } from '../../config/log.ts'
import type { Store } from '../../store/store.ts'
import { translating } from '../translating.ts'
import {
  chainOf,
  deleteExpired,
  deleteResponse,
  insertItems,
  insertResponse,
  prolongResponses,
  responsesOfItems,
  type Scope,
  type StoredResponseRow,
  tryResponse,
} from './repository.ts'

/**
 * The state of /v1/responses: replies that a client can go on from, kept here for every kind of upstream, also for those
 * that could keep them. So a conversation can go on at another account, and never in the name of another key.
 *
 * Guarantees: only the key that made a response finds it; it is encrypted on disk; it is there before the client has seen
 * the end of its reply; it goes when its life ends, and going on from it prolongs the life of all that it goes on from.
 */
export interface StoredResponses extends AsyncDisposable {
  /** False: the operator has switched it off. */
  readonly isOn: boolean
  /**
   * The request with all that it refers to in `input`. Throws ParleyError naming the field that refers to nothing, or when the
   * body is nested so deep that it could not be written again.
   */
  expand(keyId: string, body: JsonObject): Promise<Expanded>
  keep(keyId: string, expanded: Expanded, response: JsonObject): Promise<void>
  /** Throws not_found. */
  get(keyId: string, id: string): Promise<Kept>
  remove(keyId: string, id: string): Promise<void>
}

export interface Kept {
  /** What its own request added. */
  readonly input: readonly JsonObject[]
  readonly response: JsonObject
}

export interface Expanded {
  /** Refers to nothing any more. */
  readonly body: JsonObject
  /** What the request itself added to the conversation. */
  readonly input: readonly JsonObject[]
  /** Responses that it goes on from, newest first. */
  readonly chain: readonly string[]
}

export interface StoredResponsesOptions {
  readonly store: Store
  readonly encryption: Encryption
  /** 0: off. */
  readonly keepMs: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly log: Log
}

const cleanEveryMs = 3_600_000

export function createStoredResponses(options: StoredResponsesOptions): StoredResponses {
  return new ResponseStore(options)
}

class ResponseStore implements StoredResponses {
  readonly isOn: boolean
  readonly #options: StoredResponsesOptions
  readonly #timer: NodeJS.Timeout
  #cleaning: Promise<void>

  constructor(options: StoredResponsesOptions) {
    this.#options = options
    this.isOn = options.keepMs > 0
    this.#cleaning = this.#clean()
    this.#timer = setInterval(() => {
      this.#cleaning = this.#cleaning.then(() => this.#clean())
    }, cleanEveryMs).unref()
  }

  async expand(keyId: string, body: JsonObject): Promise<Expanded> {
    translating(() => assertNotTooDeep(body, 'body'))
    const previousId = body.previous_response_id ?? undefined
    const referred = translating(() => inputItems(body)).flatMap(tryReferredId)
    if (previousId === undefined && referred.length === 0) return { body, input: inputItems(body), chain: [] }
    if (!this.isOn) {
      throw invalidField(previousId === undefined ? 'input' : 'previous_response_id', fieldFaults.keepsNoResponses)
    }
    const rows = isId(previousId) ? await chainOf(previousId, this.#scope(keyId), this.#database) : []
    const previous = rows.toReversed().flatMap((row) => this.#itemsOf(row))
    const found = await this.#find(keyId, referred)
    const own = translating(() => expandState(body, { previous: rows.length === 0 ? undefined : [], find: found }))
    const input = inputItems(own)
    return {
      body: { ...own, input: [...previous, ...input].flatMap(replayed) },
      input,
      chain: rows.map(({ id }) => id),
    }
  }

  async keep(keyId: string, { input, chain }: Expanded, response: JsonObject): Promise<void> {
    const { id } = response
    if (!isId(id) || !this.isOn) return
    const { store, encryption, keepMs, clock } = this.#options
    const now = clock()
    const [previousId = null] = chain
    const kept: Kept = { input: input.map(named), response: { ...response, previous_response_id: previousId } }
    const items = conversationItems({ input: [...kept.input] }, response).flatMap((item) => tryId(item))
    const row = {
      key_id: keyId,
      id,
      previous_id: previousId,
      content: encryption.seal(JSON.stringify(kept), contextOf(keyId, id)),
      created_at: now,
      expires_at: now + keepMs,
    }
    await store.groupCommit.run(async (transaction) => {
      await insertResponse(row, transaction)
      const places = [...new Set(items)].map((item) => ({ key_id: keyId, item_id: item, response_id: id }))
      await insertItems(places, transaction)
      await prolongResponses(chain, { keyId, expiresAt: row.expires_at }, transaction)
    })
  }

  async get(keyId: string, id: string): Promise<Kept> {
    const row = await tryResponse(id, this.#scope(keyId), this.#database)
    if (row === undefined) throw notFound('storedResponse')
    return this.#open(row)
  }

  async remove(keyId: string, id: string): Promise<void> {
    await this.get(keyId, id)
    await deleteResponse(id, keyId, this.#database)
  }

  /** What the referred items are. */
  async #find(keyId: string, itemIds: readonly string[]): Promise<(itemId: string) => JsonObject | undefined> {
    const scope = this.#scope(keyId)
    const places = await responsesOfItems(itemIds, scope, this.#database)
    const found = new Map<string, Map<unknown, JsonObject>>()
    for (const id of new Set(places.values())) {
      const row = await tryResponse(id, scope, this.#database)
      if (row !== undefined) found.set(id, new Map(this.#itemsOf(row).map((item) => [item.id, item])))
    }
    return (itemId) => found.get(places.get(itemId) ?? '')?.get(itemId)
  }

  #itemsOf(row: StoredResponseRow): JsonObject[] {
    const { input, response } = this.#open(row)
    return conversationItems({ input: [...input] }, response)
  }

  #open(row: StoredResponseRow): Kept {
    return JSON.parse(this.#options.encryption.open(row.content, contextOf(row.key_id, row.id))) as Kept
  }

  #scope(keyId: string): Scope {
    return { keyId, now: this.#options.clock() }
  }

  get #database(): Store['database'] {
    return this.#options.store.database
  }

  async #clean(): Promise<void> {
    const { store, clock, log } = this.#options
    try {
      await deleteExpired(clock(), store.database)
    } catch (err) {
      log.error({ err }, 'expired responses not deleted')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#cleaning
  }
}

export function contextOf(keyId: string, id: string): string {
  return `stored_response:${keyId}:${id}`
}

function tryReferredId(item: JsonObject): string[] {
  const isReference = item.type === 'item_reference' || (item.type === undefined && Object.keys(item).length === 1)
  return isReference ? tryId(item) : []
}

function tryId({ id }: JsonObject): string[] {
  return isId(id) ? [id] : []
}

/** What can be looked up: PostgreSQL knows no NUL. */
function isId(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0')
}

/** Of ids that were made here: no upstream knows one. */
const ownPrefix = 'item_'

/** Every item of a list has an id. */
function named(item: JsonObject): JsonObject {
  return typeof item.id === 'string' ? item : { ...item, id: `${ownPrefix}${uuidv7().replaceAll('-', '')}` }
}

const freeOfIds = new Set<unknown>(['message', 'function_call', 'function_call_output', 'custom_tool_call', undefined])

/**
 * An item as any upstream takes it. Ids would be looked up where the reply was made, and so would thinking that is not here
 * in full.
 */
function replayed(item: JsonObject): JsonObject[] {
  if (item.type === 'reasoning' && typeof item.encrypted_content !== 'string') return []
  const { id, ...rest } = item
  const isOwn = typeof id === 'string' && id.startsWith(ownPrefix)
  return [isOwn || freeOfIds.has(item.type) ? rest : item]
}
