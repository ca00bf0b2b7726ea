import { type ChatEvent, type FinishReason, noUsage, type RelayError } from '../index.ts'

/** Replies for tests: what an upstream of some other wire has said. */

export const usageOfReply = { ...noUsage, input: 100, cacheRead: 40, output: 20, thinking: 12 }

export function reply(blocks: ChatEvent[], reason: FinishReason = 'stop'): ChatEvent[] {
  return [
    { type: 'start', id: 'msg_upstream', model: 'upstream-model' },
    ...blocks,
    { type: 'usage', usage: usageOfReply },
    { type: 'finish', reason },
  ]
}

export function said(index: number, ...texts: string[]): ChatEvent[] {
  return [...texts.map((text): ChatEvent => ({ type: 'text', index, text })), { type: 'block-end', index }]
}

export function thought(index: number, text: string, signature: string): ChatEvent[] {
  return [
    { type: 'thinking', index, text },
    { type: 'thinking', index, text: '', signature, wire: 'anthropic' },
    { type: 'block-end', index },
  ]
}

export function called(
  index: number,
  call: { id: string; name: string; signature?: string },
  json: string,
): ChatEvent[] {
  const middle = Math.floor(json.length / 2)
  return [
    { type: 'tool-call-start', index, ...call },
    { type: 'tool-call-delta', index, json: json.slice(0, middle) },
    { type: 'tool-call-delta', index, json: json.slice(middle) },
    { type: 'block-end', index },
  ]
}

/** A reply that fails in the middle. */
export function broken(error: RelayError): ChatEvent[] {
  return [
    { type: 'start', id: 'msg_upstream', model: 'upstream-model' },
    { type: 'text', index: 0, text: 'It was a dark and' },
    { type: 'error', error },
  ]
}

export const overloaded: RelayError = { kind: 'overloaded', status: 529, message: 'Overloaded' }
