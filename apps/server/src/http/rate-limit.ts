import { ParleyError } from '@parley/contract'

/** A limit as it stands for the one who asked. */
export interface LimitStanding {
  /** Of cost US dollars, as decimal text. */
  readonly max: number | string
  readonly remaining?: number
  /** Milliseconds until it counts anew; undefined: it never does. */
  readonly resetMs?: number | undefined
}

/** As the IETF's draft "RateLimit header fields for HTTP" (version 07) has them, with the time to the reset in seconds. */
export function rateLimitHeaders({ max, remaining = 0, resetMs }: LimitStanding): { [name: string]: string } {
  return {
    'ratelimit-limit': String(max),
    'ratelimit-remaining': String(Math.max(0, remaining)),
    ...(resetMs !== undefined && { 'ratelimit-reset': String(Math.ceil(resetMs / 1000)) }),
  }
}

/** What is thrown when a limit of requests is reached: when there may be one again. */
export function rateLimited(max: number, untilResetMs: number): ParleyError {
  const resetMs = Math.max(1, untilResetMs)
  return new ParleyError('rate_limited', { retryAfterMs: resetMs, limit: { max, resetMs } })
}
