import { type ErrorCode, errorTable, ParleyError, type PlainErrorCode } from '@parley/contract'
import type { RunError } from './runs/run-event.ts'

/**
 * Throws when nobody may be asked: then nothing is left of the send. A limit is a status, not an event: a stream's head waits
 * for this, which takes no longer than the ledger's commit.
 */
export async function assertAdmitted({
  admitted,
}: {
  readonly admitted: Promise<RunError | undefined>
}): Promise<void> {
  const refusal = await admitted
  if (refusal !== undefined) throw errorOfRun(refusal)
}

/** What a door throws for a run that failed, where the answer is nothing but the reply. */
export function errorOfRun({ code, message, retryAfterMs, limit, parameters }: RunError): ParleyError {
  const options = {
    retryAfterMs,
    limit,
    ...(parameters === undefined ? {} : { parameters }),
  }
  if (!Object.hasOwn(errorTable, code)) return new ParleyError('upstream_failed', options)
  // Without its parameters a text that has some cannot be said again.
  const canBeSaid = parameters !== undefined || !errorTable[code as ErrorCode].en.includes('{')
  // Whatever it was made with, it is made with again.
  if (canBeSaid) return new ParleyError(code as PlainErrorCode, options)
  return new ParleyError(statusOf({ code, message }) === 429 ? 'rate_limited' : 'upstream_failed', options)
}

function statusOf({ code }: RunError): number {
  return Object.hasOwn(errorTable, code) ? errorTable[code as ErrorCode].status : 502
}
