import { tryParseObject } from '../shared/json.ts'

/**
 * The free text of a custom tool, out of the JSON `{"input": "…"}` that other wires' models write for it.
 *
 * Guarantees: whatever the fragments, what is decoded of a whole object is its text; an escape that is cut between two
 * fragments waits for its other half; time is linear.
 */
export interface InputDecoder {
  /** The text that this fragment adds. */
  push(json: string): string
}

const head = /^\s*\{\s*"input"\s*:\s*"/
const longestHead = 64

export function createInputDecoder(): InputDecoder {
  let phase: 'head' | 'text' | 'over' = 'head'
  let held = ''
  return {
    push(json) {
      if (phase === 'over') return ''
      held += json
      if (phase === 'head') {
        const found = head.exec(held)?.[0]
        if (found === undefined && held.length > longestHead) phase = 'over'
        if (found === undefined) return ''
        phase = 'text'
        held = held.slice(found.length)
      }
      const end = endOfWhole(held)
      const text = tryUnescape(held.slice(0, end))
      if (text === undefined || held[end] === '"') phase = 'over'
      held = held.slice(end)
      return text ?? ''
    },
  }
}

/** Up to the closing quote, or to an escape that is not whole yet. */
function endOfWhole(raw: string): number {
  let at = 0
  while (at < raw.length && raw[at] !== '"') {
    const length = raw[at] !== '\\' ? 1 : raw[at + 1] === 'u' ? 6 : 2
    if (at + length > raw.length) break
    at += length
  }
  return at
}

/** Undefined when the model wrote something that is no JSON string: then only the whole tells what it meant. */
function tryUnescape(raw: string): string | undefined {
  try {
    const text: unknown = JSON.parse(`"${raw}"`)
    return typeof text === 'string' ? text : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Undefined when the arguments are not the object that they should be, or are not whole. */
export function tryCustomInput(args: string): string | undefined {
  const input = tryParseObject(args)?.input
  return typeof input === 'string' ? input : undefined
}
