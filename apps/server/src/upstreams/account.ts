import type { ChatDialect, RelayErrorKind, WireName } from '@parley/wires'
import type { Dispatcher } from 'undici'
import type { Headers } from './seen-limits.ts'

export const accountKinds = ['anthropic', 'openai', 'azure-openai', 'gemini', 'simulator'] as const
export type AccountKind = (typeof accountKinds)[number]

/** An upstream account as the engine sees it: a snapshot, replaced whole when an admin changes it. Holds no secret. */
export interface Account {
  readonly id: string
  readonly name: string
  readonly kind: AccountKind
  readonly priority: number
  readonly weight: number
  readonly maxConcurrency: number | null
  /** False: only callers that are pinned to it use it. */
  readonly isSchedulable: boolean
  readonly groups: readonly string[]
  /** Wires that the upstream itself speaks; the door's own wire is used if it is among them. Empty: the simulator. */
  readonly wires: readonly WireName[]
}

/** An account that serves a model, and what it calls that model. */
export interface Candidate {
  readonly account: Account
  readonly upstreamModel: string
}

/** The right to make one call on an account, until released. */
export interface Slot {
  readonly candidate: Candidate
  /** Scheme and host; undici's `origin`. */
  readonly origin: string
  /** How its server speaks OpenAI Chat, if it does. */
  readonly dialect: ChatDialect
  /** Path to the upstream for a wire's own path: adds the base URL's prefix, Azure's deployment path and api-version. */
  path(wirePath: string): string
  /** Credential and custom headers, by lower-case name: they stand against the caller's. */
  readonly headers: { readonly [name: string]: string }
  /** Sent where the caller has none of that name, such as `anthropic-version`. */
  readonly defaultHeaders: { readonly [name: string]: string }
  /** With the account's proxy and time-outs. */
  readonly dispatcher: Dispatcher
  release(): void
}

/** What became of an attempt, for health, cool-down and affinity. */
export interface AttemptReport {
  /** What went wrong; undefined: nothing. */
  readonly errorKind: RelayErrorKind | undefined
  /** Undefined when there was no answer. */
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined
  readonly latencyMs: number
  readonly reason: string | undefined
  /** Of the answer: some say how much of their limits is left. */
  readonly headers: Headers | undefined
}

export interface Upstreams extends AsyncDisposable {
  /** All enabled accounts that serve the model, in no order. Synchronous: it is on the hot path. */
  candidates(model: string): readonly Candidate[]
  /** False while the account is cooling down for that model; `until` says until when. */
  availability(candidate: Candidate): {
    readonly isAvailable: boolean
    readonly untilMs?: number
    readonly reason?: string
  }
  /** In the order in which they are to be tried for a call. */
  order(model: string, candidates: readonly Candidate[], affinityAccountId: string | undefined): readonly Candidate[]
  /** The first of an order gets the call: the next one goes on from there. */
  took(model: string, order: readonly Candidate[]): void
  /** Calls under way on the account, on this node. */
  activeCalls(accountId: string): number
  /** Undefined when all its slots are taken. */
  acquire(candidate: Candidate): Promise<Slot | undefined> | Slot | undefined
  /**
   * For when all slots are taken: stands in line, first come first served, for the first slot on any of them. Undefined
   * when there was none within `waitMs`, the signal ended it, or too many wait already.
   */
  waitForSlot(
    candidates: readonly Candidate[],
    options: { readonly waitMs: number; readonly signal?: AbortSignal },
  ): Promise<Slot | undefined>
  /** What it means: may another account be tried? */
  report(candidate: Candidate, report: AttemptReport): { readonly mayRetryElsewhere: boolean }
  /** The accounts that are in one of these groups. */
  accountIdsIn(groups: readonly string[]): readonly string[]
  /** Public ids of every model that some enabled account names in its model list. */
  servedModels(): readonly string[]
}
