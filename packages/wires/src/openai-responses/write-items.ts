import { defined } from '../fields.ts'
import type {
  AssistantBlock,
  ChatMessage,
  ChatRequest,
  JsonObject,
  RefusalBlock,
  TextBlock,
  ThinkingBlock,
  ToolCallBlock,
  ToolResultBlock,
  UserBlock,
} from '../neutral.ts'
import { tryCustomInput } from '../shared/custom-tool.ts'
import { sentToolCallId } from '../shared/ids.ts'
import { isOwnOpaque } from '../shared/opaque.ts'
import { createToolTable, type ToolIdentity, type ToolTable } from './tool-table.ts'
import { writeInputPart, writeOutputPart, writeUserPart } from './write-content.ts'

const idLimits = { maxLength: 64 }

/** Messages as the flat list of items. Calls are remembered, because their results are of the same kind as they. */
interface ItemList {
  items: JsonObject[]
  tools: ToolTable
  calls: Map<string, ToolIdentity>
}

export function writeInput(request: ChatRequest, systemItems: JsonObject[]): JsonObject[] {
  const list: ItemList = { items: systemItems, tools: createToolTable(request), calls: new Map() }
  for (const message of request.messages) writeMessage(list, message)
  return list.items
}

function writeMessage(list: ItemList, message: ChatMessage): void {
  if (message.role === 'system') list.items.push(writeInstructionItem(message.content))
  else if (message.role === 'user') writeUserBlocks(list, message.content)
  else writeAssistantBlocks(list, message.content)
}

export function writeInstructionItem(blocks: readonly TextBlock[]): JsonObject {
  return { type: 'message', role: 'developer', content: blocks.map(writeInputPart) }
}

function writeUserBlocks(list: ItemList, blocks: readonly UserBlock[]): void {
  let content: JsonObject[] | undefined
  for (const block of blocks) {
    if (block.type === 'tool-result') {
      content = undefined
      list.items.push(writeToolOutput(list, block))
      continue
    }
    if (content === undefined) {
      content = []
      list.items.push({ type: 'message', role: 'user', content })
    }
    content.push(writeUserPart(block))
  }
}

function writeToolOutput(list: ItemList, block: ToolResultBlock): JsonObject {
  const identity = list.calls.get(block.toolCallId)
  return {
    type: identity?.kind === 'custom' ? 'custom_tool_call_output' : 'function_call_output',
    call_id: sentToolCallId(block.toolCallId, idLimits),
    output: writeOutput(block.content),
  }
}

function writeOutput(content: ToolResultBlock['content']): JsonObject['output'] {
  const [only, ...others] = content
  if (only === undefined) return ''
  return only.type === 'text' && others.length === 0 ? only.text : content.map(writeInputPart)
}

function writeAssistantBlocks(list: ItemList, blocks: readonly AssistantBlock[]): void {
  let content: JsonObject[] | undefined
  for (const block of blocks) {
    if (block.type !== 'text' && block.type !== 'refusal') {
      content = undefined
      list.items.push(...writeAssistantItem(list, block))
      continue
    }
    if (content === undefined) {
      content = []
      list.items.push({ type: 'message', role: 'assistant', content })
    }
    content.push(writeOutputPart(block))
  }
}

/** Drawings cannot be handed back: such a request was refused before. */
function writeAssistantItem(list: ItemList, block: Exclude<AssistantBlock, TextBlock | RefusalBlock>): JsonObject[] {
  if (block.type === 'thinking') return writeReasoningItem(block)
  return block.type === 'tool-call' ? [writeToolCall(list, block)] : []
}

function writeToolCall(list: ItemList, block: ToolCallBlock): JsonObject {
  const identity = list.tools(block.name)
  list.calls.set(block.id, identity)
  return writeCallItem(identity, sentToolCallId(block.id, idLimits), block.arguments)
}

export function writeCallItem(identity: ToolIdentity, callId: string, args: string): JsonObject {
  const { kind, name, namespace } = identity
  const place = namespace === undefined ? {} : { namespace }
  if (kind === 'function') return { type: 'function_call', call_id: callId, name, ...place, arguments: args }
  return { type: 'custom_tool_call', call_id: callId, name, ...place, input: tryCustomInput(args) ?? args }
}

/**
 * Thinking goes back only to the upstream that made it: what has neither this wire's encrypted content nor an id of its
 * own stays out.
 */
function writeReasoningItem(block: ThinkingBlock): JsonObject[] {
  const { text, encrypted, id } = block
  const isOwn = isOwnOpaque(block, 'openai-responses') && (encrypted !== undefined || id?.startsWith('rs_') === true)
  if (!isOwn) return []
  const summary = text === '' ? [] : [{ type: 'summary_text', text }]
  return [defined<JsonObject>({ type: 'reasoning', id, summary, encrypted_content: encrypted })]
}
