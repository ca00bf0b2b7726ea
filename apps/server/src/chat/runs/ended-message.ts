import type { Updateable } from 'kysely'
import type { Outcome } from '../../relay/exchange.ts'
import type { MessageTable } from '../../store/tables.ts'
import { withoutNul } from '../plain-text.ts'
import type { FoldedMessage } from './message-fold.ts'
import type { EndedStatus, RunError } from './run-event.ts'

interface Ending {
  readonly folded: FoldedMessage
  readonly status: EndedStatus
  readonly error: RunError | undefined
  /** What the engine settled; undefined when nobody is left to say. */
  readonly outcome: Outcome | undefined
  readonly now: number
}

/** How a message's row stands when its reply has ended, whoever ends it. */
export function endedMessage({ folded, status, error, outcome, now }: Ending): Updateable<MessageTable> {
  const usage = outcome?.usage ?? folded.usage
  return {
    content: withoutNul(folded.content),
    blocks_json: folded.blocks === null ? null : JSON.stringify(folded.blocks),
    status,
    ai_error: error === undefined ? 0 : 1,
    error_message: error?.message ?? null,
    end_reason: status === 'done' ? (folded.finishReason ?? 'stop') : (outcome?.endReason ?? status),
    input_tokens:
      usage === undefined
        ? 0
        : usage.input + usage.audioInput + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h,
    output_tokens: usage === undefined ? 0 : usage.output + usage.audioOutput + usage.thinking,
    cost_nanos: outcome?.costNanos ?? 0,
    updated_at: now,
  }
}
