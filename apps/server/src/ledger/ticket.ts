import type { Limit, Price } from '@parley/contract'
import type { Usage } from '@parley/wires'

export interface OpenEntry {
  readonly requestId: string
  /** A proxy made it, and it may come again; absent: it was made here. */
  readonly isIdForeign?: boolean
  readonly userId: string | null
  readonly keyId: string | null
  readonly conversationId: string | null
  readonly model: string
  readonly wire: string
  readonly isStream: boolean
  /** UTF-16 units or bytes of the request. */
  readonly inputLength: number
  /** The beginning of the request, for a tokenizer; called at most once, when it is needed. */
  readonly sample: () => string
  /** Whether the request has the upstream write a cache, which costs more than reading; asked where a cost is limited. */
  readonly cacheWrites: () => 'none' | '5m' | '1h'
  /** What the caller allows a reply to be; undefined: as much as there is. */
  readonly maxOutputTokens: number | undefined
  /** The tier of service that the request asks for; absent or null: the everyday one. */
  readonly serviceTier?: string | null
  /** The key's own. */
  readonly limits: readonly Limit[]
}

/** An admitted call: the right to be settled once. */
export interface Ticket {
  /** Of the call in the ledger: another one than was given where the given one was a call's already. */
  readonly requestId: string
  /** Estimate of what the request itself will count. */
  readonly inputTokens: number
  readonly allowance: Allowance
  /** Estimate of what a reply of so many UTF-16 units counts. */
  outputTokens(contentLength: number): number
  /** Takes the account's own limits as well. False: one is reached, try another account. */
  enter(accountId: string): boolean | Promise<boolean>
  /** The most tokens that the reply may have at the upstream; undefined: no limit is near. Asked after `enter`. */
  ceiling(isStream: boolean): Promise<number | undefined> | number | undefined
  /** An attempt begins: checkpoints say how far it has come. */
  follow(attempt: Attempt): void
}

export interface Settlement {
  readonly endReason: string
  readonly httpStatus: number
  readonly errorCode: string | null
  readonly usage: Usage
  readonly usageSource: string
  readonly contentLength: number
  readonly costNanos: number
  readonly price: Price | undefined
  readonly accountId: string | null
  readonly upstreamModel: string | null
  readonly attempts: number
  readonly firstByteMs: number | null
  readonly durationMs: number
  /** Attempts before the last that used something; absent: none did. */
  readonly failedAttempts?: readonly FailedAttempt[] | undefined
  /** The call went as planned; absent: how it went is kept apart. */
  readonly planned?: Planned | undefined
}

/** What was planned, and when it was carried out. */
export interface Planned {
  readonly planId: string
  /** Of the only attempt, since the call began. */
  readonly sentMs: number
}

export interface FailedAttempt {
  /** From 1. */
  readonly attempt: number
  readonly accountId: string
  readonly upstreamModel: string
  readonly usage: Usage
  readonly costNanos: number
}

/** What a reply has said so far; looked at, never kept. */
export interface ReadingSoFar {
  readonly usage: Usage | undefined
  /** UTF-16 units. */
  readonly contentLength: number
  /** The reply is whole: what `usage` says is all of it. */
  readonly isFinished: boolean
}

/** An attempt that the call makes now. */
export interface Attempt {
  readonly accountId: string
  readonly upstreamModel: string
  readonly reading: ReadingSoFar
}

/**
 * How long a reply may become. It is asked about every piece before that goes to the caller, so it must be quick.
 *
 * Where nothing limits tokens or cost there is always enough.
 */
export interface Allowance {
  readonly isLimited: boolean
  /**
   * `scarce`: the reply so far is reserved for, but perhaps not a next piece like the largest so far. `none`: it is not;
   * its last piece must not go to the caller.
   */
  roomFor(reading: ReadingSoFar): 'enough' | 'scarce' | 'none'
  /** Reserves what was last found missing, and more. False: so much is not left. */
  grow(): Promise<boolean>
}
