import { type Reason, reasonText } from '@parley/contract'
import type { AttemptReport } from './account.ts'

/**
 * What an attempt's end means, as one table: may the call be tried on another account, and what becomes of this one.
 *
 * An account goes out for a reason that an operator can read, for no longer than the reason holds: a limit that names its
 * end lasts until then (clamped, because upstreams say absurd things too), anything else is a short hold that grows with
 * each failure after a hold and ends with the first success. What the caller did wrong never touches the account: what an
 * upstream means is read by the wires, and never here, out of a text that may quote the request.
 */
export interface Verdict {
  /** Another account could do better with the same call. */
  readonly mayRetryElsewhere: boolean
  readonly effect: Effect
}

export type Effect = { readonly kind: 'none' } | { readonly kind: 'clear' } | HoldEffect

export interface HoldEffect {
  readonly kind: 'hold'
  /** Rate limits and permissions are per model on most upstreams, credentials and machines are not. */
  readonly scope: 'account' | 'model'
  /** The end that the upstream named. */
  readonly forMs: number | undefined
  readonly rule: HoldRule
}

/** How long an account is out when nobody says until when. */
export interface HoldRule {
  readonly name: string
  readonly firstMs: number
  readonly maxMs: number
  /** Failures in a row before the first hold. */
  readonly strikes: number
  /** Doubtful the first time, certain the second: then it stays out until an admin resets or changes it. */
  readonly isLastingWhenRepeated: boolean
}

const second = 1000
const minute = 60 * second
const longestNamedHoldMs = 60 * minute

function rule(reason: Reason, firstMs: number, maxMs: number, more: Partial<HoldRule> = {}): HoldRule {
  return { name: reasonText(reason), firstMs, maxMs, strikes: 1, isLastingWhenRepeated: false, ...more }
}

export const holdRules = {
  credential: rule('credential', 5 * minute, 5 * minute, { isLastingWhenRepeated: true }),
  permission: rule('permission', 5 * minute, 60 * minute),
  payment: rule('payment', 5 * minute, 60 * minute),
  rateLimit: rule('rateLimit', 5 * second, 5 * minute),
  overloaded: rule('overloaded', 10 * second, 5 * minute),
  failing: rule('failing', 15 * second, 5 * minute, { strikes: 3 }),
} as const

const success: Verdict = { mayRetryElsewhere: false, effect: { kind: 'clear' } }
const callersFault: Verdict = { mayRetryElsewhere: false, effect: { kind: 'none' } }
const servedElsewhere: Verdict = { mayRetryElsewhere: true, effect: { kind: 'none' } }

/** When a limit that is reached is over, as the answer's other headers tell it. */
type UntilReset = () => { readonly forMs: number; readonly scope: HoldEffect['scope'] } | undefined

export function verdictOf(report: AttemptReport, untilReset: UntilReset = () => undefined): Verdict {
  switch (report.errorKind) {
    case undefined:
      return success
    case 'invalid-request':
    case 'too-large':
    case 'conflict':
      return callersFault
    case 'not-found':
      return servedElsewhere
    case 'authentication':
      return hold('account', holdRules.credential)
    case 'payment':
      return hold('account', holdRules.payment)
    case 'permission':
      return hold('model', holdRules.permission)
    case 'rate-limit': {
      const reset = untilReset()
      return hold(reset?.scope ?? 'model', holdRules.rateLimit, report.retryAfterMs ?? reset?.forMs)
    }
    case 'overloaded':
      return hold('model', holdRules.overloaded, report.retryAfterMs)
    case 'server':
    case 'unavailable':
    case 'timeout':
      return hold('account', holdRules.failing)
  }
}

function hold(scope: HoldEffect['scope'], holdRule: HoldRule, retryAfterMs?: number): Verdict {
  const forMs = retryAfterMs === undefined ? undefined : Math.min(Math.max(retryAfterMs, second), longestNamedHoldMs)
  return { mayRetryElsewhere: true, effect: { kind: 'hold', scope, forMs, rule: holdRule } }
}
