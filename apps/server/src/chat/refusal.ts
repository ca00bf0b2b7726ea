import { type ErrorCode, errorTable, ParleyError } from '@parley/contract'
import type { RunError } from './runs/run-event.ts'

/** Statuses that say: nothing was asked of any model, because the caller may not now. */
const refusals = new Set([402, 403, 429])

/** What a door throws for a run that a limit refused; undefined for every other end. */
export function tryRefusal(error: RunError | undefined): ParleyError | undefined {
  if (error === undefined || !Object.hasOwn(errorTable, error.code)) return undefined
  const code = error.code as ErrorCode
  if (!refusals.has(errorTable[code].status)) return undefined
  // The text of the run's error is whole; that of the table may need parameters that are not known here.
  const { retryAfterMs } = error
  const isWhole = !errorTable[code].en.includes('{')
  return new ParleyError(isWhole ? code : 'rate_limited', retryAfterMs === undefined ? {} : { retryAfterMs })
}
