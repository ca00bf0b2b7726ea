import { isObject } from '../fields.ts'
import { foreignCallSignature } from '../shared/call-signature.ts'
import type { ChatEvent, JsonObject } from '../neutral.ts'
import { inputEnd, inputHead, writeInputFragment } from '../shared/custom-tool.ts'
import { assertNotTooDeep, tryParseObject } from '../shared/json.ts'

interface Call {
  index: number
  id: string
  arguments: string
  isCustom: boolean
  isOver: boolean
}

/**
 * Tool calls out of deltas.
 *
 * Guarantees: the fragments of a call stay together whatever the server does with `index`: missing (then a new id begins
 * a new call), the same for all calls (then too), or interleaved. A call is over when another block begins and its
 * arguments are whole JSON, so that the next one need not wait for the end of the reply.
 */
export class ToolCallReader {
  replyId = ''
  readonly #takeIndex: () => number
  readonly #calls: Call[] = []
  readonly #byPosition = new Map<number, Call>()

  constructor(takeIndex: () => number) {
    this.#takeIndex = takeIndex
  }

  get hasAny(): boolean {
    return this.#calls.length > 0
  }

  appliesTo(delta: JsonObject): boolean {
    return (Array.isArray(delta.tool_calls) && delta.tool_calls.length > 0) || isObject(delta.function_call)
  }

  read(delta: JsonObject, events: ChatEvent[]): void {
    const calls = Array.isArray(delta.tool_calls) ? delta.tool_calls : [{ index: 0, function: delta.function_call }]
    for (const call of calls) if (isObject(call)) this.#readCall(call, events)
  }

  /** Ends the calls whose arguments are whole. */
  endComplete(events: ChatEvent[]): void {
    for (const call of this.#calls) {
      if (!call.isOver && tryParseObject(call.arguments) !== undefined) end(call, events)
    }
  }

  endAll(events: ChatEvent[]): void {
    for (const call of this.#calls) if (!call.isOver) end(call, events)
  }

  #readCall(fragment: JsonObject, events: ChatEvent[]): void {
    const body = isObject(fragment.function) ? fragment.function : isObject(fragment.custom) ? fragment.custom : {}
    const call = this.#find(fragment) ?? this.#start(fragment, body, events)
    const said = argumentsOf(body)
    if (said === '' || call.isOver) return
    const opening = call.isCustom && call.arguments === '' ? inputHead : ''
    const json = call.isCustom ? opening + writeInputFragment(said) : said
    call.arguments += json
    events.push({ type: 'tool-call-delta', index: call.index, json })
  }

  #find({ index, id }: JsonObject): Call | undefined {
    const call = typeof index === 'number' ? this.#byPosition.get(index) : this.#calls.at(-1)
    const isNew = typeof id === 'string' && id !== '' && call !== undefined && id !== call.id
    return isNew ? this.#calls.find((known) => known.id === id) : call
  }

  #start(fragment: JsonObject, body: JsonObject, events: ChatEvent[]): Call {
    this.endComplete(events)
    const position = this.#calls.length
    const id = typeof fragment.id === 'string' && fragment.id !== '' ? fragment.id : `call_${this.replyId}_${position}`
    const isCustom = isObject(fragment.custom)
    const call: Call = { index: this.#takeIndex(), id, arguments: '', isCustom, isOver: false }
    this.#calls.push(call)
    this.#byPosition.set(typeof fragment.index === 'number' ? fragment.index : position, call)
    const name = typeof body.name === 'string' ? body.name : ''
    const signature = signatureOf(fragment)
    events.push({ type: 'tool-call-start', index: call.index, id, name, ...signature })
    return call
  }
}

function end(call: Call, events: ChatEvent[]): void {
  call.isOver = true
  if (call.isCustom && call.arguments !== '') {
    events.push({ type: 'tool-call-delta', index: call.index, json: inputEnd })
  }
  events.push({ type: 'block-end', index: call.index })
}

/** Ollama and others may send the arguments as an object; what a custom tool has is any text. */
function argumentsOf(body: JsonObject): string {
  if (isObject(body.arguments)) {
    assertNotTooDeep(body.arguments, 'tool_calls')
    return JSON.stringify(body.arguments)
  }
  const json = body.arguments ?? body.input
  return typeof json === 'string' ? json : ''
}

/** Where Google's compatible endpoint keeps the signature of a call. */
export function signatureOf(call: JsonObject): { signature?: string } {
  const google = isObject(call.extra_content) ? call.extra_content.google : undefined
  const signature = isObject(google) ? google.thought_signature : undefined
  return typeof signature === 'string' && signature !== foreignCallSignature ? { signature } : {}
}

export function writeSignature(signature: string | undefined): JsonObject {
  return signature === undefined ? {} : { extra_content: { google: { thought_signature: signature } } }
}
