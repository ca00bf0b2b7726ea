import type { Candidate } from '../upstreams/account.ts'
import type { CallResult } from './call.ts'
import type { Exchange, Outcome } from './exchange.ts'
import type { Considered } from './plan.ts'

/**
 * What was decided about one call, and why: who could have served it and why not, who was tried, what came of it. Written
 * down as it is read by people, so the names are those of the API.
 */
export interface CallTrace {
  readonly request_id: string
  readonly at: string
  readonly model: string
  readonly wire: string
  readonly stream: boolean
  /** The account that served the session before. */
  readonly affinity_account_id: string | null
  readonly candidates: readonly TracedCandidate[]
  /** Accounts in the order in which they were to be tried. */
  readonly order: readonly string[]
  /** Candidates that were not called when it was their turn. */
  readonly passed_over: readonly { readonly account_id: string; readonly reason: string; readonly at_ms: number }[]
  readonly attempts: readonly TracedAttempt[]
  readonly end: TracedEnd
}

export interface TracedCandidate {
  readonly account_id: string
  readonly upstream_model: string
  readonly priority: number
  readonly weight: number
  /** Null: it could be tried. */
  readonly out: string | null
  readonly until: string | null
}

export interface TracedAttempt {
  readonly account_id: string
  readonly upstream_model: string
  /** Since the call began. */
  readonly at_ms: number
  readonly duration_ms: number
  readonly first_byte_ms: number | null
  readonly upstream_status: number | null
  readonly end_reason: string
  /** `unreachable`, `refused`, `timeout`, `broken`; null: it did not fail. */
  readonly failure: string | null
  readonly error: string | null
  /** Content had gone to the caller: no other attempt could follow. */
  readonly committed: boolean
}

export interface TracedEnd {
  readonly status: number
  readonly end_reason: string
  readonly error_code: string | null
  readonly duration_ms: number
}

type Call = Pick<CallTrace, 'request_id' | 'model' | 'wire' | 'stream'>

/**
 * Notes of one call under way. Taking them costs a few objects; they become text when it has ended.
 */
export class Trace {
  readonly #call: Call
  readonly #startedAt: number
  readonly #at = Date.now()
  #considered: readonly Considered[] = []
  #order: readonly Candidate[] = []
  #affinityAccountId: string | undefined
  readonly #passedOver: CallTrace['passed_over'][number][] = []
  readonly #attempts: TracedAttempt[] = []

  constructor({ id, ask, startedAt }: Exchange) {
    const wire = ask.kind === 'wire' ? ask.wire : 'chat'
    this.#call = { request_id: id, model: ask.model, wire, stream: ask.isStream }
    this.#startedAt = startedAt
  }

  considered(considered: readonly Considered[]): void {
    this.#considered = considered
  }

  planned(order: readonly Candidate[], affinityAccountId: string | undefined): void {
    this.#order = order
    this.#affinityAccountId = affinityAccountId
  }

  passOver({ account }: Candidate, reason: string): void {
    this.#passedOver.push({ account_id: account.id, reason, at_ms: this.#since(performance.now()) })
  }

  attempted({ account, upstreamModel }: Candidate, startedAt: number, result: CallResult): void {
    this.#attempts.push({
      account_id: account.id,
      upstream_model: upstreamModel,
      at_ms: this.#since(startedAt),
      duration_ms: Math.round(performance.now() - startedAt),
      first_byte_ms: result.firstByteAt === undefined ? null : this.#since(result.firstByteAt),
      upstream_status: result.upstreamStatus ?? null,
      end_reason: result.endReason,
      failure: result.failure ?? null,
      error: result.error?.message ?? null,
      committed: result.isCommitted,
    })
  }

  finished(outcome: Outcome): CallTrace {
    const { request_id, model, wire, stream } = this.#call
    return {
      request_id,
      at: new Date(this.#at).toISOString(),
      model,
      wire,
      stream,
      affinity_account_id: this.#affinityAccountId ?? null,
      candidates: this.#considered.map(presentConsidered),
      order: this.#order.map(({ account }) => account.id),
      passed_over: this.#passedOver,
      attempts: this.#attempts,
      end: {
        status: outcome.httpStatus,
        end_reason: outcome.endReason,
        error_code: outcome.error?.code ?? null,
        duration_ms: outcome.durationMs,
      },
    }
  }

  #since(at: number): number {
    return Math.round(at - this.#startedAt)
  }
}

export function presentConsidered({ candidate, out, untilMs }: Considered): TracedCandidate {
  const { account, upstreamModel } = candidate
  return {
    account_id: account.id,
    upstream_model: upstreamModel,
    priority: account.priority,
    weight: account.weight,
    out: out ?? null,
    until: untilMs === undefined ? null : new Date(untilMs).toISOString(),
  }
}
