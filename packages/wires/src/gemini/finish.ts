import { tryOwn } from '../fields.ts'
import type { FinishReason } from '../neutral.ts'

/** Finish reasons (GenerateContent reference, 2026-11). All kinds of filters are one; tool calls end with STOP here. */
const reasons: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  LANGUAGE: 'content-filter',
  OTHER: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
  IMAGE_OTHER: 'content-filter',
  NO_IMAGE: 'content-filter',
  MALFORMED_FUNCTION_CALL: 'malformed-tool-call',
  MALFORMED_RESPONSE: 'malformed-tool-call',
  UNEXPECTED_TOOL_CALL: 'malformed-tool-call',
  TOO_MANY_TOOL_CALLS: 'malformed-tool-call',
  CONTINUATION: 'pause',
}

const finishReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  'tool-calls': 'STOP',
  pause: 'STOP',
  length: 'MAX_TOKENS',
  'context-window': 'MAX_TOKENS',
  refusal: 'SAFETY',
  'content-filter': 'SAFETY',
  'malformed-tool-call': 'MALFORMED_FUNCTION_CALL',
}

export function readFinishReason(reason: string, hasCalled: boolean): FinishReason {
  const read = tryOwn(reasons, reason) ?? 'stop'
  return read === 'stop' && hasCalled ? 'tool-calls' : read
}

export function writeFinishReason(reason: FinishReason): string {
  return finishReasons[reason]
}
