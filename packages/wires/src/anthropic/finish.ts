import { tryOwn } from '../fields.ts'
import type { FinishReason } from '../neutral.ts'

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop-sequence',
  max_tokens: 'length',
  model_context_window_exceeded: 'context-window',
  tool_use: 'tool-calls',
  refusal: 'refusal',
  pause_turn: 'pause',
}

const stopReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'context-window': 'model_context_window_exceeded',
  'tool-calls': 'tool_use',
  refusal: 'refusal',
  'content-filter': 'refusal',
  pause: 'pause_turn',
  'malformed-tool-call': 'end_turn',
}

/** A reason that is not known yet is an ordinary end. */
export function readStopReason(reason: string): FinishReason {
  return tryOwn(reasons, reason) ?? 'stop'
}

export function writeStopReason(reason: FinishReason): string {
  return stopReasons[reason]
}
