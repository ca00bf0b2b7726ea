import { type AssistantBlock, type FinishReason, noUsage } from '@parley/wires'
import type { Connection } from '../../store/store.ts'
import { type MessageRow, repliesOfRun, tryMessage } from '../messages/repository.ts'
import { eventsOf } from './message-fold.ts'
import type { RunRow } from './repository.ts'
import {
  type EndedStatus,
  interruption,
  type LoggedEvent,
  messageStarted,
  type RunError,
  type RunEvent,
  runEnded,
  userMessageSaved,
} from './run-event.ts'

/**
 * The log of a run that has ended and whose own is not kept any more, made from its messages: the same reply, in fewer events
 * and under other numbers. It does not say what only the log said: how words came and what the model could read.
 */
export async function logFromRows(run: RunRow, connection: Connection): Promise<readonly LoggedEvent[]> {
  const { id: runId, conversation_id: conversationId, user_message_id: answeredId } = run
  const answered = answeredId === null ? undefined : await tryMessage(answeredId, connection)
  const replies = await repliesOfRun({ conversationId, runId }, connection)
  const lastReply = replies.at(-1)
  const events: RunEvent[] = [
    { type: 'run', runId, conversationId },
    ...(answered?.run_id === runId ? [userMessageSaved(answered)] : []),
    ...replies.flatMap(eventsOfReply),
    runEnded(run.status as EndedStatus, {
      said: lastReply && tryError(lastReply),
      unsaid: { ...interruption, message: run.error_message ?? interruption.message },
    }),
  ]
  return events.map((event, index) => ({ seq: index + 1, event }))
}

function eventsOfReply(reply: MessageRow): RunEvent[] {
  const { id: messageId, end_reason: reason } = reply
  const { input_tokens: input, output_tokens: output } = reply
  const status = reply.status as EndedStatus
  const error = tryError(reply)
  return [
    messageStarted(reply),
    ...eventsOf(blocksOf(reply)),
    ...(status === 'done' ? [{ type: 'finish' as const, reason: reason as FinishReason }] : []),
    // Whether the upstream had counted is not kept: who wants no other numbers gets none.
    ...(input + output === 0
      ? []
      : [{ type: 'usage' as const, usage: { ...noUsage, input, output }, source: 'estimate' as const }]),
    { type: 'message-end', messageId, status, ...(error && { error }) },
  ]
}

function blocksOf({ blocks_json: json, content: text }: MessageRow): readonly AssistantBlock[] {
  if (json !== null) return JSON.parse(json)
  return text === '' ? [] : [{ type: 'text', text }]
}

/** Of an error the words are kept; what its code was, only when it was an interruption. */
function tryError({ status, error_message: message }: MessageRow): RunError | undefined {
  if (status === 'interrupted') return { ...interruption, message: message ?? interruption.message }
  return status === 'failed' ? { code: 'upstream_failed', message: message ?? '' } : undefined
}
