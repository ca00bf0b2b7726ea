import { ParleyError, type PlainErrorCode } from '@parley/contract'
import type { RunError } from './runs/run-event.ts'
import { trySayableCode } from './texts.ts'

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
export function errorOfRun(error: RunError): ParleyError {
  const { retryAfterMs, limit, parameters } = error
  const code = trySayableCode(error) ?? 'upstream_failed'
  // Whatever it was made with, it is made with again.
  return new ParleyError(code as PlainErrorCode, {
    retryAfterMs,
    limit,
    ...(parameters !== undefined && { parameters }),
  })
}
