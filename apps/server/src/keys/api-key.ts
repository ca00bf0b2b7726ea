import type { WireName } from '@parley/wires'

/** A limit on a key: counts; nano-dollars for `cost`. */
export interface KeyLimit {
  readonly what: 'requests' | 'tokens' | 'cost' | 'concurrency'
  readonly per: 'minute' | '5h' | 'day' | 'week' | 'month' | 'total'
  readonly max: number
}

/** An API key as the engine sees it. Never holds the key itself. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly userId: string | null
  /** False: switched off, deleted, or its owner is switched off. */
  readonly isEnabled: boolean
  readonly expiresAt: number | null
  readonly models: readonly string[] | null
  readonly wires: readonly WireName[] | null
  /** CIDR ranges; null: from anywhere. */
  readonly ipAllow: readonly string[] | null
  readonly accountIds: readonly string[] | null
  readonly limits: readonly KeyLimit[]
}

export interface Keys {
  /**
   * The key that has this secret, undefined when there is none: one hash, one look-up (cached, misses too).
   * Answers without a promise when it is in the cache, because this is on the hot path.
   */
  find(secret: string): ApiKey | undefined | Promise<ApiKey | undefined>
  /** Notes that the key was used; written to the database now and then, never awaited. */
  touch(id: string): void
}
