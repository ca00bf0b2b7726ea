import { tryOwn } from '../fields.ts'
import type { FinishReason } from '../neutral.ts'

/** `model_length` is Mistral's; `function_call` belongs to the retired functions. */
const reasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  model_length: 'context-window',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
}

const finishReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'context-window': 'length',
  'tool-calls': 'tool_calls',
  refusal: 'content_filter',
  'content-filter': 'content_filter',
  pause: 'stop',
  'malformed-tool-call': 'stop',
}

/** Reasons with which compatible servers say that the reply broke off: DeepSeek's and Mistral's. */
export const failureReasons: ReadonlySet<string> = new Set(['insufficient_system_resource', 'error'])

interface Said {
  toolCalls: boolean
  refusal: boolean
}

/** Some servers say `stop` after tool calls; a refusal that was spoken ends with `stop` too. */
export function readFinishReason(reason: string, said: Said): FinishReason {
  const finish = tryOwn(reasons, reason) ?? 'stop'
  if (finish !== 'stop') return finish
  if (said.toolCalls) return 'tool-calls'
  return said.refusal ? 'refusal' : 'stop'
}

export function writeFinishReason(reason: FinishReason, said: Pick<Said, 'refusal'>): string {
  return reason === 'refusal' && said.refusal ? 'stop' : finishReasons[reason]
}
