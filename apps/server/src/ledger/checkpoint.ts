import { noUsage } from '@parley/wires'
import type { ActiveCall } from './active-call.ts'
import type { CheckpointRow, Journal } from './journal.ts'
import type { Limits } from './limits.ts'

export interface CheckpointOptions {
  readonly journal: Pick<Journal, 'checkpoint'>
  readonly limits: Pick<Limits, 'renew'>
  readonly now: () => number
  readonly checkpointMs: number
}

/** What a long call holds is renewed with every fourth checkpoint, well within its lifetime. */
const checkpointsPerRenewal = 4

/**
 * Notes how far the calls have come that have run for a while, should this process die, and keeps what they hold. A short
 * call costs nothing here.
 */
export async function checkpoint(calls: readonly ActiveCall[], options: CheckpointOptions): Promise<void> {
  const { journal, limits, now, checkpointMs } = options
  const long = calls.filter(({ at }) => now() - at >= checkpointMs)
  for (const call of long) call.checkpoints += 1
  const due = long.filter(({ checkpoints }) => checkpoints % checkpointsPerRenewal === 0)
  const changed = long.flatMap((call) => tryNote(call) ?? [])
  await Promise.all([
    ...due.map(({ held }) => limits.renew(held)),
    ...(changed.length === 0 ? [] : [journal.checkpoint(changed)]),
  ])
}

/** Undefined when nothing has come since the last time. */
function tryNote(call: ActiveCall): CheckpointRow | undefined {
  const { attempt, requestId, notedLength } = call
  if (attempt === undefined) return undefined
  const { accountId, upstreamModel, reading } = attempt
  const { usage, contentLength } = reading
  if (contentLength === notedLength) return undefined
  call.notedLength = contentLength
  return { id: requestId, accountId, upstreamModel, usage: { ...noUsage, ...usage }, contentLength }
}
