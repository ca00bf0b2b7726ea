import { type ErrorCode, errorTable } from '@parley/contract'
import type { Outcome } from '../../relay/exchange.ts'
import type { RunError } from './run-event.ts'

/** How long a call may take whose caller waits for all of the reply, and how often it is made again. */
export interface Patience {
  /** Of each call; 0: as long as it takes. */
  readonly timeoutMs: number
  readonly retries: number
}

export interface WholeCall {
  readonly patience: Patience
  readonly signal: AbortSignal
  /** Something was said: another call would say it again. */
  readonly hasContent: () => boolean
  /** In our words, by which it is known whether it may succeed later. */
  readonly describe: (error: RunError) => RunError
}

const timedOut = { code: 'upstream_timeout', message: errorTable.upstream_timeout.en } as const

/**
 * Makes a call, and makes it again when it failed before it said anything. What the engine tries by itself counts too: it is
 * not asked again when that would come to more calls than are allowed.
 */
export async function callPatiently(
  generate: (signal: AbortSignal) => Promise<Outcome>,
  { patience: { timeoutMs, retries }, signal, hasContent, describe }: WholeCall,
): Promise<Outcome> {
  for (let attempts = 0; ; ) {
    const timeout = timeoutMs === 0 ? undefined : AbortSignal.timeout(timeoutMs)
    const ended = await generate(timeout === undefined ? signal : AbortSignal.any([signal, timeout]))
    const isTimedOut = timeout?.aborted === true && !signal.aborted && ended.endReason !== 'done'
    const outcome: Outcome = isTimedOut ? { ...ended, error: timedOut } : ended
    const made = Math.max(1, outcome.attempts)
    attempts += made
    const mayRetry =
      outcome.error !== undefined && outcome.endReason !== 'refused' && isPassing(describe(outcome.error))
    if (!mayRetry || hasContent() || signal.aborted || attempts + made > retries + 1) return outcome
  }
}

function isPassing({ code }: RunError): boolean {
  return Object.hasOwn(errorTable, code) && 'retryable' in errorTable[code as ErrorCode]
}
