import type { ChatEvent, JsonObject } from '../neutral.ts'
import { createInputDecoder } from '../shared/custom-tool.ts'
import { toolCallId } from '../shared/ids.ts'
import { closeItem, type OpenCall, openItem, placeOf, type ReplyDraft, say, sayRaw } from './reply.ts'
import { writeCallSignature } from './reply-reasoning.ts'
import { writeCallItem } from './write-items.ts'

/** Tool calls, under the names that the client declared. */

type CallStart = Extract<ChatEvent, { type: 'tool-call-start' }>

export function writeCallStart(draft: ReplyDraft, { index, id, name, signature }: CallStart): string {
  const identity = draft.tools(name)
  const callId = toolCallId('call_', id)
  const signed = signature === undefined ? '' : writeCallSignature(draft, id, signature)
  const prefix = identity.kind === 'function' ? 'fc_' : 'ctc_'
  const [item, said] = openItem(draft, prefix, { ...writeCallItem(identity, callId, ''), status: 'in_progress' })
  draft.blocks.set(index, { kind: 'call', ...item, identity, json: '', input: createInputDecoder() })
  return signed + said
}

export function writeCallDelta(draft: ReplyDraft, index: number, json: string): string {
  const call = draft.blocks.get(index)
  if (call?.kind !== 'call' || json === '') return ''
  call.json += json
  if (call.identity.kind === 'custom') return sayInput(draft, call, call.input.push(json))
  const place = `,"item_id":"${call.id}","output_index":${call.outputIndex}`
  return sayRaw(draft, 'response.function_call_arguments.delta', `${place},"delta":${JSON.stringify(json)}`)
}

export function closeCall(draft: ReplyDraft, call: OpenCall, status: string): string {
  const said = call.identity.kind === 'function' ? closeFunctionCall(draft, call) : closeCustomCall(draft, call)
  call.item.status = status
  return said + closeItem(draft, call)
}

function closeFunctionCall(draft: ReplyDraft, call: OpenCall): string {
  const done: JsonObject = { name: call.identity.name, arguments: call.json === '' ? '{}' : call.json }
  call.item.arguments = done.arguments ?? ''
  return say(draft, 'response.function_call_arguments.done', { ...placeOf(call), ...done })
}

function sayInput(draft: ReplyDraft, call: OpenCall, delta: string): string {
  return delta === '' ? '' : say(draft, 'response.custom_tool_call_input.delta', { ...placeOf(call), delta })
}

function closeCustomCall(draft: ReplyDraft, call: OpenCall): string {
  const { input, rest } = call.input.end()
  call.item.input = input
  return sayInput(draft, call, rest) + say(draft, 'response.custom_tool_call_input.done', { ...placeOf(call), input })
}
