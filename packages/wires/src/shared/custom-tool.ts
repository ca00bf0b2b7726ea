import { defined, readString } from '../fields.ts'
import type { ChatRequest, JsonObject, ToolDefinition } from '../neutral.ts'
import { tryParseObject } from './json.ts'

/**
 * Custom tools: those of OpenAI's wires that take free text, often in a grammar. Other wires' models are offered a function of
 * one string and are told the grammar, which only OpenAI can enforce; in the neutral form the text is `{"input": "…"}`.
 */
type CustomTool = Pick<ToolDefinition, 'name' | 'description'> & NonNullable<ToolDefinition['freeText']>

export function customTool(tool: { [Field in keyof CustomTool]: CustomTool[Field] | undefined } & { name: string }) {
  const { name, description, grammar } = tool
  const said = grammar
    ? `The input, in this ${grammar.syntax} grammar:\n${grammar.definition}`
    : 'The input of the tool.'
  return defined<ToolDefinition>({
    name,
    description,
    parameters: {
      type: 'object',
      properties: { input: { type: 'string', description: said } },
      required: ['input'],
      additionalProperties: false,
    },
    freeText: grammar ? { grammar } : {},
  })
}

export function readGrammar(grammar: JsonObject, path: string): CustomTool['grammar'] {
  return { syntax: readString(grammar, 'syntax', path), definition: readString(grammar, 'definition', path) }
}

export function isCustomTool(request: ChatRequest | undefined, name: string): boolean {
  return request?.tools.some((tool) => tool.name === name && tool.freeText !== undefined) === true
}

/** How a text begins and ends that comes in fragments; between them each is written by `writeInputFragment`. */
export const inputHead = '{"input":"'
export const inputEnd = '"}'

export function writeInputFragment(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

export function writeInput(text: string): string {
  return JSON.stringify({ input: text })
}

/**
 * The text out of the JSON that a model writes for it.
 *
 * Guarantees: whatever the fragments, what is decoded of a whole object is its text; an escape that is cut between two
 * fragments waits for its other half; time is linear.
 */
export interface InputDecoder {
  /** The text that this fragment adds. */
  push(json: string): string
  /** The whole text, and what of it has not come before: a model that wrote no object meant that as the text. */
  end(): { input: string; rest: string }
}

const head = /^\s*\{\s*"input"\s*:\s*"/
const longestHead = 64

export function createInputDecoder(): InputDecoder {
  let phase: 'head' | 'text' | 'over' = 'head'
  let held = ''
  let whole = ''
  let said = ''
  const decode = (json: string): string => {
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
  }
  return {
    push(json) {
      const text = decode(json)
      whole += json
      said += text
      return text
    },
    end() {
      // A call that was cut keeps what has been said of it.
      const input = tryCustomInput(whole) ?? (said || whole)
      return { input, rest: input.startsWith(said) ? input.slice(said.length) : '' }
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
