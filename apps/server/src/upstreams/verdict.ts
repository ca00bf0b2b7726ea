import { type Reason, reasonText } from '@parley/contract'
import type { AttemptReport } from './account.ts'

/**
 * What an attempt's end means, as one table: may the call be tried on another account, and what becomes of this one.
 *
 * An account goes out for a reason that an operator can read, for no longer than the reason holds: a limit that names its
 * end lasts until then (clamped, because upstreams say absurd things too), anything else is a short hold that grows with
 * each failure after a hold and ends with the first success. What the caller did wrong never touches the account.
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

const accountDisabled =
  /organi[sz]ation has been disabled|account (?:has been |is )?(?:disabled|suspended|banned)|api key (?:has been |is )?(?:disabled|revoked)/i
const outOfCredit = /insufficient[_ ]quota|credit balance|insufficient[_ ]balance|billing|payment required/i
const overloaded = /overloaded/i

const success: Verdict = { mayRetryElsewhere: false, effect: { kind: 'clear' } }
const callersFault: Verdict = { mayRetryElsewhere: false, effect: { kind: 'none' } }
const servedElsewhere: Verdict = { mayRetryElsewhere: true, effect: { kind: 'none' } }

/** When a limit that is reached is over, as the answer's other headers tell it. */
type UntilReset = () => { readonly forMs: number; readonly scope: HoldEffect['scope'] } | undefined

export function verdictOf(report: AttemptReport, untilReset: UntilReset = () => undefined): Verdict {
  if (report.ok) return success
  const reason = report.reason ?? ''
  if (accountDisabled.test(reason)) return hold('account', holdRules.credential)
  if (outOfCredit.test(reason) && report.status !== undefined && report.status < 500) {
    return hold('account', holdRules.payment)
  }
  switch (report.status) {
    case undefined:
    case 408:
      return hold('account', holdRules.failing)
    case 401:
      return hold('account', holdRules.credential)
    case 402:
      return hold('account', holdRules.payment)
    case 403:
      return hold('model', holdRules.permission)
    case 404:
      return servedElsewhere
    case 429: {
      const reset = untilReset()
      return hold(reset?.scope ?? 'model', holdRules.rateLimit, report.retryAfterMs ?? reset?.forMs)
    }
    case 503:
    case 529:
      return hold('model', holdRules.overloaded, report.retryAfterMs)
    default:
      return byRange(report.status, reason)
  }
}

function byRange(status: number, reason: string): Verdict {
  if (overloaded.test(reason)) return hold('model', holdRules.overloaded)
  if (status >= 400 && status < 500) return callersFault
  return hold('account', holdRules.failing)
}

function hold(scope: HoldEffect['scope'], holdRule: HoldRule, retryAfterMs?: number): Verdict {
  const forMs = retryAfterMs === undefined ? undefined : Math.min(Math.max(retryAfterMs, second), longestNamedHoldMs)
  return { mayRetryElsewhere: true, effect: { kind: 'hold', scope, forMs, rule: holdRule } }
}
