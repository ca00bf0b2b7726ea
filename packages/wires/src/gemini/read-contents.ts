import { assertArray, join, tryArray, tryString } from '../fields.ts'
import {
  type AssistantBlock,
  type ChatMessage,
  type JsonObject,
  type TextBlock,
  type UserBlock,
  WireError,
} from '../neutral.ts'
import { readCamelCased } from './camel.ts'
import { createCallLedger, readModelPart, readUserPart } from './read-parts.ts'

/**
 * Contents → messages. Clients record a streamed reply as one content per chunk: contents of the model that follow one
 * another are one message, and the pieces of a text that was cut between them are joined again.
 */
export function readContents(contents: unknown): ChatMessage[] {
  const calls = createCallLedger()
  const messages: ChatMessage[] = []
  const values = assertArray(contents, 'contents')
  if (values.length === 0) throw new WireError('contents', 'empty')
  values.forEach((value, index) => {
    const path = join('contents', index)
    const content = readCamelCased(value, path)
    const role = tryString(content, 'role', path) ?? 'user'
    const parts = readParts(content, role, path).map((part, at) => ({ part, at: join(join(path, 'parts'), at) }))
    if (role === 'model') addModelBlocks(messages, parts.map(({ part, at }) => readModelPart(part, at, calls)).flat())
    else if (role === 'user' || role === 'function') {
      addUserBlocks(messages, parts.map(({ part, at }) => readUserPart(part, at, calls)).flat())
    } else throw new WireError(join(path, 'role'), 'notEither', { either: ['user', 'model'] })
  })
  return messages
}

/** A reply that said nothing may have been recorded without parts; whoever asks must say something. */
function readParts(content: JsonObject, role: string, path: string): unknown[] {
  return role === 'model' ? (tryArray(content, 'parts', path) ?? []) : assertArray(content.parts, join(path, 'parts'))
}

function addUserBlocks(messages: ChatMessage[], blocks: UserBlock[]): void {
  const last = messages.at(-1)
  const joins = last?.role === 'user' && last.content.length > 0 && last.content.every(isToolResult)
  if (joins) last.content.push(...blocks)
  else messages.push({ role: 'user', content: blocks })
}

function isToolResult(block: UserBlock): boolean {
  return block.type === 'tool-result'
}

function addModelBlocks(messages: ChatMessage[], blocks: AssistantBlock[]): void {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') {
    messages.push({ role: 'assistant', content: blocks })
    return
  }
  const [first, ...rest] = blocks
  const previous = last.content.at(-1)
  const isJoined = first !== undefined && previous !== undefined && tryJoin(previous, first)
  last.content.push(...(isJoined ? rest : blocks))
}

/** Adds a piece of the same text or thought to the one before it. What is signed is whole. */
function tryJoin(previous: AssistantBlock, next: AssistantBlock): boolean {
  if (previous.type === 'text' && next.type === 'text') previous.text += next.text
  else if (previous.type === 'thinking' && next.type === 'thinking' && previous.wire === undefined) {
    Object.assign(previous, next, { text: previous.text + next.text })
  } else return false
  return true
}

export function readSystem(instruction: unknown): TextBlock[] {
  if (instruction === undefined || instruction === null) return []
  if (typeof instruction === 'string') return [{ type: 'text', text: instruction }]
  const parts = tryArray(readCamelCased(instruction, 'systemInstruction'), 'parts', 'systemInstruction') ?? []
  return parts.flatMap((part, index) => {
    const path = join('systemInstruction.parts', index)
    return readUserPart(part, path, createCallLedger()).map((block) => {
      if (block.type !== 'text') throw new WireError(path, 'notOnlyText')
      return block
    })
  })
}
