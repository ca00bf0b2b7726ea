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

/** What came of planning: the same for many calls, so it is kept once for all of them. */
export type CallPlan = Pick<CallTrace, 'affinity_account_id' | 'candidates' | 'order'>

type Call = Pick<CallTrace, 'request_id' | 'model' | 'wire' | 'stream'>

/**
 * Notes of one call under way. Taking them costs a few objects; they become text when it has ended, and nothing for a call
 * that went as planned: all that can be said of it stands in its row of the ledger and in the plan.
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
  /** Its row there and its plan say all. */
  isInLedger = false

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

  /** The first account was asked and gave the whole reply, and nobody was out for a while only. */
  get wentAsPlanned(): boolean {
    const [attempt] = this.#attempts
    return (
      this.#attempts.length === 1 &&
      this.#passedOver.length === 0 &&
      attempt?.end_reason === 'done' &&
      attempt.upstream_status === 200 &&
      this.#considered.every(({ untilMs }) => untilMs === undefined)
    )
  }

  /** When the first attempt was sent, since the call began. */
  get sentMs(): number {
    return this.#attempts[0]?.at_ms ?? 0
  }

  /** Equal for equal plans, and made in a fraction of their time. */
  get planKey(): string {
    let key = this.#affinityAccountId ?? ''
    for (const { candidate, out } of this.#considered) {
      const { account, upstreamModel } = candidate
      key += `\n${account.id} ${account.priority} ${account.weight} ${out ?? ''} ${upstreamModel}`
    }
    for (const { account } of this.#order) key += ` ${account.id}`
    return key
  }

  get plan(): CallPlan {
    return {
      affinity_account_id: this.#affinityAccountId ?? null,
      candidates: this.#considered.map(presentConsidered),
      order: this.#order.map(({ account }) => account.id),
    }
  }

  finished(outcome: Outcome): CallTrace {
    const { request_id, model, wire, stream } = this.#call
    return {
      request_id,
      at: new Date(this.#at).toISOString(),
      model,
      wire,
      stream,
      ...this.plan,
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

/** The row of a call that went as planned. */
export interface PlannedRow {
  readonly id: string
  readonly at: number
  readonly model: string
  readonly wire: string
  readonly is_stream: number
  readonly account_id: string | null
  readonly upstream_model: string | null
  readonly http_status: number | null
  readonly first_byte_ms: number | null
  readonly duration_ms: number | null
  readonly sent_ms: number | null
}

/** The trace of a call that went as planned. */
export function plannedTrace(row: PlannedRow, plan: CallPlan): CallTrace {
  const durationMs = row.duration_ms ?? 0
  const sentMs = row.sent_ms ?? 0
  return {
    request_id: row.id,
    at: new Date(row.at).toISOString(),
    model: row.model,
    wire: row.wire,
    stream: row.is_stream === 1,
    ...plan,
    passed_over: [],
    attempts: [
      {
        account_id: row.account_id ?? '',
        upstream_model: row.upstream_model ?? '',
        at_ms: sentMs,
        duration_ms: Math.max(0, durationMs - sentMs),
        first_byte_ms: row.first_byte_ms,
        upstream_status: 200,
        end_reason: 'done',
        failure: null,
        error: null,
        committed: true,
      },
    ],
    end: { status: row.http_status ?? 0, end_reason: 'done', error_code: null, duration_ms: durationMs },
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
