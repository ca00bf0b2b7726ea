import type { Limit } from '@parley/contract'
import type { WireName } from '@parley/wires'

/** An API key as the engine sees it. Never holds the key itself. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly userId: string | null
  /** False: switched off, deleted, or its owner is switched off. */
  readonly isEnabled: boolean
  /** When it ends, counted from its first use where it is so; null: never, or not before it is used. */
  readonly expiresAt: number | null
  /** It ends so long after its first use, which has not been yet. */
  readonly activeMs: number | null
  readonly models: readonly string[] | null
  readonly wires: readonly WireName[] | null
  /** CIDR ranges; null: from anywhere. */
  readonly ipAllow: readonly string[] | null
  /** Families of clients; null: any client. */
  readonly clients: readonly string[] | null
  /** Accounts it may use, with those of its groups; null in both: all. */
  readonly accountIds: readonly string[] | null
  readonly accountGroups: readonly string[] | null
  /** How old replies of equal calls may be, in seconds; 0: it gets none; null: as the server offers. */
  readonly cacheSeconds: number | null
  readonly limits: readonly Limit[]
}

export interface Keys {
  /**
   * The key that has this secret, undefined when there is none: one hash, one look-up (cached, misses too).
   * Answers without a promise when it is in the cache, because this is on the hot path. `connection`: on which it came, that
   * the same secret is not hashed anew with each request there.
   */
  find(secret: string, connection?: object): ApiKey | undefined | Promise<ApiKey | undefined>
  /** The first use of a key that lives from then on: when this has resolved, its end is on disk. */
  activate(key: ApiKey): Promise<ApiKey>
  /** Notes that the key was used; written to the database now and then, never awaited. */
  touch(id: string): void
}
