import { wires } from '@parley/wires'
import type { AttemptReport } from '../account.ts'

/** The report of an attempt that failed, with what a wire makes of the status unless a kind is given. */
export function failedAttempt(report: Partial<AttemptReport>): AttemptReport {
  const { status } = report
  return {
    errorKind: status === undefined ? 'unavailable' : wires['openai-chat'].readError(status, {}, Buffer.alloc(0)).kind,
    status: undefined,
    retryAfterMs: undefined,
    latencyMs: 1,
    reason: undefined,
    headers: undefined,
    ...report,
  }
}
